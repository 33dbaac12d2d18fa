"""Turn diagnoses into a cell: whether the verdict is as the plan expects. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from lmwire.diagnosis import Diagnosis
from lmwire.ruletest.model import Cell
from lmwire.ruletest.plan import FAILURE, SERVES, Aim

__all__ = ["is_healthy", "judge", "worst"]

_UNWANTED: Final = "Clients in this zone get a license, but the plan expects that they do not."
_RANK: Final = {"ok": 0, "warning": 1, "inconclusive": 2, "critical": 3}


def judge(zone: str, aim: Aim, expected: tuple[str, ...], diagnoses: Sequence[Diagnosis], note: str = "") -> Cell:
    """Return the cell. A cell without a diagnosis is not as expected, and `note` gives the reason."""
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
    agrees = any(_meets(word, told) for word in expected)
    unwanted = is_healthy(told) and not agrees
    return Cell(
        zone=zone,
        server=aim.server,
        target=aim.target,
        expected=expected,
        found=told.verdict.id,
        severity=_severity(told),
        agrees=agrees,
        headline=told.verdict.headline,
        cause=_UNWANTED if unwanted else told.verdict.cause,
        remedies=told.verdict.remedies,
        note=note,
        seconds=max(diagnosis.evidence.seconds for diagnosis in diagnoses),
        diagnoses=tuple(diagnoses),
    )


def worst(diagnoses: Sequence[Diagnosis]) -> Diagnosis | None:
    """Return the diagnosis that decides: an application may need any of the vendor daemons."""
    return max(diagnoses, key=lambda diagnosis: _RANK[_severity(diagnosis)], default=None)


def is_healthy(diagnosis: Diagnosis) -> bool:
    """Whether the client gets a license without a warning."""
    return diagnosis.verdict.id == "healthy"


def _severity(diagnosis: Diagnosis) -> str:
    return "inconclusive" if diagnosis.verdict.id == "inconclusive" else diagnosis.verdict.severity.value


def _meets(word: str, diagnosis: Diagnosis) -> bool:
    if word == SERVES:
        return _severity(diagnosis) in {"ok", "warning"}
    if word == FAILURE:
        return _severity(diagnosis) == "critical"
    return word == diagnosis.verdict.id
