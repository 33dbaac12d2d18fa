"""Render the summary of a debug log as text, markdown and JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from lmwire.errorcodes.codes import error_code, parse_code
from lmwire.report.json import document
from lmwire.report.look import PLAIN, Look
from lmwire.report.markdown import prose
from lmwire.report.steps import Mark
from lmwire.report.text import Page
from lmwire.serverlog.events import Triad
from lmwire.serverlog.model import Daemon, DenialCount, LogSummary, NameCount, PortSource, Severity, State, When
from lmwire.text import escaped, settled

__all__ = ["LogJson", "as_json", "as_markdown", "as_text"]

_SEVERITIES: Final = {Severity.INFO: Mark.SKIPPED, Severity.WARNING: Mark.WARNING, Severity.CRITICAL: Mark.FAILED}
_RESULTS: Final = {
    Severity.INFO: (Mark.OK, "no problem found"),
    Severity.WARNING: (Mark.WARNING, "check the warnings"),
    Severity.CRITICAL: (Mark.FAILED, "clients cannot get licenses"),
}
_SOURCES: Final = {
    PortSource.REPORTED: "the daemon reported it to {manager}",
    PortSource.LISTENING: "the daemon logged that it listens on it",
    PortSource.STARTED: "{manager} started the daemon on it",
    PortSource.ANNOUNCED: "{manager} was about to start the daemon on it",
}
_PINS: Final = {
    True: "pinned by the license file",
    False: "not pinned",
    None: "pinned or not: the log does not say",
}
_STATES: Final = {
    State.UP: "",
    State.EXITED: "exited",
    State.GIVEN_UP: "exited, {manager} gave up",
    State.SHUT_DOWN: "shut down",
    State.UNKNOWN: "the log does not say whether it runs",
}
_SHOWN_PORTS: Final = 6
_SHOWN_NAMES: Final = 3
_PATH: Final = 300


class DenialJson(DenialCount, frozen=True, kw_only=True):
    """Requests denied for one reason, and the meaning of its code."""

    meaning: str


class LogJson(LogSummary, frozen=True, kw_only=True):
    """The document `lmwire.log/1`: the summary, with the meaning of each code; empty when the meaning is unknown."""

    denials: tuple[DenialJson, ...]


def as_json(summary: LogSummary, _look: Look = PLAIN, _options: Sequence[str] = ()) -> str:
    """Return the document `lmwire.log/1`, see `LogJson`."""
    fields = msgspec.structs.asdict(summary)
    denials = (DenialJson(**msgspec.structs.asdict(one), meaning=_meaning(one.code)) for one in summary.denials)
    return document(LogJson(**{**fields, "denials": tuple(denials)}))


def as_text(summary: LogSummary, look: Look = PLAIN, _options: Sequence[str] = ()) -> str:
    """Return the view for people: listening ports, problems, and denied requests."""
    page = Page(look)
    worst = next((problem.severity for problem in summary.problems), Severity.INFO)
    mark, words = _RESULTS[worst]
    page.title(escaped(_title(summary), 200), words, mark)
    page.blank()
    page.pairs((term, settled(text)) for term, text in _server(summary))
    page.heading("Ports")
    page.pairs((term, settled(text)) for term, text in _ports(summary))
    if summary.problems:
        page.heading("Problems")
    for problem in summary.problems:
        page.item(page.sign(_SEVERITIES[problem.severity]), settled(problem.text), label_width=1)
    for heading, rows in (
        ("Ports over time", list(_history(summary))),
        ("Denied requests (the network is fine; the server refused them)", list(_denials(summary))),
        ("Licenses", list(_uses(summary))),
        ("The triad", list(_triad(summary))),
        ("Lines read", list(_read(summary))),
    ):
        if rows:
            page.heading(heading)
            page.pairs((settled(term), settled(text)) for term, text in rows)
    return page.finish()


def as_markdown(summary: LogSummary, _look: Look = PLAIN, _options: Sequence[str] = ()) -> str:
    """Return the summary as a ticket."""
    lines = [f"## {_cell(escaped(_title(summary), _PATH))}", ""]
    lines += [f"- {term}: {_cell(text)}" for term, text in _server(summary)]
    lines += ["", "| listens | port |", "|---|---|"]
    lines += [f"| {_cell(term)} | {_cell(text)} |" for term, text in _ports(summary)]
    if summary.problems:
        lines += ["", "### Problems", ""]
        lines += [
            f"- **{problem.severity.value}** `{problem.id}`: {prose(settled(problem.text))}"
            for problem in summary.problems
        ]
    for heading, rows in (
        ("Ports over time", _history(summary)),
        ("Denied requests", _denials(summary)),
        ("Licenses", _uses(summary)),
        ("The triad", _triad(summary)),
        ("Lines read", _read(summary)),
    ):
        cells = [f"| {_cell(term)} | {_cell(text)} |" for term, text in rows]
        if cells:
            lines += ["", f"### {heading}", "", "| | |", "|---|---|", *cells]
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    """Return the text escaped for a table cell."""
    return prose(settled(text)).replace("|", "\\|")


def _title(summary: LogSummary) -> str:
    more = f" and {len(summary.files) - 1} more" if len(summary.files) > 1 else ""
    return f"{summary.files[0]}{more}"


def _server(summary: LogSummary) -> Iterator[tuple[str, str]]:
    manager = summary.manager or "license server manager"
    if summary.version:
        on = f" on {escaped(summary.host)}" if summary.host else ""
        yield "server", f"{escaped(manager, 40)} {escaped(summary.version, 60)}{on}"
    elif summary.host:
        yield "server", escaped(summary.host)
    if summary.configuration:
        yield "configuration", escaped(summary.configuration)
    if summary.license_files:
        yield "license files", _path(summary.license_files)
    if summary.first is not None and summary.last is not None:
        yield "from", f"{_when(summary.first)} to {_when(summary.last)}"
    if summary.starts:
        last = f", the last {_when(summary.started)}" if summary.started else ""
        yield "starts", f"{summary.starts}{last}"
    if summary.state in (State.SHUT_DOWN, State.EXITED):
        yield "state", summary.state.value


def _path(text: str) -> str:
    """Return a path with single backslashes, as people write it."""
    return escaped(text, _PATH).replace("\\\\", "\\")


def _when(moment: When | None) -> str:
    if moment is None:
        return "at an unknown time"
    return f"~{moment}" if moment.inferred else str(moment)


def _ports(summary: LogSummary) -> Iterator[tuple[str, str]]:
    manager = escaped(summary.manager or "lmgrd", 40)
    yield manager, "not in the log" if summary.lmgrd_port is None else str(summary.lmgrd_port)
    for daemon in summary.daemons:
        yield escaped(daemon.name, 40), _port_of(daemon).format(manager=summary.manager_word)
    if not summary.daemons:
        yield "vendor daemons", "not in the log"
    if summary.daemons_left_out:
        yield "others", f"{_many(summary.daemons_left_out, 'line')} from other vendor daemons"


def _port_of(daemon: Daemon) -> str:
    state = _STATES[daemon.state]
    if daemon.port is None or daemon.port_source is None:
        return ", ".join(filter(None, ("not in the log", state)))
    parts = (str(daemon.port), _PINS[daemon.pinned], _SOURCES[daemon.port_source], state)
    return ", ".join(filter(None, parts))


def _history(summary: LogSummary) -> Iterator[tuple[str, str]]:
    for daemon in summary.daemons:
        if len(daemon.ports) < 2:  # noqa: PLR2004 # one port is not a history
            continue
        shown = (
            daemon.ports if len(daemon.ports) <= _SHOWN_PORTS else (daemon.ports[0], *daemon.ports[1 - _SHOWN_PORTS :])
        )
        left_out = daemon.ports_left_out + len(daemon.ports) - len(shown)
        for index, use in enumerate(shown):
            if index == 1 and left_out:
                yield "", f"{_many(left_out, 'other port')}"
            yield f"{escaped(daemon.name, 40)} {use.port}", f"from {_when(use.since)}"


def _moments(summary: LogSummary) -> Iterator[When | None]:
    """Yield all moments in the report."""
    yield from (summary.first, summary.last, summary.started)
    yield from (use.since for daemon in summary.daemons for use in daemon.ports)
    yield from (event.last for event in summary.triad)


def _denials(summary: LogSummary) -> Iterator[tuple[str, str]]:
    for denial in summary.denials:
        meaning = _meaning(denial.code)
        words = meaning or escaped(denial.reason, 200) or denial.kind
        if denial.kind == "too new":
            words = escaped(denial.reason, 100)
        features = _names(denial.features, denial.features_others)
        yield denial.code or denial.kind, f"{_times(denial.count)}: {words}{f': {features}' if features else ''}"
    if summary.denials_others:
        yield "others", _times(summary.denials_others)
    clients = _names(summary.denied_clients, summary.denied_clients_others)
    if clients:
        yield "clients", clients


def _meaning(code: str) -> str:
    """Return the meaning of a code; empty for no code and for an unknown one."""
    read = parse_code(code) if code else ()
    known = error_code(read[0].major) if read else None
    return known.meaning if known is not None and known.known else ""


def _names(found: Sequence[NameCount], others: int) -> str:
    shown = [f"{escaped(name.name, 40)} ({name.count})" for name in found[:_SHOWN_NAMES]]
    rest = others + sum(name.count for name in found[_SHOWN_NAMES:])
    return ", ".join([*shown, *([f"and others ({rest})"] if rest else [])])


def _uses(summary: LogSummary) -> Iterator[tuple[str, str]]:
    for daemon in summary.daemons:
        if daemon.outs or daemon.ins or daemon.denied:
            words = f"{daemon.outs} checked out, {daemon.ins} checked in, {daemon.denied} denied"
            features = _names(daemon.features, daemon.features_others)
            yield escaped(daemon.name, 40), f"{words}{f'; most used: {features}' if features else ''}"


def _triad(summary: LogSummary) -> Iterator[tuple[str, str]]:
    for event in summary.triad:
        if event.kind == Triad.MULTIPLE.value:
            continue  # a problem, of a server alone, too; a reader of the text is not told of a triad
        whom = f" {escaped(event.whom)}" if event.whom else ""
        yield f"{event.kind}{whom}", f"{_times(event.count)}, last {_when(event.last)}"


def _read(summary: LogSummary) -> Iterator[tuple[str, str]]:
    lines = summary.lines
    not_understood = [
        f"{_many(lines.unknown, 'line')} not understood" if lines.unknown else "",
        f"{lines.unframed} without time and daemon name" if lines.unframed else "",
        f"{lines.long} too long, read in part" if lines.long else "",
    ]
    left = ", ".join(filter(None, not_understood)) or "all understood"
    yield _many(lines.all, "line"), left
    for sample in lines.samples[:1]:
        yield "example", escaped(sample, 120)
    if any(moment is not None and moment.inferred for moment in _moments(summary)):
        yield "dates", "~ marks a date that lmwire counted on from an earlier one: a day ends where times go backwards"
    for note in summary.notes:
        yield "incomplete", settled(note)


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count:,} times"


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"
