"""JUnit XML, for CI systems: a testcase for each zone and server."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Sequence

from lmwire.report.look import PLAIN, Look
from lmwire.report.ruletest.phrases import decided, expected, looks, outcome, place, reached, summary
from lmwire.ruletest.model import Cell, Result
from lmwire.text import escaped, settled

__all__ = ["render"]


def render(result: Result, _look: Look = PLAIN, _options: Sequence[str] = ()) -> str:
    """Return the result as JUnit XML; an unexpected verdict is a failure."""
    failures = sum(not cell.agrees for cell in result.cells)
    counts = {
        "tests": str(len(result.cells)),
        "failures": str(failures),
        "errors": "0",
        "time": f"{result.seconds:.3f}",
    }
    suites = ET.Element("testsuites", {"name": "lmwire", **counts})
    suite = ET.SubElement(suites, "testsuite", {"name": escaped(result.plan), **counts})
    properties = ET.SubElement(suite, "properties")
    for name, value in (("summary", summary(result)), ("mode", result.mode)):
        ET.SubElement(properties, "property", {"name": name, "value": value})
    for cell in result.cells:
        suite.append(_case(cell))
    ET.indent(suites)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(suites, encoding="unicode")}\n'


def _case(cell: Cell) -> ET.Element:
    attributes = {
        "classname": f"lmwire.firewall.{cell.zone}",
        "name": f"{cell.zone} to {cell.server}",
        "time": f"{cell.seconds:.3f}",
    }
    case = ET.Element("testcase", attributes)
    if not cell.agrees:
        message = f"expected {expected(cell)}, found {outcome(cell)}"
        failure = ET.SubElement(case, "failure", {"type": cell.found or "no-result", "message": message})
        failure.text = "\n".join(_lines(cell))
    ET.SubElement(case, "system-out").text = f"{outcome(cell)}: {settled(cell.headline or cell.note)}"
    return case


def _lines(cell: Cell) -> list[str]:
    lines = [settled(words) for words in (looks(cell), cell.headline, cell.cause, cell.note) if words]
    for decision in cell.decisions:
        lines += [decided(decision), f"  {escaped(decision.rule, 400)}", f"  in {place(decision)}"]
        lines += [f"  {reached(jump)}" for jump in reversed(decision.path)]
    return lines
