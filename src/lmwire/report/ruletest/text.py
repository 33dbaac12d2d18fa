"""The view for people: the matrix, then each difference with its cause and the rules that caused it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rich.text import Text

from lmwire.report.layout import Column
from lmwire.report.look import PLAIN, Look
from lmwire.report.ruletest.phrases import (
    counted,
    decided,
    expected,
    found,
    looks,
    outcome,
    place,
    reached,
    subject,
    summary,
    where,
)
from lmwire.report.steps import Mark
from lmwire.report.text import Page
from lmwire.ruletest.model import Cell, Failure, Result
from lmwire.text import escaped, settled

__all__ = ["render"]

_INDENT: Final = 2
_GAP: Final = 2


def render(result: Result, look: Look = PLAIN, _options: Sequence[str] = ()) -> str:
    """Return the result as text; escape sequences only when `look.colour` says so."""
    page = Page(look)
    page.blank()
    _matrix(page, result)
    cells = {(cell.zone, cell.server): cell for cell in result.cells}
    for failure in result.failures:
        first = cells[failure.cells[0].zone, failure.cells[0].server]
        if len(failure.cells) == 1:
            _difference(page, first)
        else:
            _failure(page, failure, first)
    page.blank()
    for note in result.notes:
        page.item(page.sign(Mark.SKIPPED), settled(note), label_width=1)
    page.paragraph(summary(result), "bold green" if result.agrees else "bold red")
    return page.finish()


def _mark(cell: Cell) -> Mark:
    return Mark.OK if cell.agrees else Mark.FAILED if cell.found else Mark.UNKNOWN


def _matrix(page: Page, result: Result) -> None:
    """Add the matrix, or a list if the matrix is too wide."""
    servers = list(dict.fromkeys(cell.server for cell in result.cells))
    zones = list(dict.fromkeys(cell.zone for cell in result.cells))
    told = {(cell.zone, cell.server): cell for cell in result.cells}
    first = max(map(len, zones), default=0)
    widths = [
        max(len(server), *(2 + len(outcome(cell)) for cell in result.cells if cell.server == server))
        for server in servers
    ]
    if _INDENT + first + sum(width + _GAP for width in widths) > page.look.width:
        _listed(page, result, first)
        return
    heads = (Column(page.text(server, "bold"), width) for server, width in zip(servers, widths, strict=True))
    page.row(Column(Text(), first), *heads, indent=_INDENT, gap=_GAP)
    for zone in zones:
        row = (told.get((zone, server)) for server in servers)
        columns = (Column(_found(page, cell), width) for cell, width in zip(row, widths, strict=True))
        page.row(Column(page.text(zone, "bold"), first), *columns, indent=_INDENT, gap=_GAP)


def _found(page: Page, cell: Cell | None) -> Text:
    if cell is None:
        return page.sign(Mark.SKIPPED)
    return Text.assemble(page.sign(_mark(cell)), " ", page.text(outcome(cell)))


def _listed(page: Page, result: Result, first: int) -> None:
    """Add a line for each zone and verdict, with its servers."""
    lines: dict[tuple[str, bool, str], list[Cell]] = {}
    for cell in result.cells:
        lines.setdefault((cell.zone, cell.agrees, outcome(cell)), []).append(cell)
    second = max((2 + len(outcome(cell)) for cell in result.cells), default=0)
    room = max(1, page.look.width - _INDENT - first - second - 2 * _GAP)
    for cells in lines.values():
        servers = page.text(", ".join(cell.server for cell in cells))
        columns = Column(page.text(cells[0].zone, "bold"), first), Column(_found(page, cells[0]), second)
        page.row(*columns, Column(servers, room), indent=_INDENT, gap=_GAP)


def _difference(page: Page, cell: Cell) -> None:
    page.blank()
    page.title(f"{cell.zone} to {cell.server}", outcome(cell), _mark(cell))
    page.blank()
    page.paragraph(f"Expected {expected(cell)}, found {found(cell)} with {escaped(cell.target)}.", indent=_INDENT)
    _story(page, cell)


def _failure(page: Page, failure: Failure, first: Cell) -> None:
    """Add what several cells share: the rule, zones and servers, and the story of the first cell."""
    page.blank()
    page.title(subject(failure), ", ".join(word or "no result" for word in failure.found), _mark(first))
    page.blank()
    page.paragraph(counted(failure), indent=_INDENT)
    for line in where(failure):
        page.item(page.sign(Mark.SKIPPED), line, label_width=1)
    page.blank()
    page.paragraph(
        f"For example {first.zone} to {first.server}: expected {expected(first)}, found {found(first)} with "
        f"{escaped(first.target)}.",
        indent=_INDENT,
    )
    _story(page, first)


def _story(page: Page, cell: Cell) -> None:
    for words in (looks(cell), cell.headline, cell.cause):
        if words:
            page.paragraph(settled(words), indent=_INDENT)
    if cell.decisions:
        page.heading("Deciding rules")
    for decision in cell.decisions:
        page.item(page.sign(Mark.SKIPPED), decided(decision), label_width=1)
        page.paragraph(f"`{escaped(decision.rule, 400)}`", indent=2 * _INDENT)
        page.paragraph(f"in {place(decision)}", indent=2 * _INDENT)
        for jump in reversed(decision.path):
            page.paragraph(reached(jump), indent=2 * _INDENT)
    if cell.note:
        page.blank()
        page.item(page.sign(Mark.WARNING), settled(cell.note), label_width=1)
