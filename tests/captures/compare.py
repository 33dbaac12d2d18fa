"""Live = capture = scenario: what must agree, and what a capture may lack."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from lmwire_mockserver.scenario import Scenario
from tests.captures.index import Row
from tests.matrix.judging import assert_predicts, assert_verdict, best

__all__ = ["assert_same_evidence", "assert_tells"]


def assert_tells(found: dict[str, Any] | None, scenario: Scenario, row: Row) -> None:
    """Fail unless a capture's analysis leads to what the index says: the scenario's verdict, but for a few."""
    if row.capture_verdict is msgspec.UNSET:
        assert found is not None, "no license traffic was found"
        assert_verdict(found, scenario)
        assert_predicts(found, scenario)
    elif row.capture_verdict is None:
        assert found is None
    else:
        assert found is not None, "no license traffic was found"
        verdict = best(found["diagnoses"])["verdict"]
        assert (verdict["id"], verdict["severity"]) == (row.capture_verdict, row.capture_severity)
        if row.capture_verdict == row.verdict:
            assert_predicts(found, scenario)


def assert_same_evidence(live: dict[str, Any], found: dict[str, Any] | None, row: Row) -> None:
    """Fail unless both saw the same conversations end in the same way, the same referrals, and the same besides.

    Where one is known to tell less it has nothing else at least.
    """
    there, here = _diagnoses(live), _diagnoses(found)
    for seen in (_legs, _referrals, _findings):
        ours, theirs = seen(here), seen(there)
        assert ours == theirs or (row.why and (ours < theirs or theirs < ours))
    assert row.why or len(here) == len(there)


def _diagnoses(document: dict[str, Any] | None) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = document["diagnoses"] if document is not None else []
    return found


_LEG = (
    "role",
    "via",
    "address",
    "port",
    "connect",
    "asked",
    "dialogue",
    "answer",
    "code",
    "service",
    "fault",
    "legacy",
    "peer",
    "local",
)
"""What both can know of a leg; besides the ICMP error's sender, which the live system names, too."""


def _legs(diagnoses: Iterable[dict[str, Any]]) -> set[tuple[Any, ...]]:
    legs = (leg for one in diagnoses for leg in one["evidence"]["legs"])
    return {(*(leg.get(field) for field in _LEG), (leg.get("icmp") or {}).get("sender")) for leg in legs}


def _referrals(diagnoses: Iterable[dict[str, Any]]) -> set[tuple[str, int, str, int]]:
    found = [referral for one in diagnoses if (referral := one["evidence"].get("referral")) is not None]
    return {(each["host"], each["port"], each["lmgrd_address"], each["lmgrd_port"]) for each in found}


def _findings(diagnoses: Iterable[dict[str, Any]]) -> set[tuple[str, str]]:
    return {(finding["id"], finding["severity"]) for one in diagnoses for finding in one["findings"]}
