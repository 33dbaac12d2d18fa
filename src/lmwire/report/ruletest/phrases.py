"""Sentences that all formats share. Text from files is escaped here."""

from __future__ import annotations

from lmwire.ruletest.model import Cell, Decision, Jump, Result
from lmwire.ruletest.plan import FAILURE, SERVES
from lmwire.text import escaped

__all__ = ["decided", "expected", "found", "place", "reached", "summary"]

_WORDS = {SERVES: "a license", FAILURE: "no license"}


def summary(result: Result) -> str:
    """Return the summary sentence."""
    good = sum(cell.agrees for cell in result.cells)
    how = "" if result.mode == "network" else ", according to the result files"
    return f"Plan {escaped(result.plan)}: {good} of {len(result.cells)} as expected{how}."


def expected(cell: Cell) -> str:
    """Return the expected verdicts."""
    return " or ".join(_WORDS.get(word, word) for word in cell.expected)


def found(cell: Cell) -> str:
    """Return the verdict."""
    return cell.found or "no result"


def decided(decision: Decision) -> str:
    """Return the action of a rule and its packets."""
    packets = "1 packet" if decision.packets == 1 else f"{decision.packets} packets"
    first = "" if decision.packets == 1 else "first "
    return f"{decision.machine} {decision.action} {packets} ({decision.bytes} bytes): {first}{escaped(decision.packet)}"


def place(decision: Decision) -> str:
    """Return the place of the rule."""
    handle = f" handle {decision.handle}" if decision.handle else ""
    return f"{escaped(decision.source, 200)} ({escaped(decision.table)}, chain {escaped(decision.chain)}{handle})"


def reached(jump: Jump) -> str:
    """Return the jump that led to a rule's chain."""
    return f"reached by {escaped(jump.rule, 200)} in {escaped(jump.source, 200)} (chain {escaped(jump.chain)})"
