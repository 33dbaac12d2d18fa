"""Walk, then judge: `lmwire diagnose` without options and output, for callers without a command line."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec.structs import replace

from lmwire.diagnosis import Diagnosis, Shown, diagnose, diagnose_triad, predict_path
from lmwire.evidence import Evidence
from lmwire.licensepath import LicensePath, Target
from lmwire.probe import Settings, probe_path

__all__ = ["check", "check_path", "judged"]


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
    diagnoses, _ = await check_path(path, settings, on_progress, complete=complete)
    return diagnoses


async def check_path(
    path: LicensePath,
    settings: Settings,
    on_progress: Callable[[int, int], None] = lambda _done, _total: None,
    *,
    complete: Callable[[Evidence], Evidence] = lambda evidence: evidence,
) -> tuple[list[Diagnosis], tuple[Shown, ...]]:
    """Do as `check`, and return what the application shows that has this whole license path, too."""
    found = await probe_path(path, settings, on_progress)
    diagnoses = judged(found, complete)
    return diagnoses, _shown([by_vendor for _, by_vendor in found], diagnoses)


def judged(
    found: Sequence[tuple[Target, list[list[Evidence]]]],
    complete: Callable[[Evidence], Evidence] = lambda evidence: evidence,
) -> list[Diagnosis]:
    """Return a diagnosis for each target and vendor daemon that was walked to."""
    return [
        diagnose_triad(list(map(complete, evidences))) if target.is_triad else diagnose(complete(evidences[0]))
        for target, by_vendor in found
        for evidences in by_vendor
    ]


def _shown(found: list[list[list[Evidence]]], diagnoses: list[Diagnosis]) -> tuple[Shown, ...]:
    """Return what applications show: one for each vendor daemon that is asked for."""
    if len(diagnoses) == 1:
        return diagnoses[0].application_shows
    vendors = list(dict.fromkeys(servers[0].vendor for by_vendor in found for servers in by_vendor))
    several = len(vendors) > 1
    shown = []
    for vendor in vendors:
        path = [servers for by_vendor in found if (servers := _of_vendor(by_vendor, vendor))]
        if vendor and len(path) == len(found):
            shown += [replace(each, vendor=vendor if several else "") for each in predict_path(path)]
    return tuple(shown)


def _of_vendor(by_vendor: list[list[Evidence]], vendor: str) -> list[Evidence]:
    """Return the evidence of an entry for this vendor daemon; empty where it was not asked for it.

    A server that could not be asked for names stands for all of them.
    """
    return next((servers for servers in by_vendor if servers[0].vendor in (vendor, "")), [])
