"""Single words that people ask about: a verdict's id, the symbol of an error code, the name of a file."""

from __future__ import annotations

import re
import shlex
from typing import Final

import msgspec

from lmwire.diagnosis.catalogue import CATALOGUE
from lmwire.diagnosis.model import Shown
from lmwire.diagnosis.predictions import shown_by
from lmwire.errorcodes.codes import Code, error_codes

__all__ = ["Told", "codes_of_symbol", "file_kind", "told_of"]

_SYMBOL: Final = re.compile(r"(?:LM_)?([A-Z_]{4,30})", re.IGNORECASE | re.ASCII)
_FILE: Final = re.compile(r"[^\s'\"@]{1,200}(\.\w{2,6})", re.ASCII)
_LICENSE: Final = ("a license file. To read and check it", "license lint")
_CAPTURE: Final = ("a capture. To see what its packets tell", "capture analyze")
_FILES: Final = {
    ".lic": _LICENSE,
    ".dat": _LICENSE,
    ".log": ("a debug log. To read it, if lmgrd wrote it", "log"),
    ".pcap": _CAPTURE,
    ".pcapng": _CAPTURE,
    ".cap": _CAPTURE,
}


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """A verdict, without a case that it was given in.

    Attributes:
        meaning: when it is given; a clause.
        application_shows: what the application shows meanwhile, as far as it is known.
    """

    id: str
    meaning: str
    application_shows: tuple[Shown, ...]


def told_of(word: str) -> Told | None:
    """Return the verdict with this id; None when there is none."""
    id_ = word.strip().lower().replace("_", "-")
    entry = CATALOGUE.get(id_)
    return None if entry is None else Told(id=id_, meaning=entry.meaning, application_shows=shown_by(id_))


def codes_of_symbol(word: str) -> tuple[Code, ...]:
    """Return the error code that FlexNet's documentation calls so, `LM_CANTCONNECT` or `CANTCONNECT`."""
    match = _SYMBOL.fullmatch(word.strip())
    symbol = match[1].upper() if match else ""
    return tuple(Code(error.major) for error in error_codes().values() if error.name and error.name == symbol)


def file_kind(word: str) -> tuple[str, str] | None:
    """Return what a file of this name is likely to be, in words, and the command that reads it; None for no such name.

    The file is not looked at, and need not be there.
    """
    match = _FILE.fullmatch(word.strip())
    kind = _FILES.get(match[1].lower()) if match else None
    if match is None or kind is None or not match.group().isprintable():
        return None
    words, command = kind
    return f"By its name that is {words}", f"lmwire {command} {shlex.quote(match.group())}"
