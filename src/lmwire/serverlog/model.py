"""The summary of a log. Field names are the JSON contract `lmwire.log/1`; strings are as in the log, not escaped."""

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
    "Trouble",
    "When",
]

SCHEMA = "lmwire.log/1"


class PortSource(enum.Enum):
    """The line that names a vendor daemon's port, the most trustworthy first."""

    REPORTED = "reported"
    """The vendor daemon reported it to lmgrd: `ibmratl using TCP-port 27001`."""
    LISTENING = "listening"
    """The vendor daemon logged it itself: `Listening port: 27001`."""
    STARTED = "started"
    """lmgrd started the daemon on it: `Started ibmratl (internet tcp_port 27001 …)`."""
    ANNOUNCED = "announced"
    """lmgrd was about to start the daemon on it: `Starting vendor daemon at port 27001`."""


class State(enum.Enum):
    """A daemon's state at the end of the log."""

    UP = "up"
    EXITED = "exited"
    """It exited, and the log shows no restart."""
    GIVEN_UP = "given up"
    """It exited, and lmgrd does not restart it."""
    SHUT_DOWN = "shut down"
    UNKNOWN = "unknown"


class Severity(enum.Enum):
    """How bad a problem is. Only a critical one stops clients from getting licenses."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"


class When(msgspec.Struct, frozen=True, kw_only=True):
    """When a line was written.

    Attributes:
        date: "2026-11-24"; "11-24" when the log has no year; empty when it has no day.
        time: as written in the log.
        inferred: lmwire counted the date on from an earlier one, because times went backwards.
    """

    date: str
    time: str
    inferred: bool

    def __str__(self) -> str:
        return f"{self.date} {self.time}".strip()


class PortUse(msgspec.Struct, frozen=True, kw_only=True):
    """A port of a vendor daemon, and the moment from which it used it.

    Attributes:
        pinned: whether the license file names the port; None when the log does not say.
    """

    port: int
    source: PortSource
    pinned: bool | None
    since: When | None


class Exits(msgspec.Struct, frozen=True, kw_only=True):
    """Exits of a vendor daemon with the same status, signal and reason.

    Attributes:
        signal: 17 is SIGCHLD, which informs lmgrd of the exit; it is not the cause.
        reason: the text in the log; often empty.
        asked_for: whether a shutdown was requested, or the status was 0 and no signal belongs to it.
    """

    status: int
    signal: int | None
    reason: str
    asked_for: bool
    count: int
    first: When | None
    last: When | None


class Loop(msgspec.Struct, frozen=True, kw_only=True):
    """A crash loop: a vendor daemon exits and lmgrd restarts it, again and again.

    Attributes:
        exits: number of exits.
        every_seconds: average time between two exits.
        over: whether the daemon kept running after the last exit.
    """

    exits: int
    every_seconds: float
    first: When | None
    last: When | None
    over: bool


class NameCount(msgspec.Struct, frozen=True, kw_only=True):
    """A name, and how often it occurs."""

    name: str
    count: int


class Daemon(msgspec.Struct, frozen=True, kw_only=True):
    """A vendor daemon.

    Attributes:
        port: its last port; None when the log does not name it.
        port_source: the kind of line that names the port.
        pinned: whether the license file names the port; None when the log does not say.
        ports: its ports over time, the oldest first; of many, only the first and the last ones.
        ports_left_out: number of ports missing from `ports`.
        starts, restarts: how often lmgrd started it, and how many of these starts followed an exit.
        exits_others: exits of kinds that `exits` has no room for.
        outs, ins, denied: licenses checked out, licenses checked in, requests denied.
        features: the features checked out most often.
        misdirected: connections from clients that wanted another vendor daemon.
        cause: the line in which it says why it exits; empty when there is none since its last start.
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
    cause: str = ""


class DenialCount(msgspec.Struct, frozen=True, kw_only=True):
    """Requests denied for one reason.

    Attributes:
        kind: "denied", "unsupported" or "too new".
        code: FlexNet's error code; empty when the log has none.
        reason: the text in the log.
        features: the features requested, the most frequent first.
    """

    kind: str
    code: str
    reason: str
    count: int
    features: tuple[NameCount, ...]
    features_others: int


class TriadCount(msgspec.Struct, frozen=True, kw_only=True):
    """An event in a triad of redundant servers: its kind, the other server, how often it occurs."""

    kind: str
    whom: str
    count: int
    last: When | None


class Trouble(msgspec.Struct, frozen=True, kw_only=True):
    """A line that reports trouble, and that lmwire does not know.

    Attributes:
        file: the file with the first of these lines.
        line: its number in that file, from 1.
        daemon: the daemon that wrote it; empty for a line without one.
        text: the line, without time and daemon.
        count: number of lines with this text.
    """

    file: str
    line: int
    daemon: str
    text: str
    count: int


class Lines(msgspec.Struct, frozen=True, kw_only=True):
    """Number of lines of each kind.

    Attributes:
        told: lines that lmwire used.
        noise: known lines that do not matter to lmwire.
        unknown: lines with the usual prefix and an unknown text; `samples` has the first few.
        unframed: lines without time and daemon at their start.
        long: lines so long that lmwire read only their beginning.
        troubles: the first few unknown lines with words such as error, failed or exiting.
        troubles_others: number of such lines that `troubles` has no room for.
    """

    all: int
    told: int
    noise: int
    unknown: int
    unframed: int
    long: int
    samples: tuple[str, ...]
    troubles: tuple[Trouble, ...] = ()
    troubles_others: int = 0


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """A problem in the log, or a fact worth knowing.

    Attributes:
        id: a stable id.
        subject: the vendor daemon; empty for lmgrd.
        text: what is wrong and what to do, in a few sentences. Escaped.
    """

    id: str
    severity: Severity
    subject: str
    text: str


class LogSummary(msgspec.Struct, frozen=True, kw_only=True):
    """The summary of one debug log.

    Attributes:
        files: the files read, in order.
        first, last: the moments of the first and of the last line.
        manager: "lmgrd" or "lmadmin"; empty when neither wrote a line.
        host: the server's own host name.
        lmgrd_port: the manager's last port.
        starts: how often the manager started; `started` is the last start.
        daemons: the vendor daemons, in the order of their first lines.
        daemons_left_out: number of lines from daemons that `daemons` has no room for.
        denied_clients: the clients denied most often, as user@host.
        problems: the problems, the worst first.
        notes: sentences that say which parts could not be read.
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
        """The manager's name for a sentence: `lmadmin` or `lmgrd`."""
        return "lmadmin" if self.manager == "lmadmin" else "lmgrd"

    @property
    def critical(self) -> bool:
        """Whether a problem stops clients from getting licenses."""
        return any(problem.severity is Severity.CRITICAL for problem in self.problems)
