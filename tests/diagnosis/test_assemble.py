"""Triads, lists, and what they come to."""

from __future__ import annotations

import msgspec
import pytest

from lmwire.diagnosis import (
    Overall,
    Severity,
    VerdictId,
    diagnose,
    diagnose_triad,
    overall_of,
    worst_of,
    worst_state,
)
from lmwire.evidence import Evidence
from tests.evidence_maker import SERVER, evidence, fallback, lmgrd, vendor, walk

GOOD = walk(vendor())
BAD = evidence(lmgrd("refused"))
WARN = walk(fallback(), named=())
UNSURE = evidence(failure="no sockets left")


def on(target: str, seen: Evidence) -> Evidence:
    return msgspec.structs.replace(seen, target=target)


def asked(seen: Evidence, vendor: str) -> Evidence:
    return msgspec.structs.replace(seen, vendor=vendor)


@pytest.mark.parametrize(
    ("entries", "overall"),
    [
        ([GOOD], Overall.OK),
        ([WARN], Overall.WARNING),
        ([BAD], Overall.CRITICAL),
        ([UNSURE], Overall.INCONCLUSIVE),
        ([GOOD, BAD], Overall.OK),
        ([BAD, GOOD], Overall.WARNING),
        ([BAD, WARN], Overall.WARNING),
        ([BAD, UNSURE], Overall.CRITICAL),
        ([UNSURE, UNSURE], Overall.INCONCLUSIVE),
        ([], Overall.INCONCLUSIVE),
    ],
)
def test_a_list_is_alternatives(entries: list[Evidence], overall: Overall) -> None:
    assert overall_of([diagnose(on(f"{index}@s", seen)) for index, seen in enumerate(entries)]) is overall


def test_several_vendor_daemons_of_one_target_must_all_be_well() -> None:
    assert overall_of([diagnose(GOOD), diagnose(asked(BAD, "other"))]) is Overall.CRITICAL
    assert overall_of([diagnose(GOOD), diagnose(asked(WARN, "other"))]) is Overall.WARNING


def test_a_definite_fault_is_read_before_what_remains_open() -> None:
    # A person can mend the fault now; what remains open has first to be found out. A plan's cells say the same.
    of_one_target = [diagnose(UNSURE), diagnose(asked(BAD, "other"))]
    for order in (of_one_target, of_one_target[::-1]):
        assert overall_of(order) is Overall.CRITICAL
        worst = worst_of(order)
        assert worst is not None
        assert worst.verdict.id == VerdictId.LMGRD_REFUSED
    assert overall_of([diagnose(UNSURE), diagnose(asked(WARN, "other"))]) is Overall.INCONCLUSIVE
    assert overall_of([diagnose(UNSURE), diagnose(asked(GOOD, "other"))]) is Overall.INCONCLUSIVE


@pytest.mark.parametrize(
    ("states", "worst"),
    [
        ([Overall.OK, Overall.WARNING], Overall.WARNING),
        ([Overall.WARNING, Overall.INCONCLUSIVE], Overall.INCONCLUSIVE),
        ([Overall.CRITICAL, Overall.INCONCLUSIVE, Overall.OK], Overall.CRITICAL),
        ([], Overall.INCONCLUSIVE),
    ],
)
def test_which_of_several_states_is_worst(states: list[Overall], worst: Overall) -> None:
    assert worst_state(states) is worst
    assert worst_state(states[::-1]) is worst


def test_without_a_diagnosis_none_is_worst() -> None:
    assert worst_of([]) is None


def test_a_triad_that_serves_nobody_speaks_through_a_definite_fault() -> None:
    assert diagnose_triad([UNSURE, BAD, UNSURE]).verdict.id == VerdictId.LMGRD_REFUSED


def test_vendor_daemons_may_be_served_by_different_targets() -> None:
    first = [diagnose(on("1@s", GOOD)), diagnose(asked(on("1@s", BAD), "other"))]
    second = [diagnose(on("2@s", BAD)), diagnose(asked(on("2@s", GOOD), "other"))]
    nobody = diagnose(asked(on("3@s", BAD), ""))
    assert overall_of([*first, *second, nobody]) is Overall.WARNING
    assert overall_of([*first, diagnose(on("2@s", BAD)), nobody]) is Overall.CRITICAL
    assert overall_of([nobody]) is Overall.CRITICAL


def test_a_triad_needs_every_member_opened() -> None:
    hosts = ["192.0.2.21", "192.0.2.22", "192.0.2.23"]
    closed = [evidence(lmgrd("filtered", address=host)) for host in hosts]
    rows = diagnose_triad([closed[0], GOOD, closed[2]]).openings
    assert [(row.destination, row.port, row.state) for row in rows] == [
        (SERVER, 27000, "open"),
        (SERVER, 27001, "open"),
        (hosts[0], 27000, "filtered"),
        (hosts[2], 27000, "filtered"),
    ]


def test_a_triad_with_a_member_down_is_healthy_with_a_finding() -> None:
    diagnosis = diagnose_triad([BAD, GOOD, GOOD])
    assert (diagnosis.verdict.id, diagnosis.verdict.severity) == ("healthy", Severity.OK)
    assert [finding.id for finding in diagnosis.findings] == ["triad-member-down"]
    assert [member.verdict for member in diagnosis.members] == ["lmgrd-refused", "healthy"]
    assert [member.severity for member in diagnosis.members] == [Severity.CRITICAL, Severity.OK]
    assert [member.headline for member in diagnosis.members] == [
        diagnose(each).verdict.headline for each in (BAD, GOOD)
    ]


def test_a_member_that_remains_open_is_not_called_down() -> None:
    diagnosis = diagnose_triad([GOOD, GOOD, UNSURE])
    assert diagnosis.verdict.severity is Severity.OK
    [finding] = diagnosis.findings
    assert finding.id == "triad-member-open"
    assert finding.text.startswith("lmwire cannot tell whether 27000@licsrv of the triad serves: ")


def test_a_triad_with_one_member_has_no_quorum() -> None:
    diagnosis = diagnose_triad([BAD, GOOD, BAD])
    assert (diagnosis.verdict.id, diagnosis.verdict.severity) == ("healthy", Severity.WARNING)
    assert [finding.id for finding in diagnosis.findings][-1] == "triad-no-quorum"
    assert "of the triad answers" in diagnosis.verdict.headline
    assert "Nothing on the network is wrong" not in diagnosis.verdict.cause


def test_a_dead_triad_speaks_through_its_first_member() -> None:
    diagnosis = diagnose_triad([BAD, evidence(lmgrd("filtered")), BAD])
    assert (diagnosis.verdict.id, diagnosis.verdict.severity) == ("lmgrd-refused", Severity.CRITICAL)
    assert len(diagnosis.members) == 2


def test_a_triad_without_quorum_says_what_it_needs_and_which_server_each_remedy_is_about() -> None:
    members = [BAD, GOOD, BAD]
    each = [
        msgspec.structs.replace(seen, host=name) for seen, name in zip(members, ("one", "two", "three"), strict=True)
    ]
    verdict = diagnose_triad(each).verdict
    assert verdict.headline == "Only 27000@two of the triad answers, and a triad needs 2 of its servers."
    assert [remedy.partition(": ")[0] for remedy in verdict.remedies] == ["27000@one", "27000@three"]
