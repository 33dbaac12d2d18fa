"""The checked-in dissector is the generated one, and lands where Wireshark looks."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from construct import Construct, Int16sb, Int16ul, Int24ub, Struct

from lmwire.capture.dissect.dissector import FILE_NAME, dissector, install, plugin_folder
from lmwire.capture.dissect.layouts import HEADER, LEGACY, MODERN, fields, frame_size
from lmwire.wire import MAX_FRAME, Hello, encode, encode_raw
from tests.capture.dissect.tshark import DISSECTOR
from tests.vectors_table import vectors


def test_the_checked_in_dissector_is_the_generated_one() -> None:
    assert DISSECTOR.name == FILE_NAME
    assert DISSECTOR.read_text(encoding="utf-8") == dissector(), "run: python scripts/make_docs.py"


def test_no_placeholder_is_left_and_everything_is_ascii() -> None:
    text = dissector()
    assert "--@" not in text
    assert text.isascii()
    assert max(map(len, text.splitlines())) < 250


def test_every_field_of_every_layout_is_in_it() -> None:
    text = dissector()
    for layout in (HEADER, *(entry.fields for entry in (*MODERN.values(), *LEGACY.values()))):
        for field in layout:
            assert f'{{name = "{field.name}", filter = "flexlm.' in text


@pytest.mark.parametrize("unknown", [Int24ub, Int16ul, Int16sb], ids=str)
def test_a_field_that_can_not_be_shown_right_is_refused(unknown: Construct) -> None:
    with pytest.raises(TypeError, match="no tool can show"):
        fields(Struct("a" / unknown))


def test_install_writes_the_file_and_makes_the_folder(tmp_path: Path) -> None:
    path = install(tmp_path / "not" / "there")
    assert path == tmp_path / "not" / "there" / FILE_NAME
    assert path.read_text(encoding="utf-8") == dissector()


def test_without_tshark_the_usual_folders(tmp_path: Path) -> None:
    nothing = {"PATH": str(tmp_path)}
    assert plugin_folder(platform="linux", environment=nothing, home=tmp_path) == (
        tmp_path / ".local" / "lib" / "wireshark" / "plugins"
    )
    windows = plugin_folder(platform="win32", environment={**nothing, "APPDATA": "C:/Roaming"}, home=tmp_path)
    assert windows == Path("C:/Roaming/Wireshark/plugins")


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("echo 'Personal Plugins: /no'; echo 'Personal Lua Plugins:\t/told/plugins'", "/told/plugins"),
        ("echo nothing of use", None),
        ("exit 1", None),
    ],
)
def test_tshark_is_asked_where_it_looks(tmp_path: Path, script: str, expected: str | None) -> None:
    tshark = tmp_path / "tshark"
    tshark.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    tshark.chmod(tshark.stat().st_mode | stat.S_IXUSR)
    told = plugin_folder(platform="linux", environment={"PATH": str(tmp_path)}, home=tmp_path)
    assert told == (Path(expected) if expected else tmp_path / ".local" / "lib" / "wireshark" / "plugins")


def test_frame_size_waits_takes_or_refuses() -> None:
    hello = encode(Hello(vendor="ibmratl"))
    assert frame_size(hello + b"more") == len(hello)
    assert [frame_size(hello[:at]) for at in range(len(hello))] == [None] * len(hello)
    assert frame_size(b"\x16\x03\x01") == 0
    assert frame_size(b"H" + b"T" * 200) == 0
    assert frame_size(encode_raw(1, b"x" * MAX_FRAME)) == 0
    assert {frame_size(vector.data) for vector in vectors() if vector.malformed == "magic"} <= {0}
