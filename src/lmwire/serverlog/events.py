"""Events that a line of the log reports, as frozen values. Strings are as in the log, not escaped."""

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
    "Exiting",
    "FaultDetail",
    "FaultLine",
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
    "UnknownStatus",
    "Use",
    "VendorStarted",
    "Versions",
]


class Event(msgspec.Struct, frozen=True):
    """Base of all events."""


class Noise(Event, frozen=True):
    """A known line that does not matter to lmwire."""


class Stamp(Event, frozen=True):
    """A TIMESTAMP line: the date. Month and day come in the order in which they were written."""

    month: int
    day: int
    year: int


class ManagerStarted(Event, frozen=True):
    """The start banner of a license server manager. `host` is the server's own host name."""

    version: str
    host: str
    platform: str
    date: Stamp | None


class ManagerPort(Event, frozen=True):
    """The manager's own port."""

    port: int


class Listening(Event, frozen=True):
    """The daemon that wrote the line listens on `port`."""

    port: int


class Configuration(Event, frozen=True):
    """The configuration: a single server, or one of three."""

    text: str


class LicenseFiles(Event, frozen=True):
    """The license files in use, as one text; `:` or `;` may separate them."""

    text: str


class CommandLine(Event, frozen=True):
    """The manager's command line options."""

    text: str


class Starting(Event, frozen=True):
    """The manager is about to start a vendor daemon on a port. The line does not name the daemon."""

    port: int


class PinnedPort(Event, frozen=True):
    """The license file names the port of the next vendor daemon."""

    port: int


class VendorStarted(Event, frozen=True):
    """The manager started a vendor daemon, or restarted it after its exit.

    Attributes:
        port, pid: None when the line has none, as in old versions.
        again: whether it is a restart.
    """

    daemon: str
    port: int | None
    pid: int | None
    again: bool


class PortReported(Event, frozen=True):
    """A vendor daemon reported to the manager the port it really listens on."""

    daemon: str
    port: int


class ServerStarted(Event, frozen=True):
    """A vendor daemon is up."""

    host: str


class DaemonVersion(Event, frozen=True):
    """The version of the daemon that wrote the line."""

    version: str


class Versions(Event, frozen=True):
    """The manager's version and that of a vendor daemon."""

    manager: str
    daemon: str
    version: str


class Exited(Event, frozen=True):
    """A vendor daemon exited. `signal` 17 is SIGCHLD: it informs the manager of the exit and is not its cause."""

    daemon: str
    status: int
    signal: int | None
    reason: str


class Exiting(Event, frozen=True):
    """The daemon that wrote the line exits, without a request to shut down.

    Attributes:
        signal: the number after EXITING DUE TO SIGNAL, or None. From 27 on it is FlexNet's own exit status.
        reason: the line when it names a reason in words, else empty.
    """

    signal: int | None
    reason: str


class UnknownStatus(Event, frozen=True):
    """The manager does not know the last exit status: it was not asked for."""


class FaultLine(Event, frozen=True):
    """A line that names a fault.

    Attributes:
        fault: the id, a key of `known_faults.FAULTS`.
        daemon: the daemon that the line is about; empty for the one that wrote it.
        what: what the line names; may be empty.
        line: the whole line.
    """

    fault: str
    daemon: str
    what: str
    line: str


class FaultDetail(Event, frozen=True):
    """A line that adds to the fault on an earlier line."""

    fault: str
    what: str


class NoFeatures(Event, frozen=True):
    """A vendor daemon found nothing to serve. `exits` says whether the line says that it exits."""

    exits: bool = False


class GaveUp(Event, frozen=True):
    """The manager does not restart the daemon any more."""


class PortInUse(Event, frozen=True):
    """A daemon could not open a port.

    Attributes:
        port: None when the line does not name it.
        in_use: whether the line says that the port is in use.
    """

    port: int | None
    in_use: bool = True


class CantInitialize(Event, frozen=True):
    """The manager could not start."""

    reason: str


class Use(Event, frozen=True):
    """A license was checked out or checked in, `count` times."""

    out: bool
    feature: str
    count: int = 1


class Denied(Event, frozen=True):
    """The vendor daemon denied a request. The network is fine.

    Attributes:
        kind: "denied", "unsupported", or "too new" (a client newer than the vendor daemon).
        code: "-4,342", or "-4"; empty when the line has none.
        reason: the text of the line.
    """

    kind: str
    feature: str
    client: str
    code: str
    reason: str


class IllegalConnection(Event, frozen=True):
    """A client connected to the port of the wrong vendor daemon."""

    daemon: str


class Triad(enum.Enum):
    """Kinds of events in a triad of redundant servers."""

    LOST_CONNECTION = "lost connection"
    LOST_QUORUM = "lost quorum"
    MASTER_DIED = "master died"
    TIMED_OUT = "connection timed out"
    CONNECTED = "connected"
    MASTER_IS = "master is"
    MULTIPLE = "multiple servers"
    """Not only in a triad: a second copy of a daemon runs. Readers of the JSON know it by this kind."""


class TriadEvent(Event, frozen=True):
    """An event in a triad. `whom` is the other server; it may be empty."""

    kind: Triad
    whom: str


class SocketTrouble(Event, frozen=True):
    """A call to the operating system failed."""

    call: str
    reason: str


class SlowPackets(Event, frozen=True):
    """TCP_NODELAY is off: small packets are slow. Clients still reach the server."""


class RunsAsRoot(Event, frozen=True):
    """The manager runs as root, and its line warns of that."""


class ShutDown(Event, frozen=True):
    """A shutdown was requested.

    Attributes:
        signal: the signal that requested it; None for a request such as lmdown's.
        daemon: the daemon to shut down; empty for the one that wrote the line.
    """

    signal: int | None
    daemon: str = ""
