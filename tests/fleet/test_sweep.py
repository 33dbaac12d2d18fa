"""`lmwire sweep` against servers that are well and servers that are not."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest

from lmwire.fleet.commands import watch_servers
from lmwire.fleet.documents import Change, SweepReport
from lmwire.probe import Settings
from lmwire_mockserver.scenario import scenario
from lmwire_mockserver.server import AsyncMockServer
from lmwire_mockserver.threaded import ThreadedMock

SECONDS = 30.0
LMWIRE = (sys.executable, "-m", "lmwire")


@pytest.fixture(name="mocks")
def _mocks() -> Iterator[tuple[AsyncMockServer, AsyncMockServer]]:
    healthy, refused = AsyncMockServer(scenario("healthy")), AsyncMockServer(scenario("vendor-refused"))
    with ThreadedMock(healthy), ThreadedMock(refused):
        yield healthy, refused


@pytest.fixture(name="inventory")
def _inventory(mocks: tuple[AsyncMockServer, AsyncMockServer], tmp_path: Path) -> Path:
    file = tmp_path / "servers.toml"
    file.write_text(
        f"[[servers]]\nname = 'well'\npath = '{mocks[0].target}'\ntags = ['a']\n"
        f"[[servers]]\nname = 'ill'\npath = '{mocks[1].target}'\nvendors = ['ibmratl']\n",
        encoding="utf-8",
    )
    return file


def lmwire(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own program
        [*LMWIRE, *arguments], capture_output=True, text=True, timeout=SECONDS, check=False
    )


def test_each_server_is_diagnosed_for_itself(inventory: Path) -> None:
    result = lmwire("sweep", str(inventory))
    assert result.returncode == 1
    rows = [line.split() for line in result.stdout.splitlines() if "ibmratl" in line]
    assert [(row[1], row[3]) for row in rows] == [("ill", "vendor-refused"), ("well", "healthy")]
    assert "2 servers in" in result.stdout
    assert "1 critical, 1 ok" in result.stdout


def test_a_line_of_json_for_each_server_fits_the_schema(inventory: Path) -> None:
    schema = json.loads(lmwire("schema", "sweep").stdout)
    lines = [json.loads(line) for line in lmwire("sweep", str(inventory), "--format", "json").stdout.splitlines()]
    for line in lines:
        jsonschema.validate(line, schema)
    by_name = {line["name"]: line for line in lines}
    assert by_name["well"]["tags"] == ["a"]
    assert by_name["ill"]["state"]["vendors"][0]["verdict"] == "vendor-refused"
    assert by_name["ill"]["diagnoses"][0]["verdict"]["remedies"]


def test_junit_has_a_case_for_each(inventory: Path, tmp_path: Path) -> None:
    file = tmp_path / "sweep.xml"
    lmwire("sweep", str(inventory), "--format", "junit", "--output", str(file))
    suite = ET.parse(file).getroot().find("testsuite")  # noqa: S314 - our own
    assert suite is not None
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    assert [case.get("name") for case in suite.iter("testcase")] == ["well ibmratl", "ill ibmratl"]


def test_entries_that_name_one_server_are_asked_one_after_the_other(
    mocks: tuple[AsyncMockServer, AsyncMockServer], tmp_path: Path
) -> None:
    file = tmp_path / "same.txt"
    file.write_text(f"{mocks[0].target}\n" * 3, encoding="utf-8")
    assert lmwire("sweep", str(file), "--vendor", "ibmratl").returncode == 0
    talks = sorted(
        (one.time.timestamp(), one.time.timestamp() + one.seconds)
        for one in mocks[0].conversations
        if one.port == mocks[0].lmgrd_port and one.asked == ("hello",) and one.client.vendor
    )
    assert len(talks) == 3
    assert all(end <= begin + 0.01 for (_, end), (begin, _) in itertools.pairwise(talks))


def test_only_changes_are_told_after_the_first_look(inventory: Path) -> None:
    looks: list[tuple[SweepReport, tuple[Change, ...]]] = []

    def told(report: SweepReport, changed: tuple[Change, ...]) -> bool:
        looks.append((report, changed))
        return len(looks) < 3

    watch_servers(inventory, Settings(), 0.05, told)
    assert [len(report.results) for report, _ in looks] == [2, 2, 2]
    assert [changed for _, changed in looks] == [(), (), ()]


def test_a_server_that_falls_ill_is_a_change(tmp_path: Path) -> None:
    file = tmp_path / "one.txt"
    mock = AsyncMockServer(scenario("healthy"))
    told: list[Change] = []
    with ThreadedMock(mock) as running:
        file.write_text(mock.target, encoding="utf-8")

        def look(_report: SweepReport, changed: tuple[Change, ...]) -> bool:
            told.extend(changed)
            if not told:
                running.__exit__(None, None, None)
            return not told

        watch_servers(file, Settings(vendors=("ibmratl",)), 0.05, look)
    assert [(one.what, one.before, one.now) for one in told] == [("verdict", "healthy", "lmgrd-refused")]


def test_the_watch_goes_on_until_it_is_interrupted(inventory: Path) -> None:
    with subprocess.Popen(  # noqa: S603 - our own program
        [*LMWIRE, "sweep", str(inventory), "--every", "30"], stdout=subprocess.PIPE, text=True, env=dict(os.environ)
    ) as process:
        assert process.stdout is not None
        lines = iter(process.stdout.readline, "")
        assert any("2 servers in" in line for line in lines)
        process.send_signal(signal.SIGINT)
        assert process.wait(SECONDS) == 130


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "Missing argument '[FILE]'"),
        (("missing.txt",), "the file missing.txt does not exist"),
        (("x.txt", "--every", "5"), "must be from 30 to 86400 seconds"),
    ],
)
def test_wrong_usage_is_told(arguments: tuple[str, ...], words: str) -> None:
    result = lmwire("sweep", *arguments)
    assert (result.returncode, result.stdout) == (2, "")
    assert words in " ".join(result.stderr.split())
