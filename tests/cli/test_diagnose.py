"""`lmwire diagnose` against the mock, as a child process."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import xml.etree.ElementTree as ET
from pathlib import Path

import click
import pytest

from lmwire.cli.diagnose import diagnose
from lmwire.defaults import SHORT_CONNECT_WAIT
from lmwire.probe import Settings
from lmwire_mockserver.scenario import scenario
from lmwire_mockserver.server import AsyncMockServer
from tests.cli.running import COMMAND, clean, invoke, run

_QUICK = ("--timeout", "0.4")


async def test_healthy_is_status_0_with_data_on_stdout_only() -> None:
    async with AsyncMockServer(scenario("healthy")) as mock:
        ended = await run("diagnose", mock.target, "--vendor", "ibmratl", "--format", "json")
    assert (ended.status, ended.err) == (0, "")
    document = json.loads(ended.out)
    assert document["overall"] == "ok"
    assert document["path_from"] == "command line"
    assert [each["verdict"]["id"] for each in document["diagnoses"]] == ["healthy"]


async def test_filtered_is_status_1_and_the_text_says_which_port() -> None:
    async with AsyncMockServer(scenario("vendor-filtered")) as mock:
        ended = await run("diagnose", mock.target, *_QUICK)
        port = mock.vendors["ibmratl"]
    assert (ended.status, ended.err) == (1, "")
    assert f"✖ vendor daemon  127.0.0.1:{port}" in ended.out
    assert f"Open TCP {port}" in ended.out
    assert "\x1b" not in ended.out


async def test_several_targets_are_alternatives() -> None:
    async with AsyncMockServer(scenario("healthy")) as mock:
        both = ("1@127.0.0.1", mock.target)
        apart = await run("diagnose", *both, "--vendor", "ibmratl", "--format", "json")
        joined = await run("diagnose", ":".join(both), "--vendor", "ibmratl", "--format", "json")
    assert apart.status == joined.status == 0
    for ended in (apart, joined):
        document = json.loads(ended.out)
        assert document["overall"] == "warning"
        assert [each["target"] for each in document["diagnoses"]] == list(both)


async def test_every_vendor_daemon_asked_for_has_its_diagnosis() -> None:
    async with AsyncMockServer(scenario("healthy"), vendors=("ibmratl", "telelogic")) as mock:
        asked = ("--vendor", "telelogic", "--vendor", "nobody", "--vendor", "telelogic")
        ended = await run("diagnose", mock.target, *asked, "--format", "json")
    found = {each["vendor"]: each["verdict"]["id"] for each in json.loads(ended.out)["diagnoses"]}
    assert found == {"telelogic": "healthy", "nobody": "vendor-daemon-down"}
    assert ended.status == 1


@pytest.mark.parametrize("variable", ["LM_LICENSE_FILE", "IBMRATL_LICENSE_FILE"])
async def test_without_a_target_the_environment_is_asked(variable: str) -> None:
    async with AsyncMockServer(scenario("healthy")) as mock:
        env = clean(**{"LM_LICENSE_FILE": "1@127.0.0.1", variable: mock.target})
        ended = await run("diagnose", "--format", "json", env=env)
        shown = await run("diagnose", env=env)
    document = json.loads(ended.out)
    assert document["path_from"] == variable
    assert document["diagnoses"][0]["vendor"] == "ibmratl"
    assert f"License path from {variable}." in shown.out
    passed_over = ["Also set, but not used: LM_LICENSE_FILE."] if variable != "LM_LICENSE_FILE" else []
    assert document["notes"] == passed_over
    assert all(f"  · {line}\n" in shown.out for line in passed_over)
    assert (ended.status, ended.err, shown.err) == (0, "", "")


async def test_an_entry_that_names_no_server_is_a_note() -> None:
    async with AsyncMockServer(scenario("healthy")) as mock:
        ended = await run("diagnose", f"{mock.target};no\x1bserver", "--vendor", "ibmratl", "--format", "json")
    [line] = json.loads(ended.out)["notes"]
    assert line.startswith(r"Ignored no\x1bserver: ")
    assert (ended.status, ended.err) == (0, "")


async def test_the_options_reach_the_probe() -> None:
    async with AsyncMockServer(scenario("healthy")) as mock:
        source = await run("diagnose", mock.target, "--source", "127.0.0.9", "--format", "json")
        only_v4 = await run("diagnose", mock.target.replace("127.0.0.1", "localhost"), "-4", "--format", "json")
        stopped = await run("diagnose", mock.target, "--vendor", "ibmratl", "--no-follow", "--format", "markdown")
    assert {leg["local"] for leg in json.loads(source.out)["diagnoses"][0]["evidence"]["legs"]} == {"127.0.0.9"}
    assert json.loads(only_v4.out)["diagnoses"][0]["evidence"]["resolutions"][0]["addresses"] == ["127.0.0.1"]
    assert f"lmwire diagnose {mock.target} --vendor ibmratl --no-follow\n" in stopped.out
    assert (source.status, only_v4.status, stopped.status) == (0, 0, 1)


async def test_a_ticket_repeats_every_option_that_matters_and_is_not_as_usual() -> None:
    options = ("--timeout", "0.5", "--answer-timeout", "7", "--source", "127.0.0.1", "-4", "--no-follow", "--dns")
    ended = await run("diagnose", "1@127.0.0.1", "--format", "markdown", "--parallel", "7", *options)
    assert f"\nlmwire diagnose 1@127.0.0.1 {' '.join(options)}\n" in ended.out
    usual = await run("diagnose", "1@127.0.0.1", "--format", "markdown", "--answer-timeout", "10")
    assert "\nlmwire diagnose 1@127.0.0.1\n" in usual.out
    patient = await run("diagnose", "1@127.0.0.1", "--format", "markdown", "--timeout", "4.0")
    assert "\nlmwire diagnose 1@127.0.0.1 --timeout 4\n" in patient.out


def test_the_defaults_of_the_command_are_those_of_the_probe() -> None:
    with click.Context(diagnose) as context:
        found = {option.name: option.get_default(context) for option in diagnose.params}
    usual = Settings()
    waits = (float(str(found["answer_timeout"])), int(str(found["parallel"])))
    assert waits == (usual.answer_wait, usual.parallel)
    help_of = {option.name: getattr(option, "help", "") for option in diagnose.params}
    assert f"Without it: {usual.connect_wait:g}; {SHORT_CONNECT_WAIT:g} for" in help_of["timeout"]


async def test_the_result_goes_to_a_file(tmp_path: Path) -> None:
    file = tmp_path / "result.xml"
    async with AsyncMockServer(scenario("healthy")) as mock:
        ended = await run("diagnose", mock.target, "--format", "junit", "--output", str(file))
    assert (ended.status, ended.out, ended.err) == (0, "", "")
    assert ET.fromstring(file.read_text(encoding="utf-8")).tag == "testsuites"  # noqa: S314 # our own


async def test_an_output_that_knows_only_ascii_gets_ascii() -> None:
    env = clean(PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    ended = await run("diagnose", "1@127.0.0.1", env=env)
    assert ended.out.isascii()
    assert "x lmgrd" in ended.out
    assert ended.status == 1


async def test_the_width_is_the_terminals() -> None:
    ended = await run("diagnose", "1@127.0.0.1", env=clean(COLUMNS="44"))
    assert max(map(len, ended.out.splitlines())) <= 44


async def test_ctrl_c_ends_without_a_traceback() -> None:
    connected = asyncio.Event()
    stop = asyncio.Event()

    async def silent(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connected.set()
        await stop.wait()
        writer.close()

    async with await asyncio.start_server(silent, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        child = await asyncio.create_subprocess_exec(
            *(*COMMAND, "diagnose", f"{port}@127.0.0.1", "--answer-timeout", "60"),
            env=clean(),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        async with asyncio.timeout(30):
            await connected.wait()
        child.send_signal(signal.SIGINT)
        out, err = await child.communicate()
        stop.set()
    assert (child.returncode, out, err) == (130, b"", b"")


@pytest.mark.parametrize(
    "arguments", [("--help",), ("verdicts",), ("schema",), ("diagnose", "1@127.0.0.1"), ("explain", "-96")]
)
async def test_a_reader_that_went_away_is_no_news(arguments: tuple[str, ...]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        child = await asyncio.create_subprocess_exec(
            *(*COMMAND, *arguments), env=clean(), stdout=writing, stderr=asyncio.subprocess.PIPE
        )
    finally:
        os.close(writing)
    _, err = await child.communicate()
    assert (child.returncode, err) == (141, b"")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("27000@127.0.0.1", "-6"), "27000@127.0.0.1 is an IPv4 address, and only IPv6 is asked for"),
        (("@licsrv;27000@[::1]", "-4"), "27000@[::1] is an IPv6 address, and only IPv4 is asked for"),
        (("27000@::1", "--source", "127.0.0.1"), "27000@[::1] is an IPv6 address, and the source 127.0.0.1 is IPv4"),
    ],
)
def test_an_address_of_the_family_left_out_is_wrong_usage(arguments: tuple[str, ...], told: str) -> None:
    ended = invoke("diagnose", *arguments)
    assert ended.exit_code == 2
    assert told in ended.stderr


def test_a_source_address_that_this_machine_lacks_is_wrong_usage() -> None:
    ended = invoke("diagnose", "27000@127.0.0.1", "--source", "192.0.2.77")
    assert ended.exit_code == 2
    assert "this machine cannot connect from 192.0.2.77" in ended.stderr
