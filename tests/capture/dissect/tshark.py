"""tshark with the dissector, and what it must show, in lmwire's own words."""

from __future__ import annotations

import subprocess
import xml.etree.ElementTree as ET
from collections import defaultdict
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from lmwire.capture.dissect.layouts import BODY, HEADER, LEGACY, LEGACY_BODY, LEGACY_HEADER, MODERN, Field, Kind
from lmwire.wire import END_OF_STREAM, NEED_DATA, Frame, FrameReader, RemoteProtocolError, definitions

__all__ = ["DISSECTOR", "Direction", "Shown", "assert_shows", "decoded", "run", "shown_frames"]

DISSECTOR = Path(__file__).resolve().parents[3] / "captures" / "flexlm.lua"
_SECONDS = 120

Direction = tuple[int, int]
"""Ports of a direction of a connection: source, destination."""


class Shown(NamedTuple):
    """A frame as tshark shows it.

    Attributes:
        title: the line above its fields.
        fields: filter name without `flexlm.` → the field's bytes and what is shown of it.
        experts: filter names of the expert information.
    """

    title: str
    fields: dict[str, tuple[bytes, str]]
    experts: tuple[str, ...]

    @property
    def status(self) -> str:
        return self.fields["checksum.status"][1]


def run(path: Path, *options: str) -> str:
    """Run tshark with the dissector; return what it printed.

    A Lua error, which tshark puts on stderr or into the packet, is an AssertionError.
    """
    command = ["tshark", "-X", f"lua_script:{DISSECTOR}", "-n", "-r", str(path), *options]
    result = subprocess.run(  # noqa: S603 # on files that the tests wrote
        command, capture_output=True, text=True, check=False, timeout=_SECONDS
    )
    assert result.returncode == 0, result.stderr
    assert "Lua" not in result.stderr, result.stderr
    text = result.stdout
    assert "Lua Error" not in text, text[max(0, text.find("Lua Error") - 500) :][:2000]
    return result.stdout


def shown_frames(path: Path) -> dict[Direction, list[Shown]]:
    """Return the frames of each direction, in order."""
    found: dict[Direction, list[Shown]] = defaultdict(list)
    for packet in ET.fromstring(run(path, "-T", "pdml")).iter("packet"):  # noqa: S314 # tshark's own
        protocols = {proto.get("name"): proto for proto in packet.iter("proto")}
        for proto in packet.iter("proto"):
            if proto.get("name") == "flexlm":
                tcp = protocols["tcp"]
                ports = tuple(int(_field(tcp, f"tcp.{end}port").get("show", "")) for end in ("src", "dst"))
                found[ports[0], ports[1]].append(_shown(proto))
    return dict(found)


def _field(proto: ET.Element, name: str) -> ET.Element:
    found = proto.find(f"field[@name='{name}']")
    assert found is not None
    return found


def _shown(proto: ET.Element) -> Shown:
    fields = {
        (field.get("name") or "").removeprefix("flexlm."): (
            bytes.fromhex(field.get("value", "")),
            field.get("show", ""),
        )
        for field in proto.findall("field")
        if (field.get("name") or "").startswith("flexlm.")
    }
    experts = tuple(
        (field.get("name") or "").removeprefix("flexlm.")
        for expert in proto.iter("field")
        if expert.get("name") == "_ws.expert"
        for field in expert.findall("field")
        if (field.get("name") or "").startswith("flexlm.")
    )
    return Shown(proto.get("showname", ""), fields, experts)


def decoded(data: bytes) -> tuple[list[Frame], RemoteProtocolError | None]:
    """Return what lmwire reads in a whole direction, and the error that ends it."""
    reader = FrameReader()
    reader.receive_data(data)
    reader.receive_eof()
    frames: list[Frame] = []
    try:
        while (frame := reader.next_frame()) not in {NEED_DATA, END_OF_STREAM}:
            assert isinstance(frame, Frame)
            frames.append(frame)
    except RemoteProtocolError as error:
        return frames, error
    return frames, None


def assert_shows(shown: Shown, frame: Frame) -> None:
    """Compare every field of a frame whose checksums are right."""
    assert shown.status == "1", shown
    try:
        values = _values(frame)
    except RemoteProtocolError:
        assert "body.bad" in shown.experts, (shown, frame.raw)
        return
    assert "body.bad" not in shown.experts
    names = {name.removeprefix("legacy.") for name in shown.fields}
    generated = {"checksum.status", "frame_length", "error", "error.name"}
    assert names - generated <= {field.name for field, _ in values}
    for field, value in values:
        raw, text = shown.fields.get(field.name) or shown.fields.get(f"legacy.{field.name}") or (b"", "")
        if f"legacy.{field.name}" in shown.fields:
            raw, text = shown.fields[f"legacy.{field.name}"]
        _assert_same(field, value, raw, text)


def _assert_same(field: Field, value: Any, raw: bytes, text: str) -> None:
    if field.kind is Kind.NUMBER:
        assert (int.from_bytes(raw), int(text, 0)) == (value, value), field
    elif field.is_text:
        assert raw == value.encode("latin-1"), field
        if value.isprintable() and "\\" not in value and '"' not in value:
            assert text == value, field
    else:
        assert raw == value, field
        assert text.replace(":", "") == value.hex(), field


def _values(frame: Frame) -> list[tuple[Field, Any]]:
    """Every field of the frame with the value that `lmwire.wire` reads."""
    message = frame.message()
    body = msgspec.structs.asdict(message)
    if frame.modern:
        header = definitions.modern_header.parse(frame.raw)
        layout = MODERN[frame.type].fields if frame.type in MODERN else BODY
        return [*((field, header[field.name]) for field in HEADER), *((field, body[field.name]) for field in layout)]
    letter = chr(frame.type)
    layout = LEGACY[letter].fields if letter in LEGACY else LEGACY_BODY
    head = (letter, frame.raw[1])
    return [*zip(LEGACY_HEADER, head, strict=True), *((field, body[field.name]) for field in layout)]
