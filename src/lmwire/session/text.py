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
# that cannot be part of a daemon's file name is read as a separator. [inf]
_SEPARATOR: Final = "\n"
_SEPARATORS: Final = re.compile(r"[\s,;\0]+")
_MAX_TEXT: Final = 1 << 16

_DAEMON: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]*")
"""What a daemon may be called: the name of a program without its folder. [inf]"""

_LICENSE: Final = re.compile(
    r"^[ \t]*(SERVER|VENDOR|DAEMON|USE_SERVER|FEATURE|INCREMENT|UPGRADE|PACKAGE|FEATURESET)[ \t]+\S|\b(SIGN2?|AUTH)=",
    re.MULTILINE,
)
"""Lines of a license file, whose keys must not be shown; a list of names has one word a line."""


def format_daemons(names: Iterable[str]) -> str:
    """Return the text of an answer to `dlist`: each name on a line of its own."""
    return "".join(f"{name}{_SEPARATOR}" for name in names)


def parse_daemons(text: str) -> tuple[str, ...] | None:
    """Return the names in an answer to `dlist`, each once, in the order of the answer; None when it is not a list.

    Blanks, commas, semicolons, line ends and NULs separate. A word that cannot be the name of a vendor daemon's program
    is passed over. A license file is not a list, and its words are not names. Of a hostile answer the first 64 KiB are
    read, at most `MAX_DAEMONS` names of at most `MAX_NAME` characters.
    """
    if _LICENSE.search(text, 0, _MAX_TEXT):
        return None
    found: dict[str, None] = {}
    words = [word for word in _SEPARATORS.split(text[:_MAX_TEXT]) if word]
    for name in words:
        if len(name) <= MAX_NAME and _DAEMON.fullmatch(name):
            found[name] = None
            if len(found) == MAX_DAEMONS:
                break
    return tuple(found) if found or not words else None
