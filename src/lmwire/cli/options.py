"""What several commands take: how values are read from text, and how a wrong one is told."""

from __future__ import annotations

import enum
import ipaddress
import math
import re
from pathlib import Path
from typing import Annotated, Final, TypeVar

import typer

from lmwire.text import printable

__all__ = ["FormOption", "ShortFormat", "address", "choice", "epilog", "file", "number", "seconds", "vendors"]

_VENDOR: Final = re.compile(r"[!-~]{1,64}")
_HOUR: Final = 3600

_Choice = TypeVar("_Choice", bound=enum.StrEnum)


class ShortFormat(enum.StrEnum):
    """Formats of commands that have nothing to put in a ticket."""

    TEXT = "text"
    JSON = "json"


FormOption = Annotated[str, typer.Option("--format", "-f", metavar="|".join(ShortFormat), help="Form of the result.")]


def epilog(*examples: str) -> str:
    """Return the end of a command's help: examples, one a line."""
    lines = "\n".join(f"  {example}" for example in examples)
    # \b keeps the help from joining the lines into a paragraph.
    return f"\b\n{'Example' if len(examples) == 1 else 'Examples'}:\n{lines}"


def _wrong(option: str, sentence: str) -> typer.BadParameter:
    return typer.BadParameter(sentence, param_hint=option)


def choice(option: str, text: str, kind: type[_Choice]) -> _Choice:
    """Read one of the values of `kind`. Raises BadParameter, as all of these do."""
    try:
        return kind(text)
    except ValueError:
        raise _wrong(option, f"{printable(text, 40)} is none of {', '.join(kind)}") from None


def seconds(option: str, text: str) -> float:
    """Read a number of seconds that can be waited for."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value <= _HOUR:
        raise _wrong(option, f"{printable(text, 40)} is no number of seconds above 0 and up to {_HOUR}")
    return value


def number(option: str, text: str, allowed: range) -> int:
    """Read a whole number out of `allowed`."""
    if not re.fullmatch(r"[0-9]{1,9}", text, re.ASCII) or int(text) not in allowed:
        raise _wrong(option, f"{printable(text, 40)} is no number from {allowed[0]} to {allowed[-1]}")
    return int(text)


def address(option: str, text: str) -> str:
    """Read an IP address; empty stays empty. Whether this machine has it, the connect tells."""
    if text:
        try:
            ipaddress.ip_address(text.partition("%")[0])
        except ValueError:
            raise _wrong(option, f"{printable(text, 60)} is no IP address") from None
    return text


def vendors(option: str, names: list[str] | None) -> tuple[str, ...]:
    """Read names that a hello can carry and a VENDOR line can hold; each counts once."""
    for name in names or ():
        if not _VENDOR.fullmatch(name):
            shown = printable(name, 60) or "an empty text"
            raise _wrong(option, f"{shown} can't be the name of a vendor daemon: letters and digits, no blanks")
    return tuple(dict.fromkeys(names or ()))


def file(option: str, text: str) -> Path | None:
    """Read the name of a file to write; nothing, or -, stands for standard output."""
    if text in {"", "-"}:
        return None
    path = Path(text)
    if path.is_dir():
        raise _wrong(option, f"{printable(text, 200)} is a directory")
    if not path.parent.is_dir():
        raise _wrong(option, f"there is no directory {printable(str(path.parent), 200)}")
    return path
