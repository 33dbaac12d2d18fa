"""Sentences that all formats share. Text from files is escaped here."""

from __future__ import annotations

import re

from lmwire.ruletest.failures import products
from lmwire.ruletest.model import Cell, Decision, Failure, Jump, Result
from lmwire.ruletest.plan import FAILURE, SERVES
from lmwire.text import escaped

__all__ = [
    "counted",
    "decided",
    "expected",
    "found",
    "looks",
    "outcome",
    "place",
    "reached",
    "subject",
    "summary",
    "where",
]

_ANONYMOUS = re.compile(r"\b(jump|goto) \{.*\}", re.DOTALL)
"""An anonymous chain. The rule in it stands above."""

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


def outcome(cell: Cell) -> str:
    """Return the verdict; of several looks, how many passed, too."""
    return f"{found(cell)} ({cell.passed} of {cell.looks} passed)" if cell.looks > 1 else found(cell)


def looks(cell: Cell) -> str:
    """Return the sentence on several looks; empty after one."""
    if cell.looks == 1:
        return ""
    counts = ", ".join(f"{verdict or 'no result'} {count}" for verdict, count in cell.verdicts.items())
    return f"{cell.passed} of {cell.looks} looks passed: {counts}."


def decided(decision: Decision) -> str:
    """Return the action of a rule and its packets."""
    packets = "1 packet" if decision.packets == 1 else f"{decision.packets} packets"
    first = "" if decision.packets == 1 else "first "
    size = f" ({decision.bytes} bytes)" if decision.bytes else ""  # nft does not tell that of ARP
    return f"{decision.machine} {decision.action} {packets}{size}: {first}{escaped(decision.packet)}"


def place(decision: Decision) -> str:
    """Return the place of the rule."""
    handle = f" handle {decision.handle}" if decision.handle else ""
    return f"{escaped(decision.source, 200)} ({escaped(decision.table)}, chain {escaped(decision.chain)}{handle})"


def reached(jump: Jump) -> str:
    """Return the jump that led to a rule's chain."""
    rule = _ANONYMOUS.sub(r"\1 { … }", jump.rule)
    return f"reached by {escaped(rule, 200)} in {escaped(jump.source, 200)} (chain {escaped(jump.chain)})"


def subject(failure: Failure) -> str:
    """Return what the failure of several cells is called: the place of its rule."""
    if not failure.machine:
        return f"{len(failure.cells)} connections without a deciding rule"
    return f"{escaped(failure.source, 200)} on {failure.machine}"


def counted(failure: Failure) -> str:
    """Return the sentence that introduces the zones and servers of a failure."""
    return f"{len(failure.cells)} connections are not as expected:"


def where(failure: Failure) -> list[str]:
    """Return the zones and servers of a failure, in few lines."""
    return [f"{', '.join(zones)} to {', '.join(servers)}" for zones, servers in products(failure.cells)]
