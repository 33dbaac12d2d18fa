"""Walk, then judge: `lmwire diagnose` without options and output, for callers without a command line."""

from __future__ import annotations

from collections.abc import Callable

from lmwire.diagnosis import Diagnosis, diagnose, diagnose_triad
from lmwire.evidence import Evidence
from lmwire.licensepath import LicensePath
from lmwire.probe import Settings, probe_path

__all__ = ["check"]


async def check(
    path: LicensePath,
    settings: Settings,
    on_progress: Callable[[int, int], None] = lambda _done, _total: None,
    *,
    complete: Callable[[Evidence], Evidence] = lambda evidence: evidence,
) -> list[Diagnosis]:
    """Walk to every server of `path`, and return a diagnosis for each target and vendor daemon, in the path's order.

    Args:
        path: the alternatives, in the application's order.
        settings: how to probe.
        on_progress: called with servers done and servers in all.
        complete: adds to an evidence what is known from elsewhere, such as a debug log.
    """
    found = await probe_path(path, settings, on_progress)
    return [
        diagnose_triad(list(map(complete, evidences))) if target.is_triad else diagnose(complete(evidences[0]))
        for target, by_vendor in found
        for evidences in by_vendor
    ]
