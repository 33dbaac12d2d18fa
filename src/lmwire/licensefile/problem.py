"""The table of license file checks, and the value for one problem and its position."""

from __future__ import annotations

import enum
from typing import Final

import msgspec

from lmwire.ports import DEFAULT_RANGE_TEXT

__all__ = ["CHECKS", "NAME_CHECKS", "Check", "LicenseProblem", "ProblemSeverity"]


class ProblemSeverity(enum.Enum):
    """How bad a problem is. A note is worth knowing and does not count as a problem."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


_ERROR, _WARNING, _NOTE = ProblemSeverity


class Check(msgspec.Struct, frozen=True):
    """A check: the severity of its problem, and the condition that it finds, as a clause."""

    severity: ProblemSeverity
    meaning: str


class LicenseProblem(msgspec.Struct, frozen=True, kw_only=True):
    """One problem of a license file, and its position.

    Attributes:
        id: stable name of the check, a key of CHECKS.
        line, column: the position of the first wrong character, from 1, as an editor shows it. A tab is one column.
        text: what is wrong, one sentence without a full stop. Escaped.
        fix: what to do, one sentence without a full stop; may be empty. Escaped.
        corrected: the correct line, when lmwire knows it; to be copied. Control characters are escaped, backslashes
            are not doubled.
        source: the wrong logical line, continued lines joined. Not escaped.
        position, length: the wrong part of `source`.
    """

    id: str
    line: int
    column: int
    text: str
    fix: str = ""
    corrected: str = ""
    source: str = ""
    position: int = 0
    length: int = 0

    @property
    def severity(self) -> ProblemSeverity:
        """The severity of the check."""
        return CHECKS[self.id].severity


CHECKS: Final[dict[str, Check]] = {
    "server-incomplete": Check(_ERROR, "a SERVER line has no host"),
    "server-host": Check(_ERROR, "a SERVER line's host is neither a host name nor an address"),
    "server-port": Check(_ERROR, "a SERVER line's port is not a number from 1 to 65535"),
    "server-count": Check(_ERROR, "the file has two SERVER lines, or more than three"),
    "server-missing": Check(_WARNING, "the file has no SERVER line, and its licenses are counted or missing"),
    "server-unread": Check(_WARNING, "a SERVER line is after USE_SERVER: clients ignore it"),
    "server-twice": Check(_ERROR, "a triad has the same server twice"),
    "server-port-missing": Check(
        _WARNING, f"a SERVER line has no port: lmgrd takes a free port of {DEFAULT_RANGE_TEXT}"
    ),
    "triad-port-missing": Check(_ERROR, "a server of a triad has no port: each needs a fixed port"),
    "triad-ports-differ": Check(_WARNING, "the servers of a triad have different ports"),
    "server-this-host": Check(_WARNING, "a SERVER line says this_host: a client that reads it connects to itself"),
    "server-any": Check(_WARNING, "a SERVER line has ANY as its host"),
    "server-localhost": Check(
        _WARNING, "a SERVER line names localhost or a loopback address: clients on other machines reach themselves"
    ),
    "server-hostids": Check(_ERROR, "a SERVER line has several host ids without quotation marks around them"),
    "server-unqualified": Check(_WARNING, "a server's name has no domain: clients in other domains cannot resolve it"),
    "server-unresolvable": Check(_ERROR, "a server's name does not resolve on this machine"),
    "server-unresolved": Check(_NOTE, "the lookup of a server's name timed out"),
    "server-resolves-loopback": Check(_WARNING, "a server's name resolves to a loopback address on this machine"),
    "server-resolves-private": Check(
        _NOTE, "a server's name resolves to a private address: outside clients cannot reach it"
    ),
    "server-address-loopback": Check(_ERROR, "a SERVER line has an address that no machine has, such as 0.0.0.0"),
    "server-address-link-local": Check(_WARNING, "a SERVER line has a link-local address, valid on one link only"),
    "server-address-private": Check(_WARNING, "a SERVER line has a private address: outside clients cannot reach it"),
    "vendor-incomplete": Check(_ERROR, "a VENDOR line has no daemon name"),
    "vendor-name": Check(_ERROR, "the name on a VENDOR line is not a valid daemon name"),
    "vendor-port": Check(_ERROR, "a vendor daemon's port is not a number from 1 to 65535"),
    "vendor-missing": Check(_WARNING, "the file has SERVER lines but no VENDOR line"),
    "vendor-unpinned": Check(_WARNING, "a vendor daemon's port is not pinned: it can change at every restart"),
    "vendor-port-low": Check(_WARNING, "a vendor daemon's port is below 1024"),
    "vendor-port-outside-range": Check(_NOTE, f"a vendor daemon's port is outside {DEFAULT_RANGE_TEXT}"),
    "vendor-positional": Check(_WARNING, "an options file or a port without its keyword is in the place of the path"),
    "vendor-path-blank": Check(_ERROR, "a daemon's path has a blank and no quotation marks"),
    "port-of-lmgrd": Check(_ERROR, "a vendor daemon has lmgrd's port"),
    "port-shared": Check(_ERROR, "two vendor daemons have the same port"),
    "vendor-obsolete": Check(_WARNING, "a daemon is obsolete: newer versions of its product do not have it"),
    "vendor-name-file": Check(_WARNING, "a daemon's name on a VENDOR line is the name of a file"),
    "not-a-license-file": Check(_ERROR, "the file is an options file, a license file of RLM, or another text"),
    "character-odd": Check(_ERROR, "a character looks like a blank or a quotation mark, and is not one"),
    "keyword-unknown": Check(_WARNING, "a line starts with a word that is not a keyword of a license file"),
    "feature-incomplete": Check(_ERROR, "a FEATURE, INCREMENT, UPGRADE or PACKAGE line lacks fields"),
    "feature-expiry": Check(_WARNING, "an expiry date cannot be read"),
    "feature-expired": Check(_WARNING, "a feature has expired"),
    "feature-renewed": Check(_NOTE, "a feature has expired, and another line of the file still covers it"),
    "feature-superseded": Check(_NOTE, "a later line with SUPERSEDE replaces a feature line"),
    "feature-duplicate": Check(_NOTE, "a feature line is identical to an earlier one"),
    "feature-vendor-missing": Check(_WARNING, "a counted feature belongs to a daemon without a VENDOR line"),
    "feature-expiring": Check(_WARNING, "a feature expires soon"),
    "line-too-long": Check(_ERROR, "a SERVER or VENDOR line is too long"),
    "quote-open": Check(_WARNING, "a quotation mark is not closed on its line"),
    "line-endings": Check(_WARNING, "line endings are mixed"),
    "encoding": Check(_WARNING, "the file is UTF-16, but license files are 8-bit text"),
    "byte-order-mark": Check(_WARNING, "a byte order mark is before the first keyword"),
    "more": Check(_WARNING, "the file has more problems of one kind than lmwire shows"),
}
"""Id → check. The ids are part of the public API."""

NAME_CHECKS: Final = frozenset(
    ("server-unresolvable", "server-unresolved", "server-resolves-loopback", "server-resolves-private")
)
"""Checks that look up the servers' names."""
