"""`lmwire mock`."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import signal
from collections.abc import AsyncIterator

import pytest

from lmwire.lab import labs, read_lab
from lmwire_mockserver.scenario import Where, scenarios
from tests.cli.running import COMMAND, clean, invoke, run


@contextlib.asynccontextmanager
async def _serving(*arguments: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, dict[str, object]]]:
    """Run a mock as a child until it has ended, or the block has; give what it says when it is ready."""
    child = await asyncio.create_subprocess_exec(
        *(*COMMAND, "mock", *arguments),
        env=clean(),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        assert child.stdout is not None
        async with asyncio.timeout(30):
            ready = json.loads(await child.stdout.readline())
        yield child, ready
    finally:
        if child.returncode is None:
            child.kill()
            await child.communicate()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_it_is_ready_serves_logs_and_stops(number: signal.Signals) -> None:
    asked = ("--vendor", "alpha", "--vendor", "beta=0", "--referral-host", "localhost")
    async with _serving(*asked) as (child, ready):
        assert ready["ready"] is True
        assert set(ready["vendors"]) == {"alpha", "beta"}  # type: ignore[call-overload] # an object
        ended = await run("diagnose", str(ready["target"]), "--format", "json")
        found = {each["vendor"]: each["evidence"]["referral"]["host"] for each in json.loads(ended.out)["diagnoses"]}
        assert found == {"alpha": "localhost", "beta": "localhost"}
        assert child.stdout is not None
        line = json.loads(await child.stdout.readline())
        assert line["asked"] == ["hello", "dlist"]
        child.send_signal(number)
        _, err = await child.communicate()
        assert (child.returncode, err) == (0, b"")


@pytest.mark.parametrize(("bind", "told"), [("0.0.0.0", True), ("127.0.0.1", False), ("::1", False)])
async def test_it_says_when_it_is_open_to_other_machines(bind: str, told: bool) -> None:
    async with _serving("--bind", bind) as (child, _):
        child.send_signal(signal.SIGTERM)
        _, err = await child.communicate()
    assert (b"open to every machine that can reach" in err) == told


async def test_it_plays_scenarios() -> None:
    async with _serving("--scenario", "vendor-daemon-down") as (_, ready):
        ended = await run("diagnose", str(ready["target"]), "--vendor", "ibmratl", "--format", "json")
    assert json.loads(ended.out)["diagnoses"][0]["verdict"]["id"] == "vendor-daemon-down"


async def test_a_port_that_is_taken_is_told() -> None:
    async with _serving() as (_, ready):
        ended = await run("mock", "--lmgrd-port", str(ready["lmgrd_port"]))
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


@pytest.mark.parametrize("scenario", [each.id for each in scenarios() if each.where is Where.NETWORK])
def test_a_failure_of_the_network_is_not_played_by_servers_alone(scenario: str) -> None:
    shown = invoke("mock", "--scenario", scenario)
    assert (shown.exit_code, shown.stdout) == (2, "")
    assert shown.stderr.startswith(f"lmwire: {scenario} is a failure of the network, which the mock alone cannot play")
    assert "Hint: --servers-only plays its servers, which work" in shown.stderr
    labs_with_it = [lab for lab in labs() if read_lab(lab).scenario == scenario]
    assert re.findall(r"`lmwire lab start (\S+)`", shown.stderr) == labs_with_it


async def test_the_servers_of_a_failure_of_the_network_are_played_on_request() -> None:
    async with _serving("--scenario", "vendor-rejected-icmp", "--servers-only") as (child, ready):
        assert ready["ready"] is True
        child.send_signal(signal.SIGTERM)
        _, err = await child.communicate()
    assert b"the servers alone do not show it" in err
    assert f"tcp dport {ready['vendor_port']} reject".encode() in err
    assert b"{" not in err
    assert b"lmwire diagnose" not in err  # standard error is no terminal


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            ("--lmgrd-port", "27000", "--vendor-port", "27000"),
            "lmgrd and vendor daemon ibmratl want the same port 27000",
        ),
        (
            ("--lmgrd-port", "27000", "--vendor", "a", "--vendor", "b=27000"),
            "lmgrd and vendor daemon b want the same port 27000",
        ),
        (
            ("--vendor", "a=27001", "--vendor", "b", "--vendor-port", "27001"),
            "vendor daemon a and vendor daemon b want the same port 27001",
        ),
    ],
)
def test_two_daemons_cannot_have_the_same_port(options: tuple[str, ...], said: str) -> None:
    shown = invoke("mock", *options)
    assert shown.exit_code == 2
    assert shown.stderr.startswith(f"lmwire: {said}\n  Hint: give vendor daemon ")


async def test_people_are_told_what_to_run_now() -> None:
    master, slave = os.openpty()
    try:
        child = await asyncio.create_subprocess_exec(
            *(*COMMAND, "mock"), env=clean(), stdout=asyncio.subprocess.PIPE, stderr=slave
        )
        assert child.stdout is not None
        async with asyncio.timeout(30):
            ready = json.loads(await child.stdout.readline())
            told = await asyncio.to_thread(os.read, master, 1000)
        child.terminate()
        await child.wait()
    finally:
        os.close(slave)
        os.close(master)
    assert told.decode().strip() == f"lmwire: now: `lmwire diagnose {ready['target']}`"


def test_an_unknown_scenario_is_told_where_all_are() -> None:
    shown = invoke("mock", "--scenario", "nope")
    assert shown.exit_code == 2
    assert shown.stderr == "lmwire: no scenario is called 'nope'\n  Hint: `lmwire mock --list` shows all scenarios\n"


def test_a_misspelt_scenario_is_told_what_is_near_it() -> None:
    shown = invoke("mock", "--scenario", "healty")
    assert "Hint: did you mean healthy? `lmwire mock --list` shows all scenarios" in shown.stderr
