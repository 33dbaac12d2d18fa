"""Render a license file and its problems as text."""

from __future__ import annotations

import datetime as dt
import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from rich.text import Text

from lmwire.licensefile import LicenseDocument, LicenseProblem, ProblemSeverity
from lmwire.licensefile.dates import NEVER
from lmwire.licensefile.lexer import Word
from lmwire.licensefile.other_formats import FileKind
from lmwire.licensefile.problem import NAME_CHECKS
from lmwire.licensefile.summary import FeatureSum, summarise
from lmwire.licensepath import LicensePathError
from lmwire.ports import DEFAULT_RANGE_TEXT
from lmwire.report.layout import Column
from lmwire.report.look import PLAIN, Look
from lmwire.report.steps import Mark
from lmwire.report.text import Page
from lmwire.text import escaped, settled
from lmwire.vendors import product_of
from lmwire.workflows.documents import LicenseCheck, LicenseReview

__all__ = ["MOST_LISTED", "SHOWN", "check_text", "problems_words", "review_text"]

SHOWN: Final = 40
"""Most features of one vendor daemon that are listed one by one. More are grouped by expiry date."""

MOST_LISTED: Final = 10_000
"""Most features that are listed one by one at all."""

_MARKS: Final = {
    ProblemSeverity.ERROR: Mark.FAILED,
    ProblemSeverity.WARNING: Mark.WARNING,
    ProblemSeverity.NOTE: Mark.SKIPPED,
}
_PLURALS: Final = {"errors": ProblemSeverity.ERROR, "warnings": ProblemSeverity.WARNING, "notes": ProblemSeverity.NOTE}
_ENDS: Final = 12


def _product(daemon: str) -> str:
    product = product_of(daemon)
    return "" if product is None else product.name


def review_text(review: LicenseReview, look: Look = PLAIN, _options: Sequence[str] = ()) -> str:
    """Return servers, vendor daemons and features of a license file, and how many problems it has."""
    document, problems, everything = review.document, review.problems, review.everything
    page = Page(look)
    page.title(escaped(document.name, 200), problems_words(problems), _worst(problems))
    if document.kind is not FileKind.LICENSE:
        page.blank()
        for problem in problems:
            page.paragraph(f"{_capital(settled(problem.text))}.", indent=2)
        return page.finish()
    _servers(page, document)
    _daemons(page, document, problems)
    sums = sorted(summarise(document), key=lambda one: one.vendor)
    vendors = len({one.vendor for one in sums})
    listed = sums[:MOST_LISTED] if everything else sums
    groups = itertools.groupby(listed, key=lambda one: one.vendor)
    for vendor, each in groups if everything else itertools.islice(groups, SHOWN):
        _features(page, vendor, list(each), everything=everything)
    if len(listed) < len(sums):
        page.blank()
        page.paragraph(f"and {len(sums) - len(listed)} more features; --all lists at most {MOST_LISTED}", indent=2)
    elif vendors > SHOWN and not everything:
        page.blank()
        page.paragraph(f"and the features of {vendors - SHOWN} more vendor daemons", indent=2)
    others = Counter(line.kind for line in document.features if line.kind in {"PACKAGE", "UPGRADE"})
    if others:
        page.blank()
        page.paragraph(
            ", ".join(f"{count} {kind} line{'' if count == 1 else 's'}" for kind, count in others.items()), indent=2
        )
    if any(_MARKS[problem.severity] is not Mark.SKIPPED for problem in problems):
        page.blank()
        page.paragraph("Run `lmwire license lint` to see each problem and its fix.")
    return page.finish()


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _servers(page: Page, document: LicenseDocument) -> None:
    page.heading("Servers")
    if not document.servers:
        counted = any(line.number for line in document.features) or not document.features
        page.paragraph(
            "none: add the missing SERVER line" if counted else "none: its licenses need no server", indent=2
        )
    none = f"no port: lmgrd takes a free port of {DEFAULT_RANGE_TEXT}"
    page.pairs(
        (escaped(line.host), f"lmgrd's port {line.port}" if line.port else _no_port(line.port_at) or none)
        for line in document.servers
    )
    if document.use_server is not None:
        page.paragraph("USE_SERVER: a client reads only the SERVER lines before it.", indent=2)


def _no_port(word: Word | None) -> str:
    """Return what is wrong with a port; empty for no port and for 0, which let lmgrd or the system choose."""
    return f"{escaped(word.text, 20)} is not a port" if word is not None and word.text.strip("0") else ""


def _daemons(page: Page, document: LicenseDocument, problems: Sequence[LicenseProblem]) -> None:
    if not document.daemons:
        return
    page.heading("Vendor daemons")
    widest = min(max(len(line.name) for line in document.daemons), 30)
    for line in document.daemons:
        none = "not pinned: the port can change at every restart"
        port = f"port {line.port}" if line.port else _no_port(line.port_at) or none
        product = _product(line.name)
        last = line.statement.line + line.statement.raw.rstrip("\r\n").count("\n")
        worst = _worst([problem for problem in problems if line.statement.line <= problem.line <= last])
        # Lint reports only the first hundred problems of a kind. A daemon without a port gets its mark anyway.
        mark = page.sign(Mark.WARNING if worst is Mark.OK and not line.port else worst)
        name = Text.assemble(mark, " ", page.text(escaped(line.name), "bold"))
        text = f"{port}; {settled(product)}" if product else port
        page.item(name, text, label_width=widest + 3)


