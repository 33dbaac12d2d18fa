"""The view for people: the walk as a path, then the verdict, why, what the application shows, and what to do."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from rich.text import Text

from lmwire.diagnosis.model import Diagnosis, Finding, Overall, Report, Severity, Shown
from lmwire.report.application import ALONE, NOT_KNOWN, WHOLE_PATH, application_lines
from lmwire.report.layout import Column, row, wrap
from lmwire.report.look import PLAIN, Look
from lmwire.report.steps import (
    Mark,
    WalkStep,
    mark_of,
    mark_of_member,
    occurrence_words,
    other_findings,
    span,
    steps_of,
)
from lmwire.text import COMMAND, escaped, settled

__all__ = ["Page", "application", "overall_words", "render", "section"]

_NARROW: Final = 64
_INDENT: Final = 2
_GAP: Final = 2
_STAGE: Final = 13
_TIME: Final = 8
_CODE: Final = 7
_FACT: Final = 18  # columns that the facts keep, however long the endpoints are

_SIGNS: Final = {
    Mark.OK: ("✔", "+", "green"),
    Mark.WARNING: ("!", "!", "bold magenta"),
    Mark.FAILED: ("✖", "x", "bold red"),
    Mark.UNKNOWN: ("?", "?", "bold magenta"),
    Mark.SKIPPED: ("·", "-", ""),
}
# Bold and three colours that are readable on black and on white; everything else is the terminal's own.
_HEADLINES: Final = {
    Mark.OK: "bold green",
    Mark.WARNING: "bold magenta",
    Mark.FAILED: "bold red",
    Mark.UNKNOWN: "bold magenta",
    Mark.SKIPPED: "bold",
}
_STAGES: Final = {Mark.FAILED: "bold red", Mark.WARNING: "bold magenta"}
_SEVERITY_MARKS: Final = {Severity.OK: Mark.SKIPPED, Severity.WARNING: Mark.WARNING, Severity.CRITICAL: Mark.FAILED}
_OVERALL_MARKS: Final = {
    Overall.OK: Mark.OK,
    Overall.WARNING: Mark.WARNING,
    Overall.CRITICAL: Mark.FAILED,
    Overall.INCONCLUSIVE: Mark.UNKNOWN,
}
_OVERALL: Final = {
    Overall.OK: "a license can be reached",
    Overall.WARNING: "a license can be reached, but something on the way is wrong",
    Overall.CRITICAL: "no license can be reached",
    Overall.INCONCLUSIVE: "lmwire could not tell whether a license can be reached",
}
_GOOD: Final = frozenset({Overall.OK, Overall.WARNING})
_SERVES: Final = frozenset({Mark.OK, Mark.WARNING})
_FEW: Final = 4
_OBVIOUS: Final = frozenset({"", "command line", "the command line", "capture"})


def render(report: Report, look: Look = PLAIN, _options: Sequence[str] = ()) -> str:
    """Return the report as text that ends with a newline; escape sequences only when `look.colour` says so."""
    page = Page(look)
    if report.path_from not in _OBVIOUS:
        page.paragraph(f"License path from {settled(report.path_from)}.")
    for note in report.notes:
        page.item(page.sign(Mark.SKIPPED), settled(note), label_width=1)
    page.blank()
    several = len(report.diagnoses) > 1
    for diagnosis in report.diagnoses:
        section(page, diagnosis, alone=several)
        page.blank()
    if several:
        _summary(page, report)
        if report.diagnoses[0].capture is None:
            application(page, report.application_shows, WHOLE_PATH, NOT_KNOWN)
        page.blank()
    return page.finish()


def overall_words(report: Report) -> str:
    """Return what the overall result means for the application, by vendor daemon where they fare differently."""
    marks: dict[str, set[Mark]] = {}
    for diagnosis in report.diagnoses:
        marks.setdefault(diagnosis.vendor, set()).add(mark_of(diagnosis))
    marks.pop("", None)  # of servers that did not tell their vendor daemons
    # Entries are alternatives: one that serves is enough, and a failure is certain when no entry is inconclusive.
    served = [vendor for vendor, found in marks.items() if found & _SERVES]
    unsure = [vendor for vendor, found in marks.items() if not found & _SERVES and Mark.UNKNOWN in found]
    failed = [vendor for vendor in marks if vendor not in (*served, *unsure)]
    if report.overall in _GOOD or not served or not (failed or unsure):
        return _OVERALL[report.overall]
    words = f"licenses of {_names(served)} can be reached"
    words += f", those of {_names(failed)} cannot" if failed else ""
    return f"{words}; lmwire could not tell about {_names(unsure)}" if unsure else words


def _names(vendors: Sequence[str]) -> str:
    """Return a list in words, the first few of it."""
    shown = [escaped(vendor, 40) for vendor in vendors[:_FEW]]
    shown += [f"{len(vendors) - _FEW} more"] if len(vendors) > _FEW else []
    return " and ".join(filter(None, (", ".join(shown[:-1]), shown[-1])))


class Page:
    """Lines of text under construction. Data goes in as plain strings: nothing in it is read as markup."""

    def __init__(self, look: Look) -> None:
        self.look = look
        self.lines: list[Text] = []

    @property
    def narrow(self) -> bool:
        """Whether there is no room for columns."""
        return self.look.width < _NARROW

    def text(self, plain: str, style: str = "") -> Text:
        """Return a string as Text, in the output's letters; commands in it are bold."""
        made = Text(self.look.letters(plain), style=style)
        if not style:
            made.highlight_regex(COMMAND, "bold")
        return made

    def sign(self, mark: Mark) -> Text:
        """Return a mark: its shape tells as much as its colour."""
        fancy, plain, style = _SIGNS[mark]
        return Text(fancy if self.look.unicode else plain, style=style)

    def blank(self) -> None:
        """Add an empty line, unless there is one."""
        if self.lines and self.lines[-1]:
            self.lines.append(Text())

    def paragraph(self, plain: str, style: str = "", indent: int = 0) -> None:
        """Add a wrapped paragraph."""
        self.row(Column(self.text(plain, style), self.look.width - indent), indent=indent)

    def heading(self, plain: str) -> None:
        """Add a heading after an empty line."""
        self.blank()
        self.paragraph(plain, "bold", _INDENT)

    def title(self, left: str, right: str, mark: Mark) -> None:
        """Add a rule with two texts in it; below it where they don't fit."""
        subject = self.text(left, "bold")
        result = self.text(right, _HEADLINES[mark])
        dash = self.look.letters("─")
        room = self.look.width - subject.cell_len - result.cell_len - 8
        if room >= 1:
            self.lines.append(Text.assemble(f"{dash * 2} ", subject, f" {dash * room} ", result, f" {dash * 2}"))
            return
        self.lines.append(Text(dash * self.look.width))
        self.lines.extend((*wrap(subject, self.look.width), *wrap(result, self.look.width)))

    def row(self, *cells: Column, indent: int = 0, gap: int = 1) -> None:
        """Add cells beside each other."""
        for line in row(cells, gap):
            self.lines.append(Text(" " * indent) + line if line else line)

    def item(self, label: Text, plain: str, *, label_width: int) -> None:
        """Add a list item with a hanging indent."""
        room = self.look.width - _INDENT - label_width - 1
        self.row(Column(label, label_width), Column(self.text(plain), room), indent=_INDENT)

    def pairs(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Add terms with what they mean beside them, or below where there is no room."""
        listed = [(self.text(term, "bold"), meaning) for term, meaning in pairs]
        widest = max((term.cell_len for term, _ in listed), default=0)
        room = self.look.width - _INDENT - widest - 2
        for term, meaning in listed:
            if room < _NARROW // 2:
                self.row(Column(term, self.look.width - _INDENT), indent=_INDENT)
                self.paragraph(meaning, indent=2 * _INDENT)
            else:
                self.row(Column(term, widest + 1), Column(self.text(meaning), room), indent=_INDENT)

    def finish(self) -> str:
        """Return all lines as one string."""
        while self.lines and not self.lines[-1]:
            self.lines.pop()
        if not self.look.colour:
            return "".join(f"{line.plain}\n" for line in self.lines)
        return _coloured(self.lines)


def _coloured(lines: Iterable[Text]) -> str:
    from rich.console import Console  # noqa: PLC0415 # only colours need it, and it takes its time

    out = io.StringIO()
    console = Console(
        file=out,
        force_terminal=True,
        color_system="standard",
        no_color=False,
        legacy_windows=False,
        markup=False,
        highlight=False,
        emoji=False,
    )
    for line in lines:
        console.print(line, soft_wrap=True)
    return out.getvalue()


def section(page: Page, diagnosis: Diagnosis, *, alone: bool = False) -> None:
    """Add everything about one diagnosis."""
    mark = mark_of(diagnosis)
    vendor = f" · {escaped(diagnosis.vendor)}" if diagnosis.vendor else ""
    page.title(f"{escaped(diagnosis.target, 200)}{vendor}", settled(diagnosis.verdict.id), mark)
    page.blank()
    if diagnosis.capture is not None:
        page.paragraph(settled(occurrence_words(diagnosis.capture)), indent=_INDENT)
        page.blank()
    _walk(page, steps_of(diagnosis))
    _members(page, diagnosis)
    page.blank()
    # Green is the one of the three that some light terminals show too pale for a sentence.
    page.paragraph(settled(diagnosis.verdict.headline), "bold" if mark is Mark.OK else _HEADLINES[mark], _INDENT)
    page.blank()
    page.paragraph(settled(diagnosis.verdict.cause), indent=_INDENT)
    _remedies(page, diagnosis.verdict.remedies)
    application(page, diagnosis.application_shows, ALONE if alone else "The application shows")
    _findings(page, other_findings(diagnosis))
    _limits(page, diagnosis.evidence.limits)


def _walk(page: Page, steps: list[WalkStep]) -> None:
    room = page.look.width - _INDENT - 2 - _STAGE - _TIME - 3 * _GAP
    widest = max((Text(step.endpoint).cell_len for step in steps), default=0)
    endpoint = max(1, min(widest, max(room // 2, room - _FACT)))
    previous = None
    for step in steps:
        station = "" if step.station is previous else step.station.value
        previous = step.station
        taken = page.text("" if step.seconds is None else span(step.seconds))
        if page.narrow:
            _stacked_step(page, step, taken)
            continue
        page.row(
            Column(
                Text.assemble(page.sign(step.mark), " ", page.text(station, _STAGES.get(step.mark, ""))), _STAGE + 2
            ),
            Column(page.text(step.endpoint), endpoint),
            Column(page.text(step.fact), room - endpoint),
            Column(taken, _TIME, right=True),
            indent=_INDENT,
            gap=_GAP,
        )


def _stacked_step(page: Page, step: WalkStep, taken: Text) -> None:
    label = page.look.width - _TIME - 3
    page.row(
        Column(page.sign(step.mark), 1), Column(page.text(step.station.value), label), Column(taken, _TIME, right=True)
    )
    for part in filter(None, (step.endpoint, step.fact)):
        page.paragraph(part, indent=2)


def _members(page: Page, diagnosis: Diagnosis) -> None:
    if not diagnosis.members:
        return
    page.heading("The other servers of the triad")
    for member in diagnosis.members:
        line = f"{settled(member.server)}  {member.verdict}: {settled(member.headline)}"
        page.item(page.sign(mark_of_member(member)), line, label_width=1)


def _remedies(page: Page, remedies: tuple[str, ...]) -> None:
    if not remedies:
        return
    page.heading("What to do")
    for number, remedy in enumerate(remedies, 1):
        page.item(Text(f"{number}."), settled(remedy), label_width=2)


def application(
    page: Page, application_shows: tuple[Shown, ...], heading: str = "The application shows", unknown: str = ""
) -> None:
    """Add what the application shows, a line for each kind of client; `unknown`, if given, when it is not known."""
    lines = application_lines(application_shows)
    if not lines:
        if unknown:
            page.heading(heading)
            page.paragraph(unknown, indent=_INDENT)
        return
    page.heading(heading)
    width = max(_CODE, *(len(line.code) for line in lines))
    waited = max(len(line.when) for line in lines)
    for line in lines:
        words = page.text(line.words)
        code = Column(page.text(line.code, "bold"), width)
        wait = Column(page.text(line.when), waited)
        if page.narrow:
            left = page.look.width - _INDENT - width - _GAP
            page.row(code, Column(wait.text, min(waited, left)), indent=_INDENT, gap=_GAP)
            page.row(Column(words, page.look.width - 2 * _INDENT), indent=2 * _INDENT)
            continue
        room = page.look.width - _INDENT - width - waited - 2 * _GAP
        page.row(code, wait, Column(words, room), indent=_INDENT, gap=_GAP)


def _findings(page: Page, findings: tuple[Finding, ...]) -> None:
    if not findings:
        return
    page.heading("Worth knowing")
    for finding in findings:
        page.item(page.sign(_SEVERITY_MARKS[finding.severity]), settled(finding.text), label_width=1)


def _limits(page: Page, limits: tuple[str, ...]) -> None:
    if not limits:
        return
    page.heading("What could not be seen")
    for limit in limits:
        page.item(page.sign(Mark.SKIPPED), settled(limit), label_width=1)


def _summary(page: Page, report: Report) -> None:
    mark = _OVERALL_MARKS[report.overall]
    title = f"Overall {report.overall.value}: {overall_words(report)}."
    page.paragraph(title, _HEADLINES[mark])
    for line in _summary_lines(report):
        mark, target, verdict = line
        room = max(8, page.look.width - _INDENT - 3 - len(verdict))
        if page.narrow:
            page.item(page.sign(mark), f"{target} {verdict}", label_width=1)
        else:
            page.row(
                Column(page.sign(mark), 1),
                Column(page.text(target), room),
                Column(page.text(verdict), len(verdict)),
                indent=_INDENT,
            )


def _summary_lines(report: Report) -> Iterator[tuple[Mark, str, str]]:
    for diagnosis in report.diagnoses:
        vendor = f" · {escaped(diagnosis.vendor)}" if diagnosis.vendor else ""
        yield mark_of(diagnosis), f"{escaped(diagnosis.target, 200)}{vendor}", settled(diagnosis.verdict.id)
