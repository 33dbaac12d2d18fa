"""Tell other text files from license files: options files, files of RLM, and any other text."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable
from typing import Final

from lmwire.licensefile.lexer import Gap, Statement

__all__ = ["FileKind", "kind_of"]


class FileKind(enum.Enum):
    """What a text file is."""

    LICENSE = "license file"
    OPTIONS = "options file"
    RLM = "RLM license file"
    OTHER = "other text"


_FIRST: Final = re.compile(r"\s*([A-Za-z_]{2,40})\b", re.ASCII)
_OPTIONS: Final = frozenset(
    (
        *("AUTOMATIC_REREAD", "BORROW_LOWWATER", "DAEMON_SELECT_TIMEOUT", "DEBUGLOG", "EXCLUDE", "EXCLUDE_BORROW"),
        *("EXCLUDEALL", "FQDN_MATCHING", "GROUP", "GROUPCASEINSENSITIVE", "HOST_GROUP", "INCLUDE", "INCLUDE_BORROW"),
        *("INCLUDEALL", "LINGER", "MAX", "MAX_BORROW_HOURS", "MAX_CONNECTIONS", "MAX_OVERDRAFT", "NOLOG", "REPORTLOG"),
        *("RESERVE", "TIMEOUT", "TIMEOUTALL"),
    )
)
"""Keywords of an options file (License Administration Guide, "Managing the Options File")."""

_RLM: Final = frozenset(("HOST", "ISV", "LICENSE"))
"""Keywords of a license file of RLM (RLM License Administration Manual, "The License File")."""


def kind_of(parts: Iterable[Gap | Statement]) -> FileKind:
    """Return what a file is that has no line of a license file, by the first words of its lines."""
    words = [found[1].upper() for part in parts if isinstance(part, Statement) and (found := _FIRST.match(part.raw))]
    options, rlm = sum(word in _OPTIONS for word in words), sum(word in _RLM for word in words)
    if 2 * options > len(words):
        return FileKind.OPTIONS
    if rlm and 2 * rlm > len(words) and _RLM & set(words) != {"HOST"}:
        return FileKind.RLM
    return FileKind.OTHER
