"""What is wrong by the log, and what to do: from the facts to sentences. Only what keeps licenses away is critical."""

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
    "it found nothing to serve: the SERVER line's hostid or name is not this machine's, or the license file has no "
    "feature of this vendor daemon"
)
STATUSES: Final = {
    2: "its program does not run here: it is broken, or a library is missing or of another version",
    27: f"{_NO_FEATURES} (Windows)",
    36: f"{_NO_FEATURES} (Unix)",
    58: "another copy of it runs already: end that one, or wait until it has ended and its port is free",
}
"""Exit status of a vendor daemon → what it stands for, where that is known."""

FEATURELESS: Final = frozenset({27, 36})
"""Those of a vendor daemon that has nothing to serve."""

_NUMBER: Final = re.compile(r"v?(\d{1,3})\.(\d{1,3})")
_DOWN: Final = frozenset({State.EXITED, State.GIVEN_UP})
_ORDER: Final = (Severity.CRITICAL, Severity.WARNING, Severity.INFO)


@dataclass(slots=True)
class Troubles:
    """What went wrong since the manager's last start, and has not come right since."""

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
        """Begin anew."""
        self.vendor_started()
        self.featureless.clear()
        self.quorum_lost = self.multiple = self.slow_packets = self.as_root = False

    def vendor_started(self) -> None:
        """Take note that the manager got as far as starting a vendor daemon."""
        self.ports.clear()
        self.given_up = self.init = None

    def server_started(self, daemon: str) -> None:
        """Take note that a vendor daemon has something to serve, and its port."""
        self.featureless.pop(daemon, None)

    def no_features(self, daemon: str) -> None:
        """Take note of a vendor daemon that has nothing to serve."""
        if len(self.featureless) < _KEPT:
            self.featureless[daemon] = None

    def gave_up(self, daemon: str, _moment: Moment | None) -> None:
        """Take note that the manager gave up."""
        self.given_up = daemon

    def port_in_use(self, daemon: str, port: int | None, moment: Moment | None) -> None:
        """Take note of a port that could not be opened."""
        self.conflicts += 1
        if port is None and any(whose == daemon for whose, _ in self.ports):
            return  # the end of a story whose beginning told the port
        if len(self.ports) < _KEPT:
            self.ports[daemon, port] = moment

    def cant_initialize(self, reason: str, _moment: Moment | None) -> None:
        """Take note of why the manager did not start."""
        self.init = reason

    def among_three(self, kind: Triad) -> None:
        """Take note of what happened in a triad."""
        if kind is Triad.LOST_QUORUM:
            self.quorum_lost = True
        elif kind is Triad.MASTER_IS:
            self.quorum_lost = False
        elif kind is Triad.MULTIPLE:
            self.multiple = True

    def socket(self, text: str) -> None:
        """Take note of a call to the operating system that failed."""
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
        reason = printable(troubles.init, 200).rstrip(".") or "it does not say why"
        text = f"The license server manager did not start: {reason}. Check the file that its -c option names."
        yield _problem("not-started", Severity.CRITICAL, text)
    if troubles.given_up == "":
        text = f"{manager} gave up and asks for a restart: correct what the lines before it name, and start it again."
        yield _problem("gave-up", Severity.CRITICAL, text)
    for daemon, port in troubles.ports:
        yield _conflict(daemon, port, manager)
    if troubles.conflicts and not troubles.ports:
        text = f"A port was in use {_times(troubles.conflicts)}; a later start went through."
        yield _problem("port-was-in-use", Severity.WARNING, text)
    if troubles.quorum_lost:
        text = "The triad lost its quorum, and no line says that it has one again: two of its servers must be up and "
        yield _problem("quorum-lost", Severity.CRITICAL, f"{text}reach each other.")
    if troubles.multiple:
        text = f"Several servers run for one license file: end all but one, each machine has one {manager} for it."
        yield _problem("multiple-servers", Severity.CRITICAL, text)


def _conflict(daemon: str, port: int | None, manager: str) -> Problem:
    what = "The port" if port is None else f"Port {port}"
    whose = f"{printable(daemon, 40)}'s" if daemon else f"{manager}'s"
    look = "" if port is None else f"; `ss -ltnp 'sport = :{port}'` or `netstat -ano` tells what has it"
    text = f"{what} can't be opened, because it is in use: often by {whose} own process of before{look}."
    return _problem("port-in-use", Severity.CRITICAL, text, daemon)


