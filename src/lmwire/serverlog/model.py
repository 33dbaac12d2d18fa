"""What a log comes to. The field names are the JSON contract `lmwire.log/1`; strings are as they came, not escaped."""

from __future__ import annotations

import enum

import msgspec

__all__ = [
    "SCHEMA",
    "Daemon",
    "DenialCount",
    "Exits",
    "Lines",
    "LogSummary",
    "Loop",
    "NameCount",
    "PortSource",
    "PortUse",
    "Problem",
    "Severity",
    "State",
    "TriadCount",
    "When",
]

SCHEMA = "lmwire.log/1"


class PortSource(enum.Enum):
    """How a vendor daemon's port is known, the most trustworthy first."""

    REPORTED = "reported"
    """The vendor daemon told lmgrd: `ibmratl using TCP-port 27001`."""
    LISTENING = "listening"
    """It says so of itself: `Listening port: 27001`."""
    STARTED = "started"
    """lmgrd started it there: `Started ibmratl (internet tcp_port 27001 …)`."""
    ANNOUNCED = "announced"
    """lmgrd meant to: `Starting vendor daemon at port 27001`."""


class State(enum.Enum):
    """How a daemon was when the log ended, as far as it tells."""

    UP = "up"
    EXITED = "exited"
    """It ended, and its restart is not in the log."""
    GIVEN_UP = "given up"
    """It ended, and lmgrd does not try again."""
    SHUT_DOWN = "shut down"
    UNKNOWN = "unknown"


class Severity(enum.Enum):
    """How bad it is: only a critical problem keeps licenses away."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"


class When(msgspec.Struct, frozen=True, kw_only=True):
    """When a line was written.

    Attributes:
        date: "2026-11-24"; "11-24" where the log tells no year; empty where it tells no day.
        time: as it was written.
        inferred: the date was counted on from an earlier one, because times went backwards.
    """

    date: str
    time: str
    inferred: bool

    def __str__(self) -> str:
        return f"{self.date} {self.time}".strip()


class PortUse(msgspec.Struct, frozen=True, kw_only=True):
    """From when on a vendor daemon had which port.

    Attributes:
        pinned: whether the license file names it; None where the log does not tell.
    """

    port: int
    source: PortSource
    pinned: bool | None
    since: When | None


class Exits(msgspec.Struct, frozen=True, kw_only=True):
    """How often a vendor daemon ended in one way.

    Attributes:
        signal: 17 is SIGCHLD, by which lmgrd heard of it: not the cause.
        reason: the log's own words; often empty.
        asked_for: whether it was told to end, or ended with status 0.
    """

    status: int
    signal: int | None
    reason: str
    asked_for: bool
    count: int
    first: When | None
    last: When | None


class Loop(msgspec.Struct, frozen=True, kw_only=True):
    """A vendor daemon that ended and was started again, over and over.

    Attributes:
        exits: how often it ended.
        every_seconds: how long it took from one end to the next, on average.
        over: whether it ran on after the last of them.
    """

    exits: int
    every_seconds: float
    first: When | None
    last: When | None
    over: bool


class NameCount(msgspec.Struct, frozen=True, kw_only=True):
    """A name, and how often it came."""

    name: str
    count: int


class Daemon(msgspec.Struct, frozen=True, kw_only=True):
    """A vendor daemon.

    Attributes:
        port: the port that it had last; None where the log does not tell.
        port_source: how that is known.
        pinned: whether the license file names the port; None where the log does not tell.
        ports: its ports over time, the oldest first; of many, the first and the last.
        ports_left_out: how many are not in `ports`.
        starts, restarts: how often lmgrd started it, and how many of these were after an exit.
        exits_others: exits of more kinds than are told.
        outs, ins, denied: licenses that went out and came in, and requests that were turned down.
        features: the features most checked out.
        misdirected: connections that were meant for another daemon.
    """

    name: str
    state: State
    host: str
    version: str
    port: int | None
    port_source: PortSource | None
    pinned: bool | None
    ports: tuple[PortUse, ...]
    ports_left_out: int
    starts: int
    restarts: int
    exits: tuple[Exits, ...]
    exits_others: int
    loop: Loop | None
    outs: int
    ins: int
    denied: int
    features: tuple[NameCount, ...]
    features_others: int
    misdirected: int


class DenialCount(msgspec.Struct, frozen=True, kw_only=True):
    """Requests that were turned down for one reason.

    Attributes:
        kind: "denied", "unsupported" or "too new".
        code: FlexNet's error code; empty where the log has none.
        reason: the log's own words.
        features: of which features, the most frequent first.
    """

    kind: str
    code: str
    reason: str
    count: int
    features: tuple[NameCount, ...]
    features_others: int


class TriadCount(msgspec.Struct, frozen=True, kw_only=True):
    """What happened among three redundant servers, with whom, and how often."""

    kind: str
    whom: str
    count: int
    last: When | None


class Lines(msgspec.Struct, frozen=True, kw_only=True):
    """How many lines were what.

    Attributes:
        told: told something.
        noise: are known and tell nothing that matters here.
        unknown: have a frame, and a text that is not known; `samples` has the first few.
        unframed: have no time and daemon before them.
        long: were so long that only their beginning was read.
    """

    all: int
    told: int
    noise: int
    unknown: int
    unframed: int
    long: int
    samples: tuple[str, ...]


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is wrong, or worth knowing.

    Attributes:
        id: stable.
        subject: the vendor daemon concerned; empty for lmgrd.
        text: one or two sentences: what, and what to do. Escaped.
    """

    id: str
    severity: Severity
    subject: str
    text: str


class LogSummary(msgspec.Struct, frozen=True, kw_only=True):
    """All that is told of one debug log.

    Attributes:
        files: those that were read, in order.
        first, last: when the first line was written, and the last.
        manager: "lmgrd" or "lmadmin"; empty where neither wrote a line.
        host: what the server calls itself.
        lmgrd_port: the manager's port, the last that the log tells.
        starts: how often the manager started; `started` is the last time.
        daemons: by name, in the order in which they came.
        daemons_left_out: lines of daemons beyond those that are told.
        denied_clients: who was turned down most, as user@host.
        problems: the worst first.
        notes: why not all could be read.
    """

    schema: str = SCHEMA
    files: tuple[str, ...]
    first: When | None
    last: When | None
    manager: str
    version: str
    host: str
    platform: str
    lmgrd_port: int | None
    configuration: str
    license_files: str
    command_line: str
    starts: int
    started: When | None
    state: State
    daemons: tuple[Daemon, ...]
    daemons_left_out: int
    denials: tuple[DenialCount, ...]
    denials_others: int
    denied_clients: tuple[NameCount, ...]
    denied_clients_others: int
    triad: tuple[TriadCount, ...]
    lines: Lines
    problems: tuple[Problem, ...]
    notes: tuple[str, ...] = ()

    @property
    def manager_word(self) -> str:
        """What to call the manager in a sentence: `lmadmin` where it is that one, else `lmgrd`."""
        return "lmadmin" if self.manager == "lmadmin" else "lmgrd"

    @property
    def critical(self) -> bool:
        """Whether something keeps licenses away."""
        return any(problem.severity is Severity.CRITICAL for problem in self.problems)
