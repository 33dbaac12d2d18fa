"""The Wireshark dissector, written from the wire definitions, and where Wireshark looks for it.

The template holds the behaviour; fields, layouts, message types, error codes and every number that the wire defines
are filled in here, so that the two cannot drift apart. `captures/flexlm.lua` is the result, checked in.
"""

from __future__ import annotations

import importlib.resources
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from lmwire.capture.dissect.layouts import (
    BODY,
    HEADER,
    HEXADECIMAL,
    LEGACY,
    LEGACY_BODY,
    LEGACY_HEADER,
    MODERN,
    Field,
    Kind,
    MessageLayout,
)
from lmwire.errorcodes.codes import error_codes
from lmwire.ports import DEFAULT_RANGE
from lmwire.wire import LEGACY_SIZE, MAGIC, MAX_FRAME, LegacyError, MessageType, Referral, crc, definitions

__all__ = ["FILE_NAME", "dissector", "install", "plugin_folder"]

FILE_NAME: Final = "flexlm.lua"
"""What the dissector's file is called, in `captures/` and in Wireshark's folder."""

_TITLES: Final = {
    "crc": "CRC",
    "pid": "Process",
    "vendor": "Vendor daemon",
    "text": "Text",
    "quad": "Version",
    "flag18": "Flag 18",
}
# How a legacy frame must go on behind its letter, as a Lua pattern for its third byte: the bytes behind a letter that
# another protocol starts with as well ("HTTP") are not waited for.
_LEGACY_STARTS: Final = {"h": "[0-9]", "W": "[-0-9 \0]", "H": "[-0-9 \0]", "L": "[0-9 \0]", "l": ".", "N": "."}
_ASCII: Final = 128


def dissector() -> str:
    """Return the dissector, Lua for Wireshark."""
    template = importlib.resources.files("lmwire.capture.dissect").joinpath("data", "dissector.lua")
    text = template.read_text(encoding="utf-8")
    filters = _filters()
    parts = {
        "CONSTANTS": _constants(),
        "FIELDS": _proto_fields(filters),
        "ERRORS": _errors(),
        "LAYOUTS": _layouts(filters),
    }
    for name, lines in parts.items():
        text = text.replace(f"--@{name}@\n", "".join(f"{line}\n" for line in lines))
    return text


def install(folder: Path | None = None) -> Path:
    """Write the dissector into Wireshark's folder of personal Lua plugins, or into `folder`; return the file.

    Raises:
        OSError: the folder cannot be made or written to.
    """
    target = (folder or plugin_folder()) / FILE_NAME
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(dissector(), encoding="utf-8")
    return target


def plugin_folder(
    *, platform: str = sys.platform, environment: Mapping[str, str] = os.environ, home: Path | None = None
) -> Path:
    """Return the folder that Wireshark reads personal Lua plugins from: tshark is asked; without it, the usual one."""
    told = _told_by_tshark(environment)
    if told is not None:
        return told
    home = home or Path.home()
    if platform == "win32":
        return Path(environment.get("APPDATA", home / "AppData" / "Roaming")) / "Wireshark" / "plugins"
    return home / ".local" / "lib" / "wireshark" / "plugins"


