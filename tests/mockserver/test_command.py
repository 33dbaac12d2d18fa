"""`lmwire mock`, as far as it is not the command line."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lmwire.session import Referred
from lmwire_mockserver.command import MockOptions, parse_vendor, serve
from lmwire_mockserver.errors import ListenError, MockError, OptionError, UnknownScenario
from tests.mockserver.talking import HOST, SECONDS, hello

ROOT = Path(__file__).parents[2]
PROGRAM = "from lmwire_mockserver.command import MockOptions, run_mock; run_mock(MockOptions())"


@contextlib.asynccontextmanager
async def serving(options: MockOptions) -> AsyncIterator[asyncio.Queue[str]]:
    """Serve, and give the lines that are written; stop afterwards, and fail if that takes long."""
    lines: asyncio.Queue[str] = asyncio.Queue()
    stop = asyncio.Event()
    task = asyncio.create_task(serve(options, lines.put_nowait, stop))
    try:
        yield lines
    finally:
        stop.set()
        async with asyncio.timeout(SECONDS):
            await task


async def line(lines: asyncio.Queue[str]) -> dict[str, object]:
    async with asyncio.timeout(SECONDS):
        read = json.loads(await lines.get())
    assert isinstance(read, dict)
    return read


async def test_the_first_line_tells_where_to_go_and_the_next_who_came() -> None:
    async with serving(MockOptions(vendors=("MOSEKLM", "snpslmd"))) as lines:
        ready = await line(lines)
        port, vendors = ready["lmgrd_port"], ready["vendors"]
        assert isinstance(port, int)
        assert isinstance(vendors, dict)
        assert (ready["ready"], ready["target"]) == (True, f"{port}@{HOST}")
        assert (list(vendors), ready["vendor_port"]) == (["MOSEKLM", "snpslmd"], vendors["MOSEKLM"])
        assert isinstance(await hello(port, "snpslmd"), Referred)
        came = await line(lines)
        assert (came["role"], came["asked"]) == ("lmgrd", ["hello"])
        assert isinstance(came["client"], dict)
        assert came["client"]["user"] == "ada"


async def test_each_vendor_daemon_can_have_its_port() -> None:
    async with serving(MockOptions()) as lines:
        free = await line(lines)
    ports = free["lmgrd_port"], free["vendor_port"]
    assert all(isinstance(port, int) for port in ports)
    options = MockOptions(vendors=(f"a={ports[0]}", "b", "c"), vendor_port=int(str(ports[1])))
    async with serving(options) as lines:
        ready = await line(lines)
        assert isinstance(ready["vendors"], dict)
        assert [ready["vendors"][name] for name in "ab"] == list(ports)
        assert ready["vendors"]["c"] not in (0, *ports)


async def test_the_referral_names_what_was_asked_for() -> None:
    async with serving(MockOptions(referral_host="licsrv.example.com")) as lines:
        port = (await line(lines))["lmgrd_port"]
        assert isinstance(port, int)
        event = await hello(port)
        assert isinstance(event, Referred)
        assert event.message.host == "licsrv.example.com"


async def test_on_all_addresses_the_referral_names_the_machine() -> None:
    async with serving(MockOptions(bind="0.0.0.0")) as lines:
        port = (await line(lines))["lmgrd_port"]
        assert isinstance(port, int)
        event = await hello(port)
        assert isinstance(event, Referred)
        assert event.message.host not in {"0.0.0.0", HOST}


async def test_a_delay_is_waited() -> None:
    async with serving(MockOptions(delay=0.1)) as lines:
        port = (await line(lines))["lmgrd_port"]
        assert isinstance(port, int)
        started = asyncio.get_running_loop().time()
        await hello(port)
        assert asyncio.get_running_loop().time() - started >= 0.099


async def test_what_only_a_firewall_can_do_is_told() -> None:
    async with serving(MockOptions(scenario="vendor-rejected-icmp")) as lines:
        ready = await line(lines)
        assert ready["server_rules"] == [f"tcp dport {ready['vendor_port']} reject with icmp type admin-prohibited"]


@pytest.mark.parametrize("text", ["", "=1", "a b", "a=", "a=x", "a=65536", "a=-1", "a=٣", "x" * 33, "a\x1b", "é"])
def test_a_vendor_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(OptionError, match="--vendor") as caught:
        parse_vendor(text)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(("text", "parsed"), [("a", ("a", None)), ("a=0", ("a", 0)), ("a=27001", ("a", 27001))])
def test_a_vendor_is_a_name_with_or_without_a_port(text: str, parsed: tuple[str, int | None]) -> None:
    assert parse_vendor(text) == parsed


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        (MockOptions(scenario="nope"), UnknownScenario, "no scenario is called 'nope'"),
        (MockOptions(bind="licsrv"), OptionError, "--bind 'licsrv': not an IPv4 or IPv6 address"),
        (MockOptions(bind="192.0.2.1"), ListenError, "this machine has no such address"),
        (MockOptions(lmgrd_port=65536), OptionError, "--lmgrd-port '65536': a port is 0 to 65535"),
        (MockOptions(vendor_port=-1), OptionError, "--vendor-port '-1': a port is 0 to 65535"),
        (MockOptions(delay=-1.0), OptionError, "--delay '-1.0': 0 to 3600 seconds"),
        (MockOptions(delay=float("nan")), OptionError, "--delay 'nan': 0 to 3600 seconds"),
        (MockOptions(vendors=("a", "a")), OptionError, "two vendor daemons have the same name"),
        (MockOptions(referral_host="a\0b"), OptionError, "--referral-host"),
        (MockOptions(referral_host="☃"), OptionError, "--referral-host"),
    ],
)
async def test_what_cannot_be_done_is_one_sentence(options: MockOptions, error: type[MockError], said: str) -> None:
    with pytest.raises(error) as caught:
        await serve(options, lambda _: None)
    assert said in str(caught.value)
    assert str(caught.value).isprintable()


async def test_it_ends_when_nobody_reads_any_more() -> None:
    def broken(_: str) -> None:
        raise BrokenPipeError

    async with asyncio.timeout(SECONDS):
        await serve(MockOptions(), broken)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_cleanly(number: signal.Signals) -> None:
    path = os.pathsep.join((str(ROOT), str(ROOT / "src"), os.environ.get("PYTHONPATH", "")))
    with subprocess.Popen(  # noqa: S603 - this Python, and a program written above
        [sys.executable, "-W", "error", "-c", PROGRAM],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": path},
    ) as process:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["ready"] is True
        process.send_signal(number)
        rest, complaints = process.communicate(timeout=SECONDS)
    assert (process.returncode, rest, complaints) == (0, "", "")
