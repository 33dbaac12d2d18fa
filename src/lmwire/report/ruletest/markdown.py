"""The matrix and its differences for a ticket or a merge request."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lmwire.report.look import PLAIN, Look
from lmwire.report.markdown import code, prose
from lmwire.report.ruletest.phrases import decided, expected, found, place, reached, summary
from lmwire.ruletest.model import Cell, Decision, Result
from lmwire.text import escaped, settled

__all__ = ["render"]


def render(result: Result, _look: Look = PLAIN, _options: Sequence[str] = ()) -> str:
    """Return the result as Markdown."""
    parts = [f"**{prose(summary(result))}**", _table(result)]
    parts += [f"- {prose(settled(note))}" for note in result.notes]
    for cell in result.cells:
        if not cell.agrees:
            parts += _difference(cell)
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
    return f"✔ {found(cell)}" if cell.agrees else f"✖ **{found(cell)}**, expected {expected(cell)}"


def _difference(cell: Cell) -> Iterator[str]:
    yield f"## {prose(cell.zone)} to {prose(cell.server)}: {found(cell)}"
    yield f"Expected {expected(cell)}, with {code(escaped(cell.target))}."
    yield from (prose(settled(words)) for words in (cell.headline, cell.cause, cell.note) if words)
    if cell.decisions:
        yield "\n".join(map(_decision, cell.decisions))


def _decision(decision: Decision) -> str:
    jumps = "".join(f"; {prose(reached(jump))}" for jump in reversed(decision.path))
    return f"- {prose(decided(decision))}: {code(escaped(decision.rule, 400))} in {prose(place(decision))}{jumps}"