def _told_by_tshark(environment: Mapping[str, str]) -> Path | None:
    tshark = shutil.which("tshark", path=environment.get("PATH", os.defpath))
    if tshark is None:
        return None
    try:
        result = subprocess.run(  # noqa: S603 # asks the installed Wireshark about itself
            [tshark, "-G", "folders"], capture_output=True, text=True, check=False, timeout=30, env=dict(environment)
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    for line in result.stdout.splitlines():
        name, _, folder = line.partition(":")
        if name == "Personal Lua Plugins" and folder.strip():
            return Path(folder.strip())
    return None


def _all_layouts() -> Iterator[tuple[str, tuple[Field, ...]]]:
    """Every layout with a name for its variables, in the order in which they claim filter names."""
    yield "HEADER", HEADER
    yield "BODY", BODY
    for layout in MODERN.values():
        yield layout.cls.__name__, layout.fields
    yield "LEGACY_HEADER", LEGACY_HEADER
    yield "LEGACY_BODY", LEGACY_BODY
    for layout in LEGACY.values():
        yield layout.cls.__name__, layout.fields


def _filters() -> dict[tuple[str, str], str]:
    """Return (layout, field) → filter name: `flexlm.FIELD`, the same in every layout that has it in the same type.

    A field of another type, which Wireshark cannot file under the same name, is `flexlm.legacy.FIELD`.
    """
    types: dict[str, str] = {}
    found: dict[tuple[str, str], str] = {}
    for owner, fields in _all_layouts():
        for field in fields:
            name = f"flexlm.{field.name}"
            if types.setdefault(name, _proto_type(field)) != _proto_type(field):
                name = f"flexlm.legacy.{field.name}"
            if types.setdefault(name, _proto_type(field)) != _proto_type(field):
                raise TypeError(f"{name} has two types")
            found[owner, field.name] = name
    return found


def _proto_type(field: Field) -> str:
    if field.kind is Kind.NUMBER:
        return f"uint{8 * field.size}"
    return "string" if field.is_text else "bytes"


def _constants() -> Iterator[str]:
    positions = dict(_positions(HEADER))
    constants = {
        "MAGIC": MAGIC,
        "HEADER_SIZE": definitions.HEADER_SIZE,
        "LEGACY_SIZE": LEGACY_SIZE,
        "MAX_FRAME": MAX_FRAME,
        "CRC_AT": positions["crc"],
        "LENGTH_AT": positions["length"],
        "LENGTH_HIGH_AT": positions["length_high"],
        "TYPE_AT": positions["type"],
        "POLYNOMIAL": crc(b"\0\0\0\0\x80"),  # the checksum of a lone top bit is the polynomial itself
        "FIRST_PORT": DEFAULT_RANGE.start,
        "LAST_PORT": DEFAULT_RANGE.stop - 1,
    }
    for name, value in constants.items():
        yield f"local {name} = {hex(value) if name in {'MAGIC', 'POLYNOMIAL'} else value}"
    yield from _table(
        "LEGACY_STARTS", ((f"[{_text(letter)}]", _text(start)) for letter, start in _LEGACY_STARTS.items())
    )
    yield from _table("TYPES", ((f"[{number:#06x}]", _text(number.name)) for number in MessageType))


def _positions(fields: Iterable[Field]) -> Iterator[tuple[str, int]]:
    at = 0
    for field in fields:
        yield field.name, at
        at += field.size


def _proto_fields(filters: Mapping[tuple[str, str], str]) -> Iterator[str]:
    made = {filters[owner, field.name]: field for owner, fields in _all_layouts() for field in fields}
    entries = ((f"[{_text(name)}]", _proto_field(name, field)) for name, field in made.items())
    return _table("F", entries)


def _proto_field(name: str, field: Field) -> str:
    title = _TITLES.get(field.name, field.name.replace("_", " ").capitalize())
    arguments = [_text(name), _text(f"Legacy {title.lower()}" if ".legacy." in name else title)]
    if field.kind is Kind.NUMBER:
        arguments.append("base.HEX" if field.name in HEXADECIMAL else "base.DEC")
        arguments += ["TYPES"] if field.name == "type" else []
    elif field.is_text:
        arguments.append("base.UNICODE")
    return f"ProtoField.{_proto_type(field)}({', '.join(arguments)})"


def _errors() -> Iterator[str]:
    codes = sorted(error_codes().items())
    yield from _table("ERRORS", ((f"[{major}]", _text(code.name)) for major, code in codes))
    yield from _table("MEANINGS", ((f"[{major}]", _text(code.meaning)) for major, code in codes))


def _layouts(filters: Mapping[tuple[str, str], str]) -> Iterator[str]:
    for owner, fields in _all_layouts():
        if owner.isupper():
            yield from _table(owner, ((None, _field(owner, field, filters)) for field in fields))
    for name, messages in (("MODERN", MODERN.values()), ("LEGACY", LEGACY.values())):
        yield f"local {name} = {{"
        for layout in messages:
            yield from _message(layout, filters)
        yield "}"


def _message(layout: MessageLayout, filters: Mapping[tuple[str, str], str]) -> Iterator[str]:
    key = f"{layout.key:#06x}" if isinstance(layout.key, int) else _text(layout.key)
    yield f"  [{key}] = {{"
    yield f"    summary = {_text(layout.summary)},"
    if layout.cls is Referral:
        yield "    refers = true,"
    if layout.cls is LegacyError:
        yield "    fails = true,"
    yield "    layout = {"
    for field in layout.fields:
        yield f"      {_field(layout.cls.__name__, field, filters)},"
    yield "    },"
    yield "  },"


def _field(owner: str, field: Field, filters: Mapping[tuple[str, str], str]) -> str:
    filter_name = _text(filters[owner, field.name])
    return (
        f"{{name = {_text(field.name)}, filter = {filter_name}, kind = {_text(field.kind.value)}, size = {field.size}}}"
    )


def _table(name: str, entries: Iterable[tuple[str | None, str]]) -> Iterator[str]:
    yield f"local {name} = {{"
    for key, value in entries:
        yield f"  {key} = {value}," if key else f"  {value},"
    yield "}"


def _text(text: str) -> str:
    """Quote for Lua; everything beyond printable ASCII goes in as UTF-8, byte by byte."""
    escaped = (
        chr(byte) if chr(byte).isprintable() and byte < _ASCII and byte not in b'"\\' else f"\\{byte:03d}"
        for byte in text.encode("utf-8")
    )
    return f'"{"".join(escaped)}"'