def _of_daemon(daemon: Daemon, troubles: Troubles, manager: str) -> Iterator[Problem]:
    name, shown = daemon.name, printable(daemon.name, 40)
    if daemon.state is State.GIVEN_UP:
        text = f"{manager} gave up on {shown}, which ended{_why(daemon)}. Correct that, and restart the daemons."
        yield _problem("gave-up", Severity.CRITICAL, text, name)
    if daemon.loop is not None:
        loop = daemon.loop
        severity = Severity.WARNING if loop.over else Severity.CRITICAL
        was = "was in a crash loop" if loop.over else "is in a crash loop"
        text = f"{shown} {was}: it ended {loop.exits} times, every {_span(loop.every_seconds)}{_why(daemon)}."
        yield _problem("crash-loop", severity, text, name)
    elif daemon.state is State.EXITED and name not in troubles.featureless:
        text = f"{shown} ended{_why(daemon)}, and the log does not show that it came up again."
        yield _problem("daemon-down", Severity.CRITICAL, text, name)
    elif daemon.state not in _DOWN and (ends := _unasked(daemon)):
        text = f"{shown} ended {_times(sum(one.count for one in ends))} by itself{_why(daemon)}."
        yield _problem("daemon-ended", Severity.WARNING, text, name)
    if name in troubles.featureless and daemon.state is not State.GIVEN_UP:
        text = f"{shown} has nothing to serve: {_NO_FEATURES.partition(': ')[2]}."
        yield _problem("no-features", Severity.CRITICAL, text, name)
    if daemon.misdirected:
        text = (
            f"{shown} was asked for another vendor daemon {_times(daemon.misdirected)}: clients reach its port and "
            "mean another, because of `@host` without a port, a NAT that changes ports, or a port that moved."
        )
        yield _problem("wrong-daemon-asked", Severity.WARNING, text, name)


def _unasked(daemon: Daemon) -> list[Exits]:
    return [one for one in daemon.exits if not one.asked_for]


def _why(daemon: Daemon) -> str:
    """Return the commonest way in which it ended, in words."""
    ends = _unasked(daemon)
    if not ends:
        return ""
    worst = max(ends, key=lambda one: one.count)
    known = STATUSES.get(worst.status, "")
    words = f" ({printable(worst.reason, 100)})" if worst.reason else ""
    signal = f", by signal {worst.signal}" if worst.signal not in (None, _SIGCHLD) else ""
    meaning = f": {known}" if known else ""
    return f", with status {worst.status}{words}{signal}{meaning}"


def _of_port(daemon: Daemon, summary: LogSummary, free: Iterator[int]) -> Iterator[Problem]:
    name, shown, port = daemon.name, printable(daemon.name, 40), daemon.port
    if port is None:
        return
    changes = len(daemon.ports) + daemon.ports_left_out - 1
    moved = f" It moved {_times(changes)} in this log." if changes > 0 else ""
    if daemon.pinned is False:
        text = f"Port {port} of {shown} is not pinned: it will move at the next restart.{moved}"
        text = f"{text} {_pinning(port if port in DEFAULT_RANGE else next(free, port), summary)}"
        yield _problem("port-not-pinned", Severity.WARNING, text, name)
    elif moved:
        text = f"{shown} has port {port} now.{moved}"
        yield _problem("port-moved", Severity.WARNING, text, name)
    if port < PRIVILEGED:
        text = f"Port {port} of {shown} is below 1024, often a sign of a daemon that runs as root and was given none."
        yield _problem("port-privileged", Severity.WARNING, text, name)
    if port not in DEFAULT_RANGE and daemon.pinned is not False:  # else the next one is another anyway
        text = (
            f"Port {port} of {shown} is outside {DEFAULT_RANGE_TEXT}: a firewall rule for that range does not cover it."
        )
        yield _problem("port-outside-range", Severity.WARNING, text, name)


def _pinning(port: int, summary: LogSummary) -> str:
    if summary.manager_word == "lmadmin":
        return f"Set port {port} for it in lmadmin's own console: what is set there wins over the license file."
    return f"Put `port={port}` on its VENDOR line; `lmwire license pin` does that."


def _remarks(summary: LogSummary, troubles: Troubles) -> Iterator[Problem]:
    for daemon in summary.daemons:
        ours, theirs = _NUMBER.match(summary.version), _NUMBER.match(daemon.version)
        if ours and theirs and tuple(map(int, ours.groups())) < tuple(map(int, theirs.groups())):
            shown = printable(daemon.name, 40)
            text = (
                f"{summary.manager_word} ({ours[0]}) is older than {shown} ({theirs[0]}): it must be at least as new."
            )
            yield _problem("lmgrd-older", Severity.WARNING, text, daemon.name)
    if troubles.sockets:
        text = f"The operating system refused a socket call {_times(troubles.sockets)}:"
        sample = printable(troubles.socket_sample, 100)
        yield _problem("socket-trouble", Severity.WARNING, f"{text} {sample}.")
    if troubles.as_root:
        text = f"{summary.manager_word} runs as root, which it advises against:"
        yield _problem("runs-as-root", Severity.INFO, f"{text} it needs no rights but to read the license file.")
    if troubles.slow_packets:
        text = "TCP_NODELAY is off: many small packets are slow. No matter of reachability."
        yield _problem("nodelay-off", Severity.INFO, text)


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _span(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"  # noqa: PLR2004 # as people say it
