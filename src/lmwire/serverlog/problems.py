"""Find the problems in a log and say what to do. Only problems that stop clients from getting licenses are critical."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from lmwire.ports import DEFAULT_RANGE, DEFAULT_RANGE_TEXT, PRIVILEGED
from lmwire.serverlog.clock import Moment
from lmwire.serverlog.events import Triad
from lmwire.serverlog.model import Daemon, Exits, LogSummary, Problem, Severity, State
from lmwire.text import printable

__all__ = ["FEATURELESS", "STATUSES", "Troubles", "problems_of"]

_SIGCHLD: Final = 17
_KEPT: Final = 16
_NO_FEATURES: Final = (
    "It found nothing to serve: the SERVER line's hostid or name does not match the server, or the license file has no "
    "feature of this vendor daemon"
)
STATUSES: Final = {
    2: "Its program does not run on the server: it is broken, or a library is missing or has another version",
    27: f"{_NO_FEATURES} (Windows)",
    36: f"{_NO_FEATURES} (Unix)",
    58: "Another copy of it is already running: stop that copy, or wait until it has exited and its port is free",
}
"""Exit status of a vendor daemon → its known meaning."""

FEATURELESS: Final = frozenset({27, 36})
"""Exit statuses of a vendor daemon that has nothing to serve."""

_NUMBER: Final = re.compile(r"v?(\d{1,3})\.(\d{1,3})")
_DOWN: Final = frozenset({State.EXITED, State.GIVEN_UP})
_ORDER: Final = (Severity.CRITICAL, Severity.WARNING, Severity.INFO)


@dataclass(slots=True)
class Troubles:
    """Problems since the manager's last start that nothing in the log has solved."""

    ports: dict[tuple[str, int | None], Moment | None] = field(default_factory=dict)
    conflicts: int = 0
    given_up: str | None = None
    init: str | None = None
    featureless: dict[str, None] = field(default_factory=dict)
    quorum_lost: bool = False
    multiple: bool = False
    sockets: int = 0
    socket_sample: str = ""
    slow_packets: bool = False
    as_root: bool = False

    def manager_started(self) -> None:
        """Forget the problems of the last run."""
        self.vendor_started()
        self.featureless.clear()
        self.quorum_lost = self.multiple = self.slow_packets = self.as_root = False

    def vendor_started(self) -> None:
        """The manager starts a vendor daemon."""
        self.ports.clear()
        self.given_up = self.init = None

    def server_started(self, daemon: str) -> None:
        """A vendor daemon has features to serve, and its port."""
        self.featureless.pop(daemon, None)

    def no_features(self, daemon: str) -> None:
        """A vendor daemon has nothing to serve."""
        if len(self.featureless) < _KEPT:
            self.featureless[daemon] = None

    def gave_up(self, daemon: str, _moment: Moment | None) -> None:
        """The manager gave up."""
        self.given_up = daemon

    def port_in_use(self, daemon: str, port: int | None, moment: Moment | None) -> None:
        """A daemon could not open its port."""
        self.conflicts += 1
        if port is None and any(whose == daemon for whose, _ in self.ports):
            return  # an earlier line of the same failure named the port
        if len(self.ports) < _KEPT:
            self.ports[daemon, port] = moment

    def cant_initialize(self, reason: str, _moment: Moment | None) -> None:
        """The manager did not start, for this reason."""
        self.init = reason

    def among_three(self, kind: Triad) -> None:
        """An event in a triad."""
        if kind is Triad.LOST_QUORUM:
            self.quorum_lost = True
        elif kind is Triad.MASTER_IS:
            self.quorum_lost = False
        elif kind is Triad.MULTIPLE:
            self.multiple = True

    def socket(self, text: str) -> None:
        """A call to the operating system failed."""
        self.sockets += 1
        self.socket_sample = self.socket_sample or text


