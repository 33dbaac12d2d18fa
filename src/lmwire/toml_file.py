"""Files of TOML that people write: read with bounds, and checked against a type."""

from __future__ import annotations

from pathlib import Path
from typing import Final, TypeVar

import msgspec

from lmwire.errors import LmwireError
from lmwire.text import file_trouble, printable
from lmwire.toml_trouble import toml_trouble

__all__ = ["TomlError", "parse_toml", "read_toml", "read_utf8"]

_MOST_BYTES: Final = 1 << 20

_T = TypeVar("_T")


class TomlError(LmwireError):
    """A file of TOML cannot be read, or does not hold what it should.

    `where` is the file; empty where `message` names it.
    """

    def __init__(self, where: str, message: str) -> None:
        super().__init__(message)
        self.where = where


def read_toml(file: Path, kind: type[_T], *, keys: str = "see `--example`") -> _T:
    """Return what is in `file`, as a value of `kind`.

    Args:
        file: a UTF-8 file of at most a megabyte.
        kind: the type of the whole.
        keys: what to do about a key that does not exist.

    Raises:
        TomlError: it cannot be read, or does not match the type; with the line or the key, and what to write instead.
    """
    return parse_toml(read_utf8(file, _MOST_BYTES), printable(str(file), 200), kind, keys=keys)


def read_utf8(file: Path, most: int) -> str:
    """Return the text of a file of at most `most` bytes. Raises TomlError."""
    name = printable(str(file), 200)
    try:
        with file.open("rb") as opened:
            data = opened.read(most + 1)
    except OSError as error:
        raise TomlError("", file_trouble(name, error)) from error
    if len(data) > most:
        raise TomlError(name, f"is larger than {most} bytes")
    try:
        return data.decode("utf-8-sig")  # some Windows editors add a byte order mark
    except UnicodeDecodeError as error:
        raise TomlError(name, f"is not UTF-8 at byte {error.start}; save it as UTF-8") from error


def parse_toml(text: str, name: str, kind: type[_T], *, keys: str = "see `--example`") -> _T:
    """Return what is in `text`, which came from a file called `name`, escaped; see `read_toml`."""
    try:
        return msgspec.toml.decode(text, type=kind)
    except msgspec.DecodeError as error:  # ValidationError included
        raise TomlError(name, toml_trouble(str(error), text, keys=keys)) from error
    except (ValueError, RecursionError) as error:  # Python's own limits, which the TOML reader does not catch
        raise TomlError(name, "has a number that is too large, or brackets nested too deeply") from error
