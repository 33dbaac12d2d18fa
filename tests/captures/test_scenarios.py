"""The recorded scenarios: one capture and one line of the index each, and each tells what the scenario says."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from lmwire.capture import analyze
from lmwire.diagnosis import Severity, diagnose
from lmwire_mockserver.scenario import Scenario, scenario, scenarios
from tests.captures.compare import assert_tells
from tests.captures.index import FOLDER, Row, analyzed, capture_of, read, row_of
from tests.captures.pcapng import blocks

ROWS = {row.scenario: row for row in read()}


def test_every_scenario_has_one_capture_and_one_line_of_the_index() -> None:
    ids = sorted(each.id for each in scenarios())
    assert sorted(row.scenario for row in read()) == ids
    assert sorted(path.stem for path in FOLDER.glob("*.pcapng")) == ids


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_the_index_says_what_the_scenario_says(row: Row) -> None:
    assert row == row_of(scenario(row.scenario), row.license_path)


@pytest.mark.parametrize("played", scenarios(), ids=lambda played: played.id)
def test_a_capture_tells_the_scenarios_verdict_and_what_the_real_client_reports(played: Scenario) -> None:
    found = analyzed(capture_of(played))
    assert_tells(found, played, ROWS[played.id])
    for diagnosis in found["diagnoses"] if found is not None else ():
        assert diagnosis["evidence"]["source"] == "capture"
        assert diagnosis["capture"]["clients"] == 1


def test_a_capture_that_tells_something_else_is_rare_and_says_why() -> None:
    others = [row for row in ROWS.values() if row.why]
    assert len(others) <= len(ROWS) / 15
    assert all((row.capture_verdict, row.capture_severity) != (row.verdict, row.severity) for row in others)


def critical(data: bytes) -> set[str]:
    """Return the critical verdicts of a capture, but for what it leaves open."""
    found = [diagnose(case.evidence).verdict for case in analyze(io.BytesIO(data)).cases]
    return {one.id for one in found if one.severity is Severity.CRITICAL} - {"inconclusive"}


@pytest.mark.parametrize("played", scenarios(), ids=lambda played: played.id)
def test_a_capture_cut_after_any_packet_gives_no_other_critical_verdict(played: Scenario) -> None:
    data = capture_of(played).read_bytes()
    whole = critical(data) | {played.expected.verdict}
    if played.license_path.startswith("@"):
        whole.add("lmgrd-refused")  # the beginning of a walk over the ports is one port that refused
    sizes = [len(block.body) + 12 for block in blocks(data)]
    for count in range(1, len(sizes)):
        assert critical(data[: sum(sizes[:count])]) <= whole, count


def test_the_captures_are_small() -> None:
    files: list[Path] = list(FOLDER.glob("*.pcapng"))
    assert sum(file.stat().st_size for file in files) < 1 << 20
