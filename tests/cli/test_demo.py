"""`lmwire demo`."""

from __future__ import annotations

import asyncio
import json

import pytest

from lmwire.cli import demo
from lmwire.diagnosis import diagnose
from mockserver.scenario import scenario
from tests.cli.running import invoke, run
from tests.report.samples import WALKS

_EXPECTED = ["healthy", "vendor-filtered", "referral-unresolvable"]


async def test_the_demo_shows_three_diagnoses_and_ends_well() -> None:
    text, document = await asyncio.gather(run("demo"), run("demo", "--format", "json"))
    assert (text.status, text.err, document.status, document.err) == (0, "", 0, "")
    assert [each["verdict"]["id"] for each in json.loads(document.out)["diagnoses"]] == _EXPECTED
    positions = [text.out.index(f" {verdict} ──") for verdict in _EXPECTED]
    assert positions == sorted(positions)
    for word in ("First, ", "Second, ", "Third, ", "What to try next", "lmwire explain -96,491"):
        assert word in text.out
    assert max(map(len, text.out.splitlines())) <= 80


def test_the_scenes_are_scenarios_that_lead_to_these_verdicts() -> None:
    assert [scenario(name).expected.verdict for name in demo.SCENES] == _EXPECTED


def test_a_verdict_that_was_not_played_is_status_1(monkeypatch: pytest.MonkeyPatch) -> None:
    async def all_healthy(_: object) -> list[object]:
        await asyncio.sleep(0)
        return [diagnose(WALKS["healthy"])] * 3

    monkeypatch.setattr("lmwire.cli.demo._diagnoses", all_healthy)
    shown = invoke("demo")
    assert shown.exit_code == 1
    assert "vendor-filtered was played, healthy diagnosed" in shown.stderr
