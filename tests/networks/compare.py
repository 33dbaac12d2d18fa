"""Predictions against what real clients reported: which differ, and in what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final

import msgspec

from lmwire.diagnosis.clientwalk import Client, Outcome, walk_path
from tests.networks.referees import Observed, Seen

__all__ = ["Comparison", "Totals", "compare", "totals"]

_NEAR_SECONDS: Final = 2.0
_NEAR_SHARE: Final = 0.25
_FEATURELESS: Final = "-5,"
"""The mock grants nothing: a client that is served reports that the server lacks the feature."""


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """One client in one network.

    Attributes:
        wrong: in what the prediction differs: "served", "code", "seconds", "system error", "unknown"; empty where it
            is right.
    """

    seen: Seen
    observed: Observed
    predicted: Outcome
    wrong: tuple[str, ...]

    def report(self) -> str:
        """Return all there is to know, for whoever looks into a difference."""
        said = self.predicted.unknown or f"{self.predicted.code} after {self.predicted.seconds} s"
        return "\n".join(
            (
                f"seed {self.seen.plan.seed}, {self.observed.client}: wrong in {', '.join(self.wrong)}",
                f"reported {self.observed.code} after {self.observed.seconds} s; predicted {said}",
                f"repeat it: python -m tests.networks --clients --count 1 --seed {self.seen.plan.seed}",
                msgspec.json.format(msgspec.json.encode(self.seen), indent=1).decode(),
            )
        )


def compare(seen: Seen) -> list[Comparison]:
    """Compare the prediction for each client with what it reported."""
    return [_compare(seen, observed) for observed in seen.observed]


def _compare(seen: Seen, observed: Observed) -> Comparison:
    generation, system = observed.client.split("-")
    predicted = walk_path(seen.evidence, Client(generation, system), licensed=False)
    return Comparison(seen=seen, observed=observed, predicted=predicted, wrong=tuple(_wrong(predicted, observed)))


def _wrong(predicted: Outcome, observed: Observed) -> Iterable[str]:
    if predicted.unknown:
        yield "unknown"
        return
    served = predicted.served or (predicted.code or "").startswith(_FEATURELESS)
    if served != observed.served:
        yield "served"
    elif not served and predicted.code != observed.code:
        yield "code"
    elif not served and predicted.system_error != observed.system_error:
        yield "system error"
    if not _near(predicted.seconds, observed.seconds):
        yield "seconds"


def _near(predicted: float | None, observed: float | None) -> bool:
    if predicted is None or observed is None:
        return predicted is observed
    return abs(predicted - observed) <= max(_NEAR_SECONDS, _NEAR_SHARE * observed)


class Totals(msgspec.Struct, frozen=True, kw_only=True):
    """How many runs of clients there were, and how many were predicted wrongly, by kind."""

    runs: int
    wrong: Counter[str]
    troubles: int

    @property
    def good(self) -> bool:
        """Whether the predictions are as good as promised: see docs/proof.md."""
        allowed = {"served": 0.0, "code": 0.01, "seconds": 0.05, "unknown": 0.01}
        return not self.troubles and all(self.wrong[kind] <= share * self.runs for kind, share in allowed.items())


def totals(comparisons: Iterable[Comparison], troubles: int) -> Totals:
    """Count."""
    runs, wrong = 0, Counter[str]()
    for comparison in comparisons:
        runs += 1
        wrong.update(comparison.wrong)
    return Totals(runs=runs, wrong=wrong, troubles=troubles)
