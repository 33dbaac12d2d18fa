"""The matrix and its differences for a ticket or a merge request."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lmwire.report.look import PLAIN, Look
from lmwire.report.markdown import code, prose
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
from lmwire.ruletest.model import Cell, Decision, Failure, Result
from lmwire.text import escaped, settled

__all__ = ["render"]


def render(result: Result, _look: Look = PLAIN, _options: Sequence[str] = ()) -> str:
    """Return the result as Markdown."""
    parts = [f"**{prose(summary(result))}**", _table(result)]
    parts += [f"- {prose(settled(note))}" for note in result.notes]
    cells = {(cell.zone, cell.server): cell for cell in result.cells}
    for failure in result.failures:
        first = cells[failure.cells[0].zone, failure.cells[0].server]
        parts += _difference(first) if len(failure.cells) == 1 else _failure(failure, first)
    return "\n\n".join(parts) + "\n"


def _table(result: Result) -> str:
    servers = list(dict.fromkeys(cell.server for cell in result.cells))
    told = {(cell.zone, cell.server): cell for cell in result.cells}
    lines = [("Zone", *(prose(server) for server in servers)), ("---",) * (len(servers) + 1)]
    lines += [
        (prose(zone), *(_cell(told.get((zone, server))) for server in servers))
        for zone in dict.fromkeys(cell.zone for cell in result.cells)
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(cell: Cell | None) -> str:
    if cell is None:
        return ""
    return f"✔ {outcome(cell)}" if cell.agrees else f"✖ **{outcome(cell)}**, expected {expected(cell)}"


def _difference(cell: Cell) -> Iterator[str]:
    yield f"## {prose(cell.zone)} to {prose(cell.server)}: {outcome(cell)}"
    yield f"Expected {expected(cell)}, with {code(escaped(cell.target))}."
    yield from _story(cell)


def _failure(failure: Failure, first: Cell) -> Iterator[str]:
    yield f"## {prose(subject(failure))}: {', '.join(word or 'no result' for word in failure.found)}"
    yield counted(failure)
    yield "\n".join(f"- {prose(line)}" for line in where(failure))
    yield (
        f"For example {prose(first.zone)} to {prose(first.server)}: expected {expected(first)}, found {found(first)} "
        f"with {code(escaped(first.target))}."
    )
    yield from _story(first)


def _story(cell: Cell) -> Iterator[str]:
    yield from (prose(settled(words)) for words in (looks(cell), cell.headline, cell.cause, cell.note) if words)
    if cell.decisions:
        yield "\n".join(map(_decision, cell.decisions))


def _decision(decision: Decision) -> str:
    jumps = "".join(f"; {prose(reached(jump))}" for jump in reversed(decision.path))
    return f"- {prose(decided(decision))}: {code(escaped(decision.rule, 400))} in {prose(place(decision))}{jumps}"
