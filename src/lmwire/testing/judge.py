"""Judge a license path from a program, with or without an event loop of its own."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from lmwire.diagnosis import Diagnosis, Overall, Report, Severity, overall_of
from lmwire.licensepath import parse_path
from lmwire.probe import Settings
from lmwire.workflows.checkup import check

__all__ = ["decisive", "judge"]


def judge(license_path: str, settings: Settings) -> Report:
    """Walk a license path, and return the report that `lmwire diagnose` would print.

    Blocks, for some seconds where something is filtered. In an async test: `await asyncio.to_thread(judge, …)`.

    Raises:
        LicensePathError: the path is written wrong.
    """
    path = parse_path(license_path)
    # A thread of its own: this one may run an event loop. It belongs to the same network namespace as this one.
    with ThreadPoolExecutor(1) as apart:
        diagnoses = apart.submit(lambda: asyncio.run(check(path, settings))).result()
    return Report(overall=overall_of(diagnoses), diagnoses=tuple(diagnoses))


def decisive(report: Report) -> Diagnosis:
    """Return the diagnosis that an application ends with: of the first server that serves, else of the first."""
    if report.overall in {Overall.OK, Overall.WARNING}:
        return next(one for one in report.diagnoses if one.verdict.severity is not Severity.CRITICAL)
    return report.diagnoses[0]
