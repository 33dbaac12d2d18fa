"""From diagnoses to a cell: whether what was found is what the plan expects. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from lmwire.diagnosis import Diagnosis
from lmwire.firewalltest.model import Cell
from lmwire.firewalltest.plan import FAILURE, SERVES, Aim

__all__ = ["judge", "serves", "worst"]

_RANK: Final = {"ok": 0, "warning": 1, "inconclusive": 2, "critical": 3}


def judge(zone: str, aim: Aim, expected: tuple[str, ...], diagnoses: Sequence[Diagnosis], note: str = "") -> Cell:
    """Return the cell; without a diagnosis, it is not as expected, and `note` says why there is none."""
    told = worst(diagnoses)
    if told is None:
        return Cell(
            zone=zone,
            server=aim.server,
            target=aim.target,
            expected=expected,
            found="",
            severity="",
            agrees=False,
            note=note,
        )
    return Cell(
        zone=zone,
        server=aim.server,
        target=aim.target,
        expected=expected,
        found=told.verdict.id,
        severity=_severity(told),
        agrees=any(_meets(word, told) for word in expected),
        headline=told.verdict.headline,
        cause=told.verdict.cause,
        remedies=told.verdict.remedies,
        note=note,
        seconds=max(diagnosis.evidence.seconds for diagnosis in diagnoses),
        diagnoses=tuple(diagnoses),
    )


def worst(diagnoses: Sequence[Diagnosis]) -> Diagnosis | None:
    """Return the diagnosis that decides: an application may need any of the vendor daemons."""
    return max(diagnoses, key=lambda diagnosis: _RANK[_severity(diagnosis)], default=None)


def serves(diagnosis: Diagnosis) -> bool:
    """Whether an application gets its license, be it with a warning."""
    return _severity(diagnosis) in ("ok", "warning")


def _severity(diagnosis: Diagnosis) -> str:
    return "inconclusive" if diagnosis.verdict.id == "inconclusive" else diagnosis.verdict.severity.value


def _meets(word: str, diagnosis: Diagnosis) -> bool:
    if word == SERVES:
        return serves(diagnosis)
    if word == FAILURE:
        return _severity(diagnosis) == "critical"
    return word == diagnosis.verdict.id
