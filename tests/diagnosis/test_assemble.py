"""Triads, lists, and what they come to."""

from __future__ import annotations

import pytest

from lmwire.diagnosis import Overall, Severity, diagnose, diagnose_triad, overall_of
from lmwire.evidence import Evidence
from tests.evidence_maker import evidence, fallback, lmgrd, vendor, walk

GOOD = walk(vendor())
BAD = evidence(lmgrd("refused"))
WARN = walk(fallback(), named=())
UNSURE = evidence(failure="no sockets left")


def on(target: str, seen: Evidence) -> Evidence:
    return Evidence(**{name: getattr(seen, name) for name in seen.__struct_fields__} | {"target": target})


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
    assert overall_of([diagnose(GOOD), diagnose(BAD)]) is Overall.CRITICAL
    assert overall_of([diagnose(GOOD), diagnose(WARN)]) is Overall.WARNING


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
    assert finding.text.startswith("Whether 27000@licsrv of the triad serves remains open: ")


def test_a_triad_with_one_member_has_no_quorum() -> None:
    diagnosis = diagnose_triad([BAD, GOOD, BAD])
    assert (diagnosis.verdict.id, diagnosis.verdict.severity) == ("healthy", Severity.WARNING)
    assert [finding.id for finding in diagnosis.findings][-1] == "triad-no-quorum"


def test_a_dead_triad_speaks_through_its_first_member() -> None:
    diagnosis = diagnose_triad([BAD, evidence(lmgrd("filtered")), BAD])
    assert (diagnosis.verdict.id, diagnosis.verdict.severity) == ("lmgrd-refused", Severity.CRITICAL)
    assert len(diagnosis.members) == 2
