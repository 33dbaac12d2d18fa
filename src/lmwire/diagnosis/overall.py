"""Which of several diagnoses is worst, and what a license path comes to.

Worst first: critical, inconclusive, warning, ok. A person should read a definite fault first, because it can be fixed
now; an open question needs another test first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from lmwire.diagnosis.model import Diagnosis, Overall, Severity
from lmwire.diagnosis.verdicts.ids import VerdictId

__all__ = ["best_of", "overall_of", "serves", "serves_overall", "state_of", "worst_of", "worst_state"]

_BEST_TO_WORST: Final = (Overall.OK, Overall.WARNING, Overall.INCONCLUSIVE, Overall.CRITICAL)
_SERVES: Final = frozenset({Overall.OK, Overall.WARNING})


def state_of(verdict: str, severity: Severity) -> Overall:
    """Return the severity of a verdict as a state of its own; "inconclusive" is one, whatever its severity."""
    return Overall.INCONCLUSIVE if verdict == VerdictId.INCONCLUSIVE else Overall(severity.value)


def worst_state(states: Iterable[Overall]) -> Overall:
    """Return the worst of several states; without any, nothing is known."""
    return max(states, key=_BEST_TO_WORST.index, default=Overall.INCONCLUSIVE)


def worst_of(diagnoses: Iterable[Diagnosis]) -> Diagnosis | None:
    """Return the worst of several diagnoses, the first of equals; None when there are none."""
    return max(diagnoses, key=_place, default=None)


def best_of(diagnoses: Iterable[Diagnosis]) -> Diagnosis | None:
    """Return the best of several diagnoses, the first of equals; None when there are none."""
    return min(diagnoses, key=_place, default=None)


def serves(diagnosis: Diagnosis) -> bool:
    """Whether an application gets as far as a license, at least with a warning."""
    return serves_overall(_state(diagnosis))


def serves_overall(state: Overall) -> bool:
    """Whether a license can be reached in that state, at least with a warning."""
    return state in _SERVES


def overall_of(diagnoses: Sequence[Diagnosis]) -> Overall:
    """Return what a license path comes to: its entries are alternatives, and the first that serves is taken.

    Several diagnoses of one target (one a vendor daemon) must all be well for that target to be; or each of the vendor
    daemons is served by another target. Where nothing serves, the worst counts.
    """
    targets: dict[str, list[Overall]] = {}
    for diagnosis in diagnoses:
        targets.setdefault(diagnosis.target, []).append(_state(diagnosis))
    each = [worst_state(states) for states in targets.values()]
    if each and each[0] in _SERVES:
        return each[0]
    if _SERVES.intersection(each) or _each_vendor_is_served(diagnoses):
        return Overall.WARNING
    return worst_state(each)


def _each_vendor_is_served(diagnoses: Sequence[Diagnosis]) -> bool:
    named = {diagnosis.vendor for diagnosis in diagnoses if diagnosis.vendor}
    return bool(named) and named <= {diagnosis.vendor for diagnosis in diagnoses if serves(diagnosis)}


def _place(diagnosis: Diagnosis) -> int:
    return _BEST_TO_WORST.index(_state(diagnosis))


def _state(diagnosis: Diagnosis) -> Overall:
    return state_of(diagnosis.verdict.id, diagnosis.verdict.severity)