def _features(page: Page, vendor: str, sums: list[FeatureSum], *, everything: bool) -> None:
    page.heading(f"Features of {escaped(vendor)}")
    if len(sums) <= SHOWN or everything:
        for each in sums:
            _row(page, escaped(each.name), escaped(each.version, 20), _count(each), _end(each))
            for note in _notes(each):
                page.paragraph(note, indent=4)
        return
    page.paragraph(f"{len(sums)} features, grouped by expiry date; --all lists each:", indent=2)
    by_end: dict[dt.date | None, list[FeatureSum]] = {}
    for each in sums:
        by_end.setdefault(each.until, []).append(each)
    ends = sorted(by_end.items(), key=lambda pair: pair[0] or dt.date.min)
    for until, group in ends[:_ENDS]:
        names = list(dict.fromkeys(each.name for each in group))
        few = ", ".join(escaped(name, 30) for name in names[:3])
        more = f", … {len(names) - 3} more" if len(names) > 3 else ""  # noqa: PLR2004 # the number of names shown
        page.pairs([("no date" if until is None else _end(group[0]), f"{len(group)}: {few}{more}")])
    if len(ends) > _ENDS:
        rest = sum(len(group) for _, group in ends[_ENDS:])
        page.paragraph(f"and {rest} that expire later, on {len(ends) - _ENDS} days", indent=2)


def _row(page: Page, name: str, version: str, count: str, end: str) -> None:
    if page.narrow:
        page.pairs([(name, f"{version}, {count}, {end}")])
        return
    room = page.look.width - 2 - 10 - 9 - 16 - 3 * 2
    cells = (Column(page.text(name, "bold"), room), Column(page.text(version), 10))
    page.row(*cells, Column(page.text(count), 9, right=True), Column(page.text(end), 16), indent=2, gap=2)


def _count(each: FeatureSum) -> str:
    if each.count is None:
        return "uncounted"
    return f"{each.count - each.repeated} or {each.count}" if each.repeated else str(each.count)


def _notes(each: FeatureSum) -> Iterator[str]:
    """Yield what the columns of a feature have no room for."""
    if each.starts is not None:
        yield f"not before {each.starts}"
    if each.count is not None and each.uncounted:
        hosts = ", ".join(escaped(host, 40) for host in each.uncounted_on if host)
        yield f"and uncounted on {hosts}" if hosts else "and uncounted"
    if each.repeated:
        yield "FlexNet may count identical lines only once"


def _end(each: FeatureSum) -> str:
    if each.until is None:
        return escaped(each.expires, 20)
    return "permanent" if each.until == NEVER else f"until {each.until}"


def check_text(check: LicenseCheck, look: Look = PLAIN, _options: Sequence[str] = ()) -> str:
    """Return every problem with its position, the wrong line, and the fix."""
    document, problems = check.document, check.problems
    page = Page(look)
    of_names = [problem for problem in problems if problem.id in NAME_CHECKS]
    words = problems_words([problem for problem in problems if problem.id not in NAME_CHECKS])  # as `show` counts them
    if of_names:
        words = f"{words}; of names: {problems_words(of_names)}"
    page.title(escaped(document.name, 200), words, _worst(problems))
    for problem in problems:
        page.blank()
        mark = _MARKS[problem.severity]
        sentence = f"{problem.line}:{problem.column} {settled(problem.text)} [{problem.id}]"
        page.item(page.sign(mark), sentence, label_width=1)
        for line in LicensePathError(problem.source, problem.position, problem.length, "").pointer().splitlines():
            page.lines.append(Text("      ") + page.text(line, "" if line.strip("^ ") else "bold"))
        if problem.fix:
            fix = f"{settled(problem.fix)}{':' if problem.corrected else ''}"
            page.row(Column(page.text("→"), 2), Column(page.text(fix), look.width - 6), indent=4, gap=0)
        if problem.corrected:
            # One unwrapped line, so that it can be copied.
            page.lines.append(Text("      ") + page.text(settled(problem.corrected), "bold"))
    return page.finish()


def problems_words(problems: Sequence[LicenseProblem]) -> str:
    """Return how many problems there are, by severity."""
    count = Counter(problem.severity for problem in problems)
    words = [
        f"{count[of]} {name.removesuffix('s') if count[of] == 1 else name}"
        for name, of in _PLURALS.items()
        if count[of]
    ]
    return ", ".join(words) or "no problem"


def _worst(problems: Sequence[LicenseProblem]) -> Mark:
    found = {problem.severity for problem in problems}
    return next((mark for severity, mark in _MARKS.items() if severity in found and mark is not Mark.SKIPPED), Mark.OK)
