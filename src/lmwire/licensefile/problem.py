"""What may be wrong with a license file: the table of checks, and the value that tells one fault and its place."""

from __future__ import annotations

import enum
from typing import Final

import msgspec

from lmwire.ports import DEFAULT_RANGE_TEXT

__all__ = ["CHECKS", "Check", "Problem", "ProblemSeverity"]


class ProblemSeverity(enum.Enum):
    """How bad it is. A note is worth knowing and counts as no problem."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


_ERROR, _WARNING, _NOTE = ProblemSeverity


class Check(msgspec.Struct, frozen=True):
    """A check: how bad it is when it fails, and what it looks for, as a clause."""

    severity: ProblemSeverity
    meaning: str


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One fault of a license file, and where it stands.

    Attributes:
        id: stable name of the check, a key of CHECKS.
        line, column: of the first character at fault, from 1, in the file as an editor shows it. A tab is one column.
        text: what is wrong, one sentence without a full stop. Escaped.
        fix: what to do, one sentence without a full stop; may be empty. Escaped.
        corrected: the line as it should be, where that can be told. Control characters are escaped, backslashes are not
            doubled: it is there to be copied.
        source: the logical line at fault, continued lines joined. As it came; not escaped.
        position, length: the part of `source` that is at fault.
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
        """How bad it is: the check's own severity."""
        return CHECKS[self.id].severity


CHECKS: Final[dict[str, Check]] = {
    "server-incomplete": Check(_ERROR, "a SERVER line without a host"),
    "server-host": Check(_ERROR, "a SERVER line whose host can be no name and no address"),
    "server-port": Check(_ERROR, "a SERVER line's port is no number from 1 to 65535"),
    "server-count": Check(_ERROR, "there are two SERVER lines, or more than three"),
    "server-missing": Check(_WARNING, "no SERVER line, and counted licenses or none at all"),
    "server-unread": Check(_WARNING, "a SERVER line comes after USE_SERVER: no client reads it"),
    "server-twice": Check(_ERROR, "a triad has the same server twice"),
    "server-port-missing": Check(
        _WARNING, f"a SERVER line without a port: lmgrd takes a free one of {DEFAULT_RANGE_TEXT}"
    ),
    "triad-port-missing": Check(_ERROR, "a server of a triad has no port: each needs a fixed one"),
    "triad-ports-differ": Check(_WARNING, "the servers of a triad have different ports"),
    "server-this-host": Check(_WARNING, "a SERVER line says this_host: a client that reads it talks to itself"),
    "server-any": Check(_WARNING, "a SERVER line says ANY where the host stands"),
    "server-localhost": Check(_ERROR, "a SERVER line says localhost: every client takes itself for the server"),
    "server-unqualified": Check(_WARNING, "a server's name has no domain: clients of another domain can't resolve it"),
    "server-unresolvable": Check(_ERROR, "a server's name does not resolve here"),
    "server-unresolved": Check(_NOTE, "whether a server's name resolves could not be told in time"),
    "server-resolves-loopback": Check(_WARNING, "a server's name resolves to a loopback address here"),
    "server-resolves-private": Check(_NOTE, "a server's name resolves to an address that outside clients can't reach"),
    "server-address-loopback": Check(_ERROR, "a SERVER line holds a loopback address"),
    "server-address-link-local": Check(_WARNING, "a SERVER line holds an address that is valid on one link only"),
    "server-address-private": Check(_WARNING, "a SERVER line holds a private address: clients outside can't reach it"),
    "vendor-incomplete": Check(_ERROR, "a VENDOR line without a daemon's name"),
    "vendor-name": Check(_ERROR, "a VENDOR line whose word can be no daemon's name"),
    "vendor-port": Check(_ERROR, "a vendor daemon's port is no number from 1 to 65535"),
    "vendor-missing": Check(_WARNING, "there are SERVER lines and no VENDOR line"),
    "vendor-unpinned": Check(_WARNING, "no port is pinned for a vendor daemon: it may move at every restart"),
    "vendor-port-low": Check(_WARNING, "a vendor daemon's port is below 1024"),
    "vendor-port-outside-range": Check(_NOTE, f"a vendor daemon's port is outside {DEFAULT_RANGE_TEXT}"),
    "vendor-positional": Check(_ERROR, "OPTIONS or PORT stands without its keyword where the daemon's path belongs"),
    "vendor-path-blank": Check(_ERROR, "a daemon's path has a blank and no quotation marks"),
    "port-of-lmgrd": Check(_ERROR, "a vendor daemon has lmgrd's port"),
    "port-shared": Check(_ERROR, "two vendor daemons have the same port"),
    "vendor-obsolete": Check(_WARNING, "a daemon that the product no longer has"),
    "keyword-unknown": Check(_WARNING, "a line begins with a word that is no keyword of a license file"),
    "feature-incomplete": Check(_ERROR, "a FEATURE, INCREMENT, UPGRADE or PACKAGE line lacks fields"),
    "feature-expiry": Check(_WARNING, "an expiry date that cannot be read"),
    "feature-expired": Check(_WARNING, "a feature has expired"),
    "feature-expiring": Check(_WARNING, "a feature expires soon"),
    "line-too-long": Check(_ERROR, "a SERVER or VENDOR line is too long to be meant"),
    "quote-open": Check(_WARNING, "a quotation mark has no partner in its line"),
    "line-endings": Check(_WARNING, "line endings are mixed"),
    "encoding": Check(_WARNING, "the file is UTF-16, and license files are 8-bit text"),
    "byte-order-mark": Check(_WARNING, "a byte order mark stands before the first keyword"),
    "more": Check(_WARNING, "more problems than are told"),
}
"""Id → check. The ids are part of the public API."""
