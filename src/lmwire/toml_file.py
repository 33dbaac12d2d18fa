"""Files of TOML that people write: read with bounds, checked against a type, and what is wrong told with its place."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from lmwire.errors import LmwireError
from lmwire.text import file_trouble, printable

__all__ = ["TomlError", "parse_toml", "read_toml"]

_MOST_BYTES: Final = 1 << 20
_AT: Final = re.compile(r"(?P<what>.*) - at `\$(?P<path>.*)`", re.DOTALL)
_FIELD: Final = re.compile(r"Object (?P<how>missing required|contains unknown) field `(?P<field>[^`]*)`")

_T = TypeVar("_T")


class TomlError(LmwireError):
    """A file of TOML cannot be read, or does not hold what it should."""


def read_toml(file: Path, kind: type[_T]) -> _T:
    """Return what is in `file`, as a value of `kind`. Raises TomlError."""
    name = printable(str(file), 200)
    try:
        with file.open("rb") as opened:
            data = opened.read(_MOST_BYTES + 1)
    except OSError as error:
        raise TomlError(file_trouble(name, error)) from error
    if len(data) > _MOST_BYTES:
        raise TomlError(f"{name} is larger than {_MOST_BYTES} bytes")
    try:
        text = data.decode("utf-8-sig")  # some Windows editors add a byte order mark
    except UnicodeDecodeError as error:
        raise TomlError(f"{name} is not UTF-8 at byte {error.start}", "save it as UTF-8") from error
    return parse_toml(text, name, kind)


def parse_toml(text: str, name: str, kind: type[_T]) -> _T:
    """Return what is in `text`, which came from a file called `name`, escaped. Raises TomlError."""
    try:
        return msgspec.toml.decode(text, type=kind)
    except msgspec.DecodeError as error:  # ValidationError included
        raise TomlError(f"{name}: {_located(str(error))}") from error
    except (ValueError, RecursionError) as error:  # Python's own limits, which the TOML reader does not catch
        raise TomlError(f"{name}: a number is too large, or brackets are nested too deeply") from error


def _located(message: str) -> str:
    """Return msgspec's message with its place first: `servers[2].listen: ...`."""
    found = _AT.fullmatch(message)
    what, path = (found["what"], found["path"].removeprefix(".")) if found else (message, "")
    field = _FIELD.match(what)
    if field:
        path = f"{path}.{field['field']}" if path else field["field"]
        what = "is missing" if field["how"].startswith("missing") else "this key does not exist; see `--example`"
    return printable(f"{path}: {what}" if path else what)
