"""What a set of plans meets: every verdict that a network can lead to, and the faults that decide."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from tests.networks.generate import generate
from tests.networks.model import expected
from tests.networks.plan import Plan

__all__ = ["VERDICTS", "count_causes", "count_verdicts", "spread"]

_CONNECTS = ("filtered", "refused", "rejected", "unreachable", "denied")
_DIALOGUES = ("silent", "closes", "payload-lost", "garbled", "foreign", "error")

VERDICTS: tuple[tuple[str, str], ...] = (
    ("healthy", "ok"),
    ("healthy", "warning"),
    ("name-unresolvable", "critical"),
    *((f"{role}-{end}", "critical") for role in ("lmgrd", "vendor") for end in (*_CONNECTS, *_DIALOGUES)),
    ("vendor-daemon-down", "critical"),
    ("range-shadowed", "critical"),
    *(
        (f"referral-{fault}", severity)
        for fault in ("invalid", "unresolvable", "elsewhere", "loopback")
        for severity in ("warning", "critical")
    ),
    ("inconclusive", "critical"),
)
"""Verdicts with their severities."""


def count_verdicts(plans: Iterable[Plan]) -> Counter[tuple[str, str]]:
    """Count what the plans must lead to."""
    return Counter((wanted.id, wanted.severity) for wanted in map(expected, plans))


def count_causes(plans: Iterable[Plan]) -> Counter[str]:
    """Count what decides: a fault reads `r1 there syn drop`."""
    return Counter(wanted.why for wanted in map(expected, plans))


def spread(count: int, among: int = 1000) -> list[Plan]:
    """Return `count` of the plans of the seeds 1 to `among`: one of each verdict, then the next in order."""
    plans = [generate(seed) for seed in range(1, among + 1)]
    first: dict[tuple[str, str], Plan] = {}
    for plan in plans:
        wanted = expected(plan)
        first.setdefault((wanted.id, wanted.severity), plan)
    chosen = dict.fromkeys(plan.seed for plan in (*first.values(), *plans))
    return [plans[seed - 1] for seed in list(chosen)[:count]]
