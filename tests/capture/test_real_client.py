"""The real client's captures: the verdict that each must lead to, and the error in which its client ended."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lmwire.capture import analyze
from lmwire.diagnosis import Diagnosis, diagnose

FOLDER = Path(__file__).resolve().parents[2] / "captures" / "real-client"
ROWS: list[dict[str, Any]] = [json.loads(line) for line in (FOLDER / "index.jsonl").read_text("utf-8").splitlines()]
NO_ERROR = "-5,414"


def diagnoses(file: Path) -> list[Diagnosis]:
    analysis = analyze(file)
    assert analysis.broken is None
    return [diagnose(case.evidence) for case in analysis.cases]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["scenario"])
def test_the_verdict_and_the_code_that_the_client_reported(row: dict[str, Any]) -> None:
    found = diagnoses(FOLDER / row["file"])
    # Of several entries of a license path, the one that serves is what the client ended with.
    last = next((one for one in found if one.verdict.severity.value != "critical"), found[0])
    assert last.verdict.id == row["verdict"]
    if "severity" in row:
        assert last.verdict.severity.value == row["severity"]
    predicted = {shown.code or NO_ERROR for shown in last.application_shows if shown.basis == "measured"}
    assert row["client_error"] in predicted
    assert last.evidence.source == "capture"


def test_the_index_names_every_file() -> None:
    assert {row["file"] for row in ROWS} == {path.name for path in FOLDER.glob("*.pcap")}


def test_attempts_of_a_client_are_told_once_with_their_number() -> None:
    analysis = analyze(FOLDER / "vendor-filtered.pcap")
    (case,) = analysis.cases
    assert (case.client, case.attempts) == ("192.0.2.1", 2)
    assert 20 < case.last - case.first < 60


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["scenario"])
def test_a_capture_cut_after_any_packet_gives_no_other_critical_verdict(row: dict[str, Any], tmp_path: Path) -> None:
    data = (FOLDER / row["file"]).read_bytes()
    whole = {one.verdict.id for one in diagnoses(FOLDER / row["file"])}
    at = 24
    while at < len(data):
        size = int.from_bytes(data[at + 8 : at + 12], "little")
        at += 16 + size
        cut = tmp_path / "cut.pcap"
        cut.write_bytes(data[:at])
        found = {one.verdict.id for one in diagnoses(cut)}
        # Less of the story leaves more open, but never tells another: a walk that was cut is one port that refused.
        seen = {"lmgrd-refused"} if row["scenario"] == "default-range-scan" else set()
        assert found <= whole | seen | {"inconclusive"}, at
