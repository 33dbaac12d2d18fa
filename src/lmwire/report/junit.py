"""JUnit XML, for CI systems and dashboards: a testcase for each diagnosis."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Sequence

from lmwire.diagnosis.model import Client, Diagnosis, Report
from lmwire.report.look import PLAIN, Look
from lmwire.report.steps import Mark, mark_of, span, steps_of
from lmwire.text import escaped, settled

__all__ = ["render"]

_FAILED = frozenset({Mark.FAILED, Mark.UNKNOWN})


def render(report: Report, _look: Look = PLAIN, _options: Sequence[str] = ()) -> str:
    """Return the report as JUnit XML.

    A critical or inconclusive diagnosis is a failure, whether or not another entry of the path serves: the exit
    status of `lmwire diagnose` tells what the path comes to.
    """
    seconds = max((diagnosis.evidence.seconds for diagnosis in report.diagnoses), default=0.0)
    failures = sum(mark_of(diagnosis) in _FAILED for diagnosis in report.diagnoses)
    counts = {"tests": str(len(report.diagnoses)), "failures": str(failures), "errors": "0", "time": f"{seconds:.3f}"}
    suites = ET.Element("testsuites", {"name": "lmwire", **counts})
    suite = ET.SubElement(suites, "testsuite", {"name": "license path", **counts})
    properties = ET.SubElement(suite, "properties")
    values = [("overall", report.overall.value), ("path_from", settled(report.path_from))]
    values += [("note", settled(note)) for note in report.notes]
    values += _measured(report.client)
    for name, value in values:
        ET.SubElement(properties, "property", {"name": name, "value": value})
    for diagnosis in report.diagnoses:
        suite.append(_case(diagnosis))
    ET.indent(suites)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(suites, encoding="unicode")}\n'


def _measured(client: Client | None) -> list[tuple[str, str]]:
    """Return who measured and when; what --anonymous left out is left out."""
    if client is None:
        return []
    known = {"measured": client.measured, "user": client.user, "host": client.host, "lmwire": client.version}
    return [(name, escaped(value)) for name, value in known.items() if value]


def _case(diagnosis: Diagnosis) -> ET.Element:
    # Escaped text holds no control character and no surrogate: everything in it can stand in XML 1.0.
    name = f"{escaped(diagnosis.target, 200)} {escaped(diagnosis.vendor)}".strip()
    attributes = {"classname": "lmwire.diagnose", "name": name, "time": f"{diagnosis.evidence.seconds:.3f}"}
    case = ET.Element("testcase", attributes)
    verdict = diagnosis.verdict
    if mark_of(diagnosis) in _FAILED:
        failure = ET.SubElement(case, "failure", {"type": verdict.id, "message": settled(verdict.headline)})
        failure.text = "\n".join(settled(text) for text in (verdict.cause, *verdict.remedies))
    ET.SubElement(case, "system-out").text = "\n".join(_out(diagnosis))
    return case


def _out(diagnosis: Diagnosis) -> list[str]:
    verdict = diagnosis.verdict
    lines = [f"{verdict.id} ({verdict.severity.value}): {settled(verdict.headline)}"]
    for step in steps_of(diagnosis):
        taken = "" if step.seconds is None else f" ({span(step.seconds)})"
        lines.append(f"{step.station.value}: {step.endpoint} {step.fact}{taken} [{step.mark.value}]")
    lines += [f"{finding.id}: {settled(finding.text)}" for finding in diagnosis.findings]
    return lines
