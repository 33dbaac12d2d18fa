"""From what became of each connection to what the path does. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from lmwire.idle.model import BEHIND_PROXY, FORGOTTEN, HEARTBEAT, Fate, IdleProbe, Judged, Measured, Outcome, Trouble

__all__ = ["judge"]

_MARGIN: Final = 0.92
"""The part of a silence that survived which is taken for a keepalive: kernels and devices count roughly."""


def judge(measured: Measured) -> Judged:
    """Judge a measurement. A survival holds whatever else went wrong, unless the other end sent other bytes."""
    probes = measured.probes
    if any(probe.fate is Fate.WRONG for probe in probes):
        return Judged(outcome=Outcome.INCONCLUSIVE, trouble=Trouble.WRONG)
    survived = max((probe.seconds for probe in probes if probe.fate is Fate.SURVIVED), default=None)
    lost = min((probe for probe in probes if probe.fate in FORGOTTEN), key=lambda probe: probe.seconds, default=None)
    trouble = _trouble(measured, survived, lost)
    if trouble is not Trouble.NOTHING:
        return Judged(
            outcome=Outcome.INCONCLUSIVE,
            survived=survived,
            heartbeat_survives=True if _before(probes, lost) >= HEARTBEAT else None,
            trouble=trouble,
        )
    if lost is None:
        known = survived is not None and survived >= HEARTBEAT
        return Judged(outcome=Outcome.REMEMBERS, survived=survived, heartbeat_survives=True if known else None)
    return Judged(
        outcome=Outcome.FORGETS,
        survived=survived,
        forgotten=lost.seconds,
        how=lost.fate,
        heartbeat_survives=_heartbeat(survived, lost.seconds),
        keepalive=None if lost.fate in BEHIND_PROXY else _keepalive(survived),
    )


def _trouble(measured: Measured, survived: float | None, lost: IdleProbe | None) -> Trouble:
    if lost is not None and measured.gone:
        return Trouble.GONE
    if lost is not None and measured.slept:
        return Trouble.SLEPT
    if lost is not None and survived is not None and survived >= lost.seconds:
        return Trouble.DISORDER
    if any(probe.fate is Fate.ENDED for probe in measured.probes) or (survived is None and lost is None):
        return Trouble.ENDED
    return Trouble.NOTHING


def _before(probes: Sequence[IdleProbe], lost: IdleProbe | None) -> float:
    """Return the longest silence that was survived, and is shorter than the one after which a connection was lost."""
    limit = math.inf if lost is None else lost.seconds
    return max((probe.seconds for probe in probes if probe.fate is Fate.SURVIVED and probe.seconds < limit), default=0)


def _heartbeat(survived: float | None, forgotten: float) -> bool | None:
    if forgotten <= HEARTBEAT:
        return False
    return True if survived is not None and survived >= HEARTBEAT else None


def _keepalive(survived: float | None) -> int | None:
    longest = math.floor((survived or 0) * _MARGIN)
    return longest if longest >= 1 else None
