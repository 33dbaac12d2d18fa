"""`lmwire mock`."""

from __future__ import annotations

import asyncio
import json
import signal

import pytest

from mockserver.scenario import scenarios
from tests.cli.running import COMMAND, clean, invoke, run


async def _serving(*arguments: str) -> tuple[asyncio.subprocess.Process, dict[str, object]]:
    child = await asyncio.create_subprocess_exec(
        *(*COMMAND, "mock", *arguments),
        env=clean(),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert child.stdout is not None
    async with asyncio.timeout(30):
        return child, json.loads(await child.stdout.readline())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_it_is_ready_serves_logs_and_stops(number: signal.Signals) -> None:
    child, ready = await _serving("--vendor", "alpha", "--vendor", "beta=0", "--referral-host", "localhost")
    assert ready["ready"] is True
    assert set(ready["vendors"]) == {"alpha", "beta"}  # type: ignore[call-overload] # an object
    ended = await run("diagnose", str(ready["target"]), "--format", "json")
    found = {each["vendor"]: each["evidence"]["referral"]["host"] for each in json.loads(ended.out)["diagnoses"]}
    assert found == {"alpha": "localhost", "beta": "localhost"}
    assert child.stdout is not None
    line = json.loads(await child.stdout.readline())
    assert line["asked"] == ["dlist"]
    child.send_signal(number)
    _, err = await child.communicate()
    assert (child.returncode, err) == (0, b"")


async def test_it_plays_scenarios() -> None:
    child, ready = await _serving("--scenario", "vendor-daemon-down")
    ended = await run("diagnose", str(ready["target"]), "--vendor", "ibmratl", "--format", "json")
    child.terminate()
    await child.communicate()
    assert json.loads(ended.out)["diagnoses"][0]["verdict"]["id"] == "vendor-daemon-down"


async def test_a_port_that_is_taken_is_told() -> None:
    child, ready = await _serving()
    ended = await run("mock", "--lmgrd-port", str(ready["lmgrd_port"]))
    child.terminate()
    await child.communicate()
    assert ended.status == 2
    assert ended.err.startswith(f"lmwire: cannot listen on port {ready['lmgrd_port']} of 127.0.0.1: ")


def test_the_list_names_every_scenario() -> None:
    shown = invoke("mock", "--list")
    assert shown.exit_code == 0
    listed = {line.split()[0] for line in shown.stdout.splitlines() if line.startswith("  ") and line[2] != " "}
    assert listed == {each.id for each in scenarios()}


def test_the_list_says_what_only_linux_can_play() -> None:
    anywhere, linux, network = invoke("mock", "--list").stdout.split("\n\n")
    assert "vendor-refused" in anywhere
    assert {line.split()[0] for line in linux.splitlines()[1:] if line[2] != " "} == {
        "lmgrd-filtered",
        "referral-unresolvable-and-filtered",
        "vendor-filtered",
    }
    assert "lmgrd-rejected-icmp" in network
