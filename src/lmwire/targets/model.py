"""The values of a license path. Frozen; no name is resolved and no socket is opened."""

from __future__ import annotations

from typing import Literal

import msgspec

from lmwire.ports import DEFAULT_RANGE
from lmwire.text import printable

__all__ = [
    "COMMAND_LINE",
    "Ignored",
    "LicensePath",
    "Server",
    "Source",
    "Target",
    "VendorLine",
]


class Server(msgspec.Struct, frozen=True):
    """A license server as written: `27000@licsrv`.

    Attributes:
        host: name or address literal; an IPv6 address is without brackets.
        port: TCP port of lmgrd, 1 to 65535; None (`@licsrv`): the client tries the ports of DEFAULT_RANGE.
    """

    host: str
    port: int | None

    @property
    def ports(self) -> tuple[int, ...]:
        """The ports to try, in a client's order."""
        return tuple(DEFAULT_RANGE) if self.port is None else (self.port,)

    @property
    def folded(self) -> Server:
        """The same server with its name in lower case and without a trailing dot: equal for all spellings."""
        return Server(self.host.lower().rstrip("."), self.port)

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'' if self.port is None else self.port}@{host}"


class VendorLine(msgspec.Struct, frozen=True):
    """A VENDOR or DAEMON line: the vendor daemon's name and, when it is pinned, its TCP port."""

    name: str
    port: int | None


class Target(msgspec.Struct, frozen=True):
    """One alternative of a license path: a server, a triad, or a license file that names either.

    Attributes:
        text: the target as written; parsing it again gives an equal target.
        servers: one server, or the three members of a triad in the order given.
        kind: `file` for every target from a license file, a triad included (see `is_triad`).
        vendors: vendor daemons that the license file names; empty without a file.
        origin: path of the license file; empty without a file.
    """

    text: str
    servers: tuple[Server, ...]
    kind: Literal["server", "triad", "file"]
    vendors: tuple[VendorLine, ...] = ()
    origin: str = ""

    @property
    def is_triad(self) -> bool:
        """Whether this is a redundant set of three servers, of which two must be up."""
        return len(self.servers) == 3  # noqa: PLR2004 (a triad is three)

    def __str__(self) -> str:
        return self.text


class Source(msgspec.Struct, frozen=True):
    """The place where a license path was found.

    Attributes:
        kind: the kind of place.
        variable: the environment variable in use; empty for the other kinds.
        vendor: the variable's prefix in capitals (`MLM` of `MLM_LICENSE_FILE`); empty for LM_LICENSE_FILE.
        daemon: the vendor daemon that reads this variable, spelt as in its VENDOR line; empty when unknown.
        passed_over: other variables that are set but not used, in order of precedence.
    """

    kind: Literal["command line", "environment", "default file"]
    variable: str = ""
    vendor: str = ""
    daemon: str = ""
    passed_over: tuple[str, ...] = ()

    def __str__(self) -> str:
        shown = printable(self.variable) if self.variable else f"the {self.kind}"
        if not self.passed_over:
            return shown
        return f"{shown} (also set but not used: {', '.join(map(printable, self.passed_over))})"


COMMAND_LINE = Source(kind="command line")


class Ignored(msgspec.Struct, frozen=True):
    """An entry of a list that names no server, while others do. Applications and lmwire skip it.

    Attributes:
        text: the entry as written; not escaped.
        reason: why it names no server. Escaped.
    """

    text: str
    reason: str


class LicensePath(msgspec.Struct, frozen=True):
    """The alternatives of a license path, in an application's order; never empty."""

    targets: tuple[Target, ...]
    source: Source
    ignored: tuple[Ignored, ...] = ()
