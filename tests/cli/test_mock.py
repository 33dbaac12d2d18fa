"""`lmwire mock`."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
from collections.abc import AsyncIterator

import pytest

from lmwire_mockserver.scenario import scenarios
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


async def test_a_failure_of_the_network_is_said_not_to_be_played_by_servers_alone() -> None:
    async with _serving("--scenario", "vendor-rejected-icmp") as (child, ready):
        assert ready["ready"] is True
        child.send_signal(signal.SIGTERM)
        _, err = await child.communicate()
    assert b"the servers alone do not show it" in err
    assert f"tcp dport {ready['vendor_port']} reject".encode() in err
    assert b"{" not in err
    assert b"lmwire diagnose" not in err  # standard error is no terminal


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
    assert "lmwire mock --list" in shown.stderr
