"""Sentences that all formats share. What came from files is escaped here."""

from __future__ import annotations

from lmwire.ruletest.model import Cell, Decision, Result
from lmwire.ruletest.plan import FAILURE, SERVES
from lmwire.text import escaped

__all__ = ["decided", "expected", "found", "place", "summary"]

_WORDS = {SERVES: "a license", FAILURE: "no license"}


def summary(result: Result) -> str:
    """Return the sentence that sums it up."""
    good = sum(cell.agrees for cell in result.cells)
    how = "" if result.mode == "network" else ", by the results handed in"
    return f"Plan {escaped(result.plan)}: {good} of {len(result.cells)} as expected{how}."


def expected(cell: Cell) -> str:
    """Return the verdicts that would have done."""
    return " or ".join(_WORDS.get(word, word) for word in cell.expected)


def found(cell: Cell) -> str:
    """Return the verdict."""
    return cell.found or "no result"


def decided(decision: Decision) -> str:
    """Return what a rule did to which packets."""
    packets = "1 packet" if decision.packets == 1 else f"{decision.packets} packets"
    first = "" if decision.packets == 1 else "first "
    return f"{decision.machine} {decision.action} {packets} ({decision.bytes} bytes): {first}{escaped(decision.packet)}"


def place(decision: Decision) -> str:
    """Return where the rule is."""
    handle = f" handle {decision.handle}" if decision.handle else ""
    return f"{escaped(decision.source, 200)} ({escaped(decision.table)}, chain {escaped(decision.chain)}{handle})"