def problems_of(summary: LogSummary, troubles: Troubles) -> tuple[Problem, ...]:
    """Return all problems, the worst first."""
    manager = summary.manager_word
    taken = {summary.lmgrd_port, *(daemon.port for daemon in summary.daemons)}
    free = (port for port in DEFAULT_RANGE[1:] if port not in taken)
    found = [*_of_manager(troubles, manager)]
    for daemon in summary.daemons:
        found.extend(_of_daemon(daemon, troubles, manager))
        found.extend(_of_port(daemon, summary, free))
    found.extend(_remarks(summary, troubles))
    return tuple(sorted(found, key=lambda problem: _ORDER.index(problem.severity)))


def _problem(name: str, severity: Severity, text: str, subject: str = "") -> Problem:
    return Problem(id=name, severity=severity, subject=subject, text=text)


def _of_manager(troubles: Troubles, manager: str) -> Iterator[Problem]:
    if troubles.init is not None:
        reason = printable(troubles.init, 200).rstrip(".") or "the log gives no reason"
        text = f"The license server manager did not start: {reason}. Check the file that its -c option names."
        yield _problem("not-started", Severity.CRITICAL, text)
    if troubles.given_up == "":
        text = f"{manager} gave up. Correct the problem that the lines before this one name, then restart {manager}."
        yield _problem("gave-up", Severity.CRITICAL, text)
    for daemon, port in troubles.ports:
        yield _conflict(daemon, port, manager)
    if troubles.conflicts and not troubles.ports:
        text = f"A port was in use {_times(troubles.conflicts)}. A later start succeeded."
        yield _problem("port-was-in-use", Severity.WARNING, text)
    if troubles.quorum_lost:
        text = "The triad lost its quorum, and no later line says that it has one again."
        needed = "Two of its servers must be up and reach each other."
        yield _problem("quorum-lost", Severity.CRITICAL, f"{text} {needed}")
    if troubles.multiple:
        text = f"Several {manager} processes serve one license file. Stop all but one."
        yield _problem("multiple-servers", Severity.CRITICAL, text)


def _conflict(daemon: str, port: int | None, manager: str) -> Problem:
    what = "The port" if port is None else f"Port {port}"
    who = printable(daemon, 40) if daemon else manager
    look = "" if port is None else f" On the server, `ss -ltnp 'sport = :{port}'` or `netstat -ano` shows the process."
    text = f"{what} is in use, so {who} cannot open it: often an older {who} that is still running.{look}"
    return _problem("port-in-use", Severity.CRITICAL, text, daemon)


def _of_daemon(daemon: Daemon, troubles: Troubles, manager: str) -> Iterator[Problem]:
    name, shown = daemon.name, printable(daemon.name, 40)
    if daemon.state is State.GIVEN_UP:
        text = f"{manager} gave up on {shown}, which exited{_why(daemon)}. Correct the cause, then restart {manager}."
        yield _problem("gave-up", Severity.CRITICAL, text, name)
    if daemon.loop is not None:
        loop = daemon.loop
        severity = Severity.WARNING if loop.over else Severity.CRITICAL
        was = "was in a crash loop" if loop.over else "is in a crash loop"
        text = f"{shown} {was}: it exited {loop.exits} times, every {_span(loop.every_seconds)}{_why(daemon)}."
        yield _problem("crash-loop", severity, text, name)
    elif daemon.state is State.EXITED and name not in troubles.featureless:
        text = f"{shown} exited{_why(daemon)}. The log shows no restart."
        yield _problem("daemon-down", Severity.CRITICAL, text, name)
    elif daemon.state not in _DOWN and (ends := _unasked(daemon)):
        text = f"{shown} exited {_times(sum(one.count for one in ends))} without a shutdown request{_why(daemon)}."
        yield _problem("daemon-ended", Severity.WARNING, text, name)
    if name in troubles.featureless and daemon.state is not State.GIVEN_UP:
        text = f"{shown} has nothing to serve: {_NO_FEATURES.partition(': ')[2]}."
        yield _problem("no-features", Severity.CRITICAL, text, name)
    if daemon.misdirected:
        text = (
            f"Clients asked {shown} for another vendor daemon {_times(daemon.misdirected)}. They connect to the wrong "
            "port because of `@host` without a port, a NAT that changes ports, or a port that moved."
        )
        yield _problem("wrong-daemon-asked", Severity.WARNING, text, name)


