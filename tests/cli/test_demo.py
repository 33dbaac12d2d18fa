"""`lmwire demo`."""

from __future__ import annotations

import asyncio
import json
import socket

import pytest

from lmwire.diagnosis import diagnose
from lmwire.workflows import demo_servers as demo
from lmwire_mockserver.errors import ListenError
from lmwire_mockserver.scenario import scenario
from tests.cli.running import invoke, run
from tests.report.samples import WALKS

pytestmark = pytest.mark.slow

_EXPECTED = ["healthy", "vendor-filtered", "referral-unresolvable"]
_ELSEWHERE = ["healthy", "vendor-refused", "referral-unresolvable"]


async def test_the_demo_shows_three_diagnoses_and_ends_well() -> None:
    text, document = await asyncio.gather(run("demo"), run("demo", "--format", "json"))
    assert (text.status, text.err, document.status, document.err) == (0, "", 0, "")
    assert [each["verdict"]["id"] for each in json.loads(document.out)["diagnoses"]] == _EXPECTED
    positions = [text.out.index(f" {verdict} ──") for verdict in _EXPECTED]
    assert positions == sorted(positions)
    for word in ("First, ", "Second, ", "Third, ", "What to try next", "lmwire explain -96,491"):
        assert word in text.out
    assert max(map(len, text.out.splitlines())) <= 80


@pytest.mark.parametrize(("shown", "expected"), [(demo.FILTERED, _EXPECTED), (demo.REFUSED, _ELSEWHERE)])
def test_the_scenes_are_scenarios_that_lead_to_these_verdicts(
    shown: tuple[demo.DemoScene, ...], expected: list[str]
) -> None:
    assert [scenario(scene.scenario).expected.verdict for scene in shown] == expected


def test_a_system_without_filtered_ports_plays_closed_ones_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lmwire_mockserver.listeners.CAN_FILTER", False)
    shown = invoke("demo")
    assert (shown.exit_code, shown.stderr) == (0, "")
    positions = [shown.stdout.index(f" {verdict} ──") for verdict in _ELSEWHERE]
    assert positions == sorted(positions)
    assert "this system cannot, Linux can" in " ".join(shown.stdout.split())


def test_no_name_is_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def everywhere(name: str, *_: object) -> list[object]:
        asked.append(name)
        return [(socket.AF_INET, socket.SOCK_STREAM, 0, "", ("192.0.2.1", 0))]  # as a resolver that hides NXDOMAIN

    monkeypatch.setattr("lmwire_mockserver.listeners.CAN_FILTER", False)  # the quicker scenes
    monkeypatch.setattr("socket.getaddrinfo", everywhere)
    shown = invoke("demo", "--format", "json")
    assert (shown.exit_code, asked) == (0, [])
    assert [each["verdict"]["id"] for each in json.loads(shown.stdout)["diagnoses"]] == _ELSEWHERE


def test_a_port_that_can_not_be_had_is_told_and_no_bug(monkeypatch: pytest.MonkeyPatch) -> None:
    def none_left(*_: object) -> None:
        raise ListenError("127.0.0.1", 0, "none is left", "close some")

    monkeypatch.setattr("lmwire_mockserver.listeners.Port.start", none_left)
    shown = invoke("demo")
    assert (shown.exit_code, shown.stdout) == (2, "")
    assert shown.stderr.startswith("lmwire: the demo cannot be played on this machine: cannot listen on port 0")


def test_a_verdict_that_was_not_played_is_status_1(monkeypatch: pytest.MonkeyPatch) -> None:
    async def all_healthy(*_: object) -> list[object]:
        await asyncio.sleep(0)
        return [diagnose(WALKS["healthy"])] * 3

    monkeypatch.setattr("lmwire.workflows.demo_servers._diagnoses", all_healthy)
    shown = invoke("demo")
    assert shown.exit_code == 1
    assert "vendor-filtered was played, healthy diagnosed" in shown.stderr
