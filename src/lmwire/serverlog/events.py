"""What a line of the log tells, as frozen values. Strings are as they came; nothing in here is escaped."""

from __future__ import annotations

import enum

import msgspec

__all__ = [
    "CantInitialize",
    "CommandLine",
    "Configuration",
    "DaemonVersion",
    "Denied",
    "Event",
    "Exited",
    "GaveUp",
    "IllegalConnection",
    "LicenseFiles",
    "Listening",
    "ManagerPort",
    "ManagerStarted",
    "NoFeatures",
    "Noise",
    "PinnedPort",
    "PortInUse",
    "PortReported",
    "RunsAsRoot",
    "ServerStarted",
    "ShutDown",
    "SlowPackets",
    "SocketTrouble",
    "Stamp",
    "Starting",
    "Triad",
    "TriadEvent",
    "Use",
    "VendorStarted",
    "Versions",
]


class Event(msgspec.Struct, frozen=True):
    """Any of the events."""


class Noise(Event, frozen=True):
    """A known line that tells nothing which matters here."""


class Stamp(Event, frozen=True):
    """A TIMESTAMP line: the date. Month and day come in the order in which they were written."""

    month: int
    day: int
    year: int


class ManagerStarted(Event, frozen=True):
    """The banner: a license server manager started. `host` is what the server calls itself."""

    version: str
    host: str
    platform: str
    date: Stamp | None


class ManagerPort(Event, frozen=True):
    """The manager's own port."""

    port: int


class Listening(Event, frozen=True):
    """Whoever wrote the line listens on `port`."""

    port: int


class Configuration(Event, frozen=True):
    """Whether it is a single server or one of three."""

    text: str


class LicenseFiles(Event, frozen=True):
    """The license files in use, as one text: they may be joined by `:` or `;`."""

    text: str


class CommandLine(Event, frozen=True):
    """The options that the manager was started with."""

    text: str


class Starting(Event, frozen=True):
    """The manager is about to start a vendor daemon at a port of its choice. It does not say which daemon."""

    port: int


class PinnedPort(Event, frozen=True):
    """The next vendor daemon's port was taken from the license file."""

    port: int


class VendorStarted(Event, frozen=True):
    """The manager started a vendor daemon, or did so again after its end.

    Attributes:
        port, pid: None where the line has none, as in old versions.
        again: whether it is a restart.
    """

    daemon: str
    port: int | None
    pid: int | None
    again: bool


class PortReported(Event, frozen=True):
    """A vendor daemon told the manager where it really listens."""

    daemon: str
    port: int


class ServerStarted(Event, frozen=True):
    """A vendor daemon is up."""

    host: str


class DaemonVersion(Event, frozen=True):
    """The version of whoever wrote the line."""

    version: str


class Versions(Event, frozen=True):
    """The manager's version beside that of a vendor daemon."""

    manager: str
    daemon: str
    version: str


class Exited(Event, frozen=True):
    """A vendor daemon ended. `signal` 17 is SIGCHLD, by which the manager heard of it, and no cause."""

    daemon: str
    status: int
    signal: int | None
    reason: str


class NoFeatures(Event, frozen=True):
    """A vendor daemon found nothing to serve."""


class GaveUp(Event, frozen=True):
    """The manager does not try again."""


class PortInUse(Event, frozen=True):
    """A port could not be opened. `port` is None where the line does not tell."""

    port: int | None


class CantInitialize(Event, frozen=True):
    """The manager did not start at all."""

    reason: str


class Use(Event, frozen=True):
    """A license went out or came in, `count` times."""

    out: bool
    feature: str
    count: int = 1


class Denied(Event, frozen=True):
    """A request was turned down by the vendor daemon: the network did its part.

    Attributes:
        kind: "denied", "unsupported", or "too new" (a client newer than the vendor daemon).
        code: "-4,342", or "-4"; empty when the line has none.
        reason: the line's own words.
    """

    kind: str
    feature: str
    client: str
    code: str
    reason: str


class IllegalConnection(Event, frozen=True):
    """A client came to the wrong daemon's port."""

    daemon: str


class Triad(enum.Enum):
    """What happened among three redundant servers."""

    LOST_CONNECTION = "lost connection"
    LOST_QUORUM = "lost quorum"
    MASTER_DIED = "master died"
    TIMED_OUT = "connection timed out"
    CONNECTED = "connected"
    MASTER_IS = "master is"
    MULTIPLE = "multiple servers"


class TriadEvent(Event, frozen=True):
    """One of them. `whom` may be empty."""

    kind: Triad
    whom: str


class SocketTrouble(Event, frozen=True):
    """A call to the operating system failed."""

    call: str
    reason: str


class SlowPackets(Event, frozen=True):
    """TCP_NODELAY is off: small packets are slow. No matter of reachability."""


class RunsAsRoot(Event, frozen=True):
    """The manager runs with all rights, and says that it should not."""


class ShutDown(Event, frozen=True):
    """Somebody or something asked for the end.

    Attributes:
        signal: None for a request, such as lmdown's.
        daemon: whose end; empty for whoever wrote the line.
    """

    signal: int | None
    daemon: str = ""