def _unasked(daemon: Daemon) -> list[Exits]:
    return [one for one in daemon.exits if not one.asked_for]


def _why(daemon: Daemon) -> str:
    """Return the most frequent exit status, signal and reason in words."""
    ends = _unasked(daemon)
    if not ends:
        return ""
    worst = max(ends, key=lambda one: one.count)
    known = STATUSES.get(worst.status, "")
    words = f" ({printable(worst.reason, 100)})" if worst.reason else ""
    signal = f", by signal {worst.signal}" if worst.signal not in (None, _SIGCHLD) else ""
    meaning = f". {known}" if known else ""
    return f", with status {worst.status}{words}{signal}{meaning}"


def _of_port(daemon: Daemon, summary: LogSummary, free: Iterator[int]) -> Iterator[Problem]:
    name, shown, port = daemon.name, printable(daemon.name, 40), daemon.port
    if port is None:
        return
    changes = len(daemon.ports) + daemon.ports_left_out - 1
    moved = f" It moved {_times(changes)} in this log." if changes > 0 else ""
    if daemon.pinned is False:
        text = f"Port {port} of {shown} is not pinned: it changes at the next restart.{moved}"
        text = f"{text} {_pinning(port if port in DEFAULT_RANGE else next(free, port), summary)}"
        yield _problem("port-not-pinned", Severity.WARNING, text, name)
    elif moved:
        text = f"{shown} now listens on port {port}.{moved}"
        yield _problem("port-moved", Severity.WARNING, text, name)
    if port < PRIVILEGED:
        text = (
            f"Port {port} of {shown} is below 1024. A daemon without a pinned port often gets one when it runs as root."
        )
        yield _problem("port-privileged", Severity.WARNING, text, name)
    if port not in DEFAULT_RANGE and daemon.pinned is not False:  # if it is not pinned, the next port differs anyway
        text = (
            f"Port {port} of {shown} is outside {DEFAULT_RANGE_TEXT}: a firewall rule for that range does not cover it."
        )
        yield _problem("port-outside-range", Severity.WARNING, text, name)


def _pinning(port: int, summary: LogSummary) -> str:
    if summary.manager_word == "lmadmin":
        return f"Set port {port} for it in lmadmin's console: that setting overrides the license file."
    return f"Write `port={port}` on its VENDOR line, or let `lmwire license pin` write it."


def _remarks(summary: LogSummary, troubles: Troubles) -> Iterator[Problem]:
    for daemon in summary.daemons:
        ours, theirs = _NUMBER.match(summary.version), _NUMBER.match(daemon.version)
        if ours and theirs and tuple(map(int, ours.groups())) < tuple(map(int, theirs.groups())):
            shown = printable(daemon.name, 40)
            manager = summary.manager_word
            text = f"{manager} ({ours[0]}) is older than {shown} ({theirs[0]}). Install {manager} {theirs[0]} or newer."
            yield _problem("lmgrd-older", Severity.WARNING, text, daemon.name)
    if troubles.sockets:
        text = f"The operating system refused a socket call {_times(troubles.sockets)}:"
        sample = printable(troubles.socket_sample, 100)
        yield _problem("socket-trouble", Severity.WARNING, f"{text} {sample}.")
    if troubles.as_root:
        text = f"{summary.manager_word} runs as root and warns against it."
        remedy = "Run it as a user who can read the license file. It needs no other rights."
        yield _problem("runs-as-root", Severity.INFO, f"{text} {remedy}")
    if troubles.slow_packets:
        text = "TCP_NODELAY is off: many small packets are slow. Clients still reach the server."
        yield _problem("nodelay-off", Severity.INFO, text)


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _span(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"  # noqa: PLR2004 # as people say it
