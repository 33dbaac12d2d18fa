"""The texts lmgrd answers with: the list of its vendor daemons, written and read in one place."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

__all__ = ["MAX_DAEMONS", "MAX_NAME", "format_daemons", "parse_daemons"]

MAX_DAEMONS: Final = 256
"""Names that are read from one answer; a server with more is playing a trick."""

MAX_NAME: Final = 64
"""Characters of a name that is believed; the legacy hello has room for ten."""

# How the answer to `dlist` separates its names is not published; a line each is what lmwire writes, and anything
# that can't be part of a daemon's file name is read as a separator. [inf]
_SEPARATOR: Final = "\n"
_SEPARATORS: Final = re.compile(r"[\s,;\0]+")
_MAX_TEXT: Final = 1 << 16


def format_daemons(names: Iterable[str]) -> str:
    """Return the text of an answer to `dlist`: each name on a line of its own."""
    return "".join(f"{name}{_SEPARATOR}" for name in names)


def parse_daemons(text: str) -> tuple[str, ...]:
    """Return the names in an answer to `dlist`, each once, in the order of the answer.

    Blanks, commas, semicolons, line ends and NULs separate. Names are as they came, so escape them before they are
    shown. Of a hostile answer the first 64 KiB are read, at most `MAX_DAEMONS` names of at most `MAX_NAME` characters.
    """
    found: dict[str, None] = {}
    for name in _SEPARATORS.split(text[:_MAX_TEXT]):
        if 0 < len(name) <= MAX_NAME:
            found[name] = None
            if len(found) == MAX_DAEMONS:
                break
    return tuple(found)
