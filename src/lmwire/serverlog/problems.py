"""Find the problems in a log and say what to do. Only problems that stop clients from getting licenses are critical."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from lmwire.ports import DEFAULT_RANGE, DEFAULT_RANGE_TEXT, PRIVILEGED
from lmwire.serverlog.known_faults import DETAILS, EXIT_STATUSES, FAULTS, FEATURELESS
from lmwire.serverlog.model import Daemon, Exits, LogSummary, Problem, Severity, State
from lmwire.serverlog.troubles import FaultSeen, Troubles
from lmwire.text import printable
from lmwire.vendors import product_of

__all__ = ["problems_of"]

_SIGCHLD: Final = 17
_NO_FEATURES: Final = EXIT_STATUSES[36].partition(": ")[2].removesuffix(" (Unix)")
_SHOWN: Final = 4
_LINE: Final = 200
_NUMBER: Final = re.compile(r"v?(\d{1,3})\.(\d{1,3})")
_FAULTS: Final = {fault.id: fault for fault in FAULTS}
_DETAILS: Final = {detail.fault: detail.words for detail in DETAILS}
_EXPLAINS: Final = frozenset({"hostid-wrong", "key-invalid", "feature-not-started", "feature-expired"})
"""Faults that explain why a daemon has nothing to serve."""

_DOWN: Final = frozenset({State.EXITED, State.GIVEN_UP})
_ORDER: Final = (Severity.CRITICAL, Severity.WARNING, Severity.INFO)


def problems_of(summary: LogSummary, troubles: Troubles) -> tuple[Problem, ...]:
    """Return all problems, the worst first."""
    taken = {summary.lmgrd_port, *(daemon.port for daemon in summary.daemons)}
    free = (port for port in DEFAULT_RANGE[1:] if port not in taken)
    found = [*_of_manager(summary, troubles)]
    for daemon in summary.daemons:
        found.extend(_faults(daemon.name, summary, troubles, daemon.state))
        found.extend(_of_daemon(daemon, troubles, summary.manager_word))
        found.extend(_of_port(daemon, summary, free))
    found.extend(_remarks(summary, troubles))
    found.extend(_unknown(summary))
    return tuple(sorted(found, key=lambda problem: _ORDER.index(problem.severity)))


def _problem(name: str, severity: Severity, text: str, subject: str = "") -> Problem:
    return Problem(id=name, severity=severity, subject=subject, text=text)


def _faults(name: str, summary: LogSummary, troubles: Troubles, state: State) -> Iterator[Problem]:
    """Yield the faults that lines name, of a daemon or, when the name is empty, of the manager."""
    for (id_, whose), seen in troubles.faults.items():
        if whose == name:
            fault = _FAULTS[id_]
            critical = (fault.blocks and state is not State.UP) or (fault.keeps_down and state in _DOWN)
            text = _fault_text(id_, name, seen, summary.manager_word)
            yield _problem(id_, Severity.CRITICAL if critical else Severity.WARNING, text, name)


def _fault_text(id_: str, name: str, seen: FaultSeen, manager: str) -> str:
    fault = _FAULTS[id_]
    names = {
        "who": printable(name, 40) or manager,
        "manager": manager,
        "what": _listed(seen.things) if "{what}" in fault.words else "",
        "line": printable(seen.line, _LINE).rstrip("."),
    }
    parts = [fault.words.format(**names)]
    if seen.details:
        parts.append(_DETAILS[id_].format(what=_listed(seen.details)))
    if fault.remedy:
        parts.append(fault.remedy.format(**names))
    return " ".join(f"{part.rstrip('.')}." for part in parts)


def _listed(things: Iterable[str]) -> str:
    names = [printable(each, _LINE).rstrip(".") for each in things]
    more = [f"and {len(names) - _SHOWN} more"] if len(names) > _SHOWN else []
    return "; ".join([*names[:_SHOWN], *more])


def _of_manager(summary: LogSummary, troubles: Troubles) -> Iterator[Problem]:
    manager = summary.manager_word
    stopped = (
        summary.state is State.EXITED or troubles.init is not None or any(whose == "" for whose, _ in troubles.ports)
    )
    faults = list(_faults("", summary, troubles, State.EXITED if stopped else State.UNKNOWN))
    yield from faults
    explained = any(fault.severity is Severity.CRITICAL for fault in faults)
    if troubles.init or (troubles.init is not None and not explained):
        reason = printable(troubles.init, 200).rstrip(".") or "the log gives no reason"
        text = f"The license server manager did not start: {reason}. Check the file that its -c option names."
        yield _problem("not-started", Severity.CRITICAL, text)
    elif troubles.manager_exit is not None and not explained:
        yield _manager_down(*troubles.manager_exit, manager)
    if troubles.given_up == "":
        text = f"{manager} gave up. Correct the problem that the lines before this one name, then restart {manager}."
        yield _problem("gave-up", Severity.CRITICAL, text)
    for (daemon, port), in_use in troubles.ports.items():
        if in_use:
            yield _conflict(daemon, port, manager)
        elif not (explained and daemon == ""):
            yield _not_opened(daemon, manager)
    if troubles.conflicts and not troubles.ports:
        text = f"A port was in use {_times(troubles.conflicts)}. A later start succeeded."
        yield _problem("port-was-in-use", Severity.WARNING, text)
    if troubles.quorum_lost:
        text = "The triad lost its quorum, and no later line says that it has one again."
        needed = "Two of its servers must be up and reach each other."
        yield _problem("quorum-lost", Severity.CRITICAL, f"{text} {needed}")
    yield from _shut_down(summary)


def _manager_down(signal: int | None, reason: str, manager: str) -> Problem:
    by = f" by signal {signal}" if signal is not None and signal not in EXIT_STATUSES else ""
    meaning = EXIT_STATUSES.get(signal or 0, "")
    line = f": {printable(reason, _LINE).rstrip('.')}" if reason else ""
    known = f" {meaning}." if meaning else ""
    text = f"{manager} exited{by}{line}.{known} The log shows no later start. Correct the cause, then start it again."
    return _problem("manager-down", Severity.CRITICAL, text)


def _shut_down(summary: LogSummary) -> Iterator[Problem]:
    """Yield what was shut down by request, and not started again in this log."""
    if summary.state is State.SHUT_DOWN:
        text = f"{summary.manager_word} was shut down by request at the end of this log."
        yield _problem("shut-down", Severity.WARNING, f"{text} Clients get licenses when it is started again.")
        return
    for daemon in summary.daemons:
        if daemon.state is State.SHUT_DOWN:
            text = f"{printable(daemon.name, 40)} ended without an error, and the log shows no later start."
            yield _problem("shut-down", Severity.WARNING, text, daemon.name)


def _conflict(daemon: str, port: int | None, manager: str) -> Problem:
    what = "The port" if port is None else f"Port {port}"
    who = printable(daemon, 40) if daemon else manager
    look = "" if port is None else f" On the server, `ss -ltnp 'sport = :{port}'` or `netstat -ano` shows the process."
    text = f"{what} is in use, so {who} cannot open it: often an older {who} that is still running.{look}"
    return _problem("port-in-use", Severity.CRITICAL, text, daemon)


def _not_opened(daemon: str, manager: str) -> Problem:
    who = printable(daemon, 40) if daemon else manager
    text = (
        f"{who} could not open its port. The log does not say why: often an older {who} still has the port, or {who} "
        "may not use it (a port below 1024 needs root)."
    )
    return _problem("port-not-opened", Severity.CRITICAL, text, daemon)


def _of_daemon(daemon: Daemon, troubles: Troubles, manager: str) -> Iterator[Problem]:
    name, shown = daemon.name, printable(daemon.name, 40)
    featureless = name in troubles.featureless
    causes = sorted(id_ for id_, whose in troubles.faults if whose == name and id_ in _EXPLAINS)
    why = _why(daemon, explained=bool(causes))
    if daemon.state is State.GIVEN_UP:
        text = f"{manager} gave up on {shown}, which exited{why}. Correct the cause, then restart {manager}."
        yield _problem("gave-up", Severity.CRITICAL, text, name)
    if daemon.loop is not None:
        loop = daemon.loop
        severity = Severity.WARNING if loop.over else Severity.CRITICAL
        was = "was in a crash loop" if loop.over else "is in a crash loop"
        text = f"{shown} {was}: it exited {loop.exits} times, every {_span(loop.every_seconds)}{why}."
        yield _problem("crash-loop", severity, text, name)
    elif daemon.state is State.EXITED and not featureless:
        text = f"{shown} exited{why}. The log shows no restart."
        yield _problem("daemon-down", Severity.CRITICAL, text, name)
    elif daemon.state not in _DOWN and (ends := _unasked(daemon)):
        text = f"{shown} exited {_times(sum(one.count for one in ends))} without a shutdown request{why}."
        yield _problem("daemon-ended", Severity.WARNING, text, name)
    if featureless and daemon.state is not State.GIVEN_UP:
        words = "The problems of its license lines are listed here, too" if causes else _NO_FEATURES
        yield _problem("no-features", Severity.CRITICAL, f"{shown} has nothing to serve: {words}.", name)
    if daemon.misdirected:
        text = (
            f"Clients asked {shown} for another vendor daemon {_times(daemon.misdirected)}. They connect to the wrong "
            "port because of `@host` without a port, a NAT that changes ports, or a port that moved."
        )
        yield _problem("wrong-daemon-asked", Severity.WARNING, text, name)


def _unasked(daemon: Daemon) -> list[Exits]:
    return [one for one in daemon.exits if not one.asked_for]


def _why(daemon: Daemon, *, explained: bool) -> str:
    """Return the most frequent exit status, signal and reason in words.

    Args:
        daemon: the daemon.
        explained: whether other problems say why the daemon found nothing to serve.
    """
    ends = _unasked(daemon)
    cause = f'. It says: "{printable(daemon.cause, _LINE).rstrip(".")}"' if daemon.cause else ""
    if not ends:
        return cause
    worst = max(ends, key=lambda one: one.count)
    known = "" if explained and worst.status in FEATURELESS else EXIT_STATUSES.get(worst.status, "")
    words = f" ({printable(worst.reason, 100)})" if worst.reason else ""
    signal = f", by signal {worst.signal}" if worst.signal not in (None, _SIGCHLD) else ""
    announced = cause and not worst.status  # it has no exit status but its own words
    status = "" if announced or worst.signal == worst.status else f", with status {worst.status}{words}"
    meaning = f". {known}" if known else ""
    return f"{status}{signal}{meaning}{cause}"


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
        product = product_of(name)
        own = " It is this vendor daemon's usual port." if product is not None and product.port_to_pin == port else ""
        text = (
            f"Port {port} of {shown} is outside {DEFAULT_RANGE_TEXT}: a firewall rule for that range does not cover it."
        )
        yield _problem("port-outside-range", Severity.INFO, f"{text}{own}", name)


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


def _unknown(summary: LogSummary) -> Iterator[Problem]:
    """Yield the lines that report trouble and that lmwire does not know."""
    lines = summary.lines
    if not lines.troubles:
        return
    several = len(summary.files) > 1
    shown = []
    for seen in lines.troubles:
        where = f"{seen.file}, line {seen.line}" if several else f"line {seen.line}"
        who = f" ({printable(seen.daemon, 40)})" if seen.daemon else ""
        often = "" if seen.count == 1 else f" ({_times(seen.count)})"
        shown.append(f"{where}{who}: {printable(seen.text, _LINE).rstrip('.')}{often}")
    total = sum(seen.count for seen in lines.troubles) + lines.troubles_others
    what = "a line that seems to report trouble" if total == 1 else f"{total} lines that seem to report trouble"
    more = f"; and {lines.troubles_others} more" if lines.troubles_others else ""
    text = f"The log has {what}, and lmwire does not know what they mean. {'; '.join(shown)}{more}."
    text = text.replace("they mean", "it means") if total == 1 else text
    yield _problem("unknown-trouble", Severity.WARNING, text)


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _span(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"  # noqa: PLR2004 # as people say it
