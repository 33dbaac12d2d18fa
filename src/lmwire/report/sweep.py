"""A list of servers, diagnosed: a table, lines of JSON, JUnit, and what changed between two looks."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from typing import Final

import msgspec

from lmwire.diagnosis import Overall
from lmwire.fleet.documents import Change, SweepReport, SweepResult
from lmwire.report.layout import Column
from lmwire.report.look import PLAIN, Look
from lmwire.report.steps import Mark
from lmwire.report.text import Page
from lmwire.text import settled

__all__ = ["as_json", "as_junit", "as_text", "change_line", "result_line"]

_MARKS: Final = {
    Overall.OK: Mark.OK,
    Overall.WARNING: Mark.WARNING,
    Overall.CRITICAL: Mark.FAILED,
    Overall.INCONCLUSIVE: Mark.UNKNOWN,
}
_WORST_FIRST: Final = (Overall.CRITICAL, Overall.INCONCLUSIVE, Overall.WARNING, Overall.OK)
_FAILED: Final = frozenset({Overall.CRITICAL, Overall.INCONCLUSIVE})
_VERDICT: Final = 22
_VENDOR: Final = 12


def result_line(result: SweepResult) -> str:
    """Return a result as one line of JSON, without the line's end."""
    return json.dumps(msgspec.to_builtins(result), ensure_ascii=True)


def as_json(report: SweepReport, _look: Look = PLAIN, _options: Sequence[str] = ()) -> str:
    """Return a line of JSON for each server."""
    return "".join(f"{result_line(result)}\n" for result in report.results)


def as_text(report: SweepReport, look: Look = PLAIN, _options: Sequence[str] = ()) -> str:
    """Return a table, the worst first, and the counts."""
    page = Page(look)
    room = max(look.width - _VERDICT - _VENDOR - 5, 20)
    for state in _WORST_FIRST:
        for result in report.results:
            if result.overall is state:
                for number, vendor in enumerate(result.state.vendors):
                    page.row(
                        Column(page.sign(_MARKS[vendor.state]), 1),
                        Column(page.text(result.name if not number else ""), room),
                        Column(page.text(settled(vendor.vendor)), _VENDOR),
                        Column(page.text(vendor.verdict, "bold" if vendor.state in _FAILED else ""), _VERDICT),
                    )
    page.blank()
    counts = {state: sum(result.overall is state for result in report.results) for state in _WORST_FIRST}
    words = ", ".join(f"{count} {state.value}" for state, count in counts.items() if count)
    page.paragraph(f"{len(report.results)} servers in {report.seconds:.1f} s: {words}.", "bold")
    return page.finish()


def as_junit(report: SweepReport, _look: Look = PLAIN, _options: Sequence[str] = ()) -> str:
    """Return JUnit XML: a test case for each server and vendor daemon."""
    cases = [(result, vendor) for result in report.results for vendor in result.state.vendors]
    failures = sum(vendor.state in _FAILED for _, vendor in cases)
    counts = {"tests": str(len(cases)), "failures": str(failures), "errors": "0", "time": f"{report.seconds:.3f}"}
    suites = ET.Element("testsuites", {"name": "lmwire", **counts})
    suite = ET.SubElement(suites, "testsuite", {"name": "license servers", **counts})
    for result, vendor in cases:
        name = f"{result.name} {settled(vendor.vendor)}".strip()
        attributes = {"classname": "lmwire.sweep", "name": name, "time": f"{result.seconds:.3f}"}
        case = ET.SubElement(suite, "testcase", attributes)
        if vendor.state in _FAILED:
            ET.SubElement(case, "failure", {"type": vendor.verdict, "message": settled(vendor.headline)})
    ET.indent(suites)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(suites, encoding="unicode")}\n'


def change_line(change: Change) -> str:
    """Return a change as one line of text."""
    who = f"{change.name} {settled(change.vendor)}".strip()
    now = change.now or "unknown"
    before = f"before {change.before}, since {change.since:%Y-%m-%d %H:%M:%SZ}" if change.before else "first seen"
    return f"{change.time:%Y-%m-%d %H:%M:%SZ} {who}: {change.what} {now} ({before})"
