"""Cases that another case of the same capture puts in doubt, because packets between them were not captured.

A lost packet can cut one story in two: a connection to the vendor daemon then looks like one to an lmgrd that is down.
Where the rest of the story is in the capture, too, and shows the gap, no verdict is given for the piece.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from lmwire.addresses import is_address, is_loopback
from lmwire.capture.story.cases import Case
from lmwire.evidence import Connect, Evidence, Role

__all__ = ["doubted"]

_SECONDS: Final = 180.0
"""Seconds within which two cases may be one: those in which a client comes to the port of a referral."""

_AT_ONCE: Final = 1.0
_FEW: Final = 4
"""Ports of the default range, without its first, from which on a client rather walks it than has them in a list."""

_RANGE: Final = range(27000, 27010)
_MOST: Final = 256
"""Cases up to which those of different addresses of one machine are compared, each with each."""


def doubted(cases: Sequence[Case]) -> tuple[Case, ...]:
    """Return the cases, those in doubt with the reason."""
    by_client: dict[str, list[Case]] = {}
    for case in cases:
        by_client.setdefault(case.client, []).append(case)
    gaps = {client: [case for case in some if _has_gap(case.evidence)] for client, some in by_client.items()}
    every = [case for some in gaps.values() for case in some]
    others = cases if len(cases) <= _MOST else ()
    found = []
    for case in cases:
        own = every if is_loopback(case.client) else gaps[case.client]
        reason = _after_gap(case, own) or _in_range(case, by_client[case.client]) or _other_family(case, others)
        found.append(case if not reason or case.evidence.failure else _open(case, reason))
    return tuple(found)


def _open(case: Case, reason: str) -> Case:
    return msgspec.structs.replace(case, evidence=msgspec.structs.replace(case.evidence, failure=reason))


def _has_gap(evidence: Evidence) -> bool:
    """Whether lmgrd was asked, and what was asked or answered is not in the capture."""
    if evidence.referral is not None:
        return bool(evidence.failure) and not evidence.legs_of(Role.VENDOR)
    return any(
        leg.connect is Connect.ESTABLISHED and leg.dialogue is None and leg.detail.startswith("the capture lacks")
        for leg in evidence.legs_of(Role.LMGRD)
    )


def _after_gap(case: Case, gaps: Iterable[Case]) -> str:
    if case.evidence.referral is not None or _has_gap(case.evidence):
        return ""
    ports = {leg.port for leg in case.evidence.legs}
    for gap in gaps:
        referral = gap.evidence.referral
        if 0 <= case.last - gap.first <= _SECONDS and (referral is None or referral.port in ports):
            target = gap.evidence.target
            return f"the capture lacks a part of the talk with {target}, which may have referred the client here"
    return ""


def _in_range(case: Case, own: Sequence[Case]) -> str:
    """Tell whether it is a piece of a walk through the default range, whose beginning is not in the capture."""
    if case.evidence.port not in _RANGE:
        return ""
    near = {
        one.evidence.port
        for one in own
        if one.evidence.port in _RANGE and one.evidence.host == case.evidence.host and _apart(one, case) <= _AT_ONCE
    }
    if len(near) < _FEW or _RANGE.start in near:
        return ""
    return f"the client tries the ports of the default range, and the capture lacks the connect to {_RANGE.start}"


def _other_family(case: Case, others: Iterable[Case]) -> str:
    """Tell whether it is one of the addresses of a server that the client reached at another of them."""
    evidence = case.evidence
    if any(leg.connect is Connect.ESTABLISHED for leg in evidence.legs):
        return ""
    for one in others:
        two_families = (":" in one.client) is not (":" in case.client)
        one_name = is_address(one.evidence.host) is not is_address(evidence.host)
        if two_families and one_name and one.evidence.port == evidence.port and _apart(one, case) <= _SECONDS:
            return f"the capture lacks a look-up: {one.evidence.host} and {evidence.host} may be one server"
    return ""


def _apart(one: Case, other: Case) -> float:
    """Return the seconds between two cases; 0 when they overlap."""
    return max(0.0, max(one.first, other.first) - min(one.last, other.last))
