"""The two-sided mode: results of a real network against the plan, and the commands that make them."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import msgspec
import pytest

from lmwire.diagnosis import Report
from lmwire.probe import Settings
from lmwire.report import Format, Look, render
from lmwire.report.json import document
from lmwire.ruletest import PlanError, parse_plan
from lmwire.ruletest.results import judge_results
from lmwire.ruletest.two_sided_commands import commands
from lmwire.testing import LicenseServer, judge
from tests.cli.running import invoke
from tests.ruletest.playing import PLANS, cell_of

PLAN = """
name = "real"
zones = [{ name = "office" }, { name = "guests" }]
[[servers]]
name = "licsrv"
vendors = { ibmratl = 27001 }
target = "%s"
[expect]
office = "healthy"
guests = ["vendor-filtered", "failure"]
"""


def _report(played: str) -> tuple[str, str]:
    with LicenseServer(played) as server:
        found = judge(server.target, Settings(vendors=("ibmratl",)))
        return server.target, render(found, Format.JSON, Look())


@pytest.fixture
def results(tmp_path: Path) -> tuple[Path, str]:
    """A directory with the results of both zones, and the target."""
    target, healthy = _report("healthy")
    other, refused = _report("vendor-refused")
    # Each mock had a port of its own; the clients of a real network had the same server.
    for name, report in (
        ("office", healthy),
        ("guests", refused.replace(f'"target": "{other}"', f'"target": "{target}"')),
    ):
        (tmp_path / f"{name}.json").write_text(report, encoding="utf-8")
    return tmp_path, target


def test_a_directory_of_results_gives_the_matrix(results: tuple[Path, str]) -> None:
    folder, target = results
    (folder / "notes.json").write_text("not a zone's", encoding="utf-8")
    result = judge_results(parse_plan(PLAN % target), [str(folder)])
    assert result.agrees
    assert result.mode == "results"
    assert [(cell.zone, cell.found) for cell in result.cells] == [("office", "healthy"), ("guests", "vendor-refused")]


def test_a_zone_may_be_given_its_file_by_name(results: tuple[Path, str]) -> None:
    folder, target = results
    plan = parse_plan(PLAN % target)
    swapped = [f"office={folder / 'guests.json'}", f"guests={folder / 'office.json'}"]
    result = judge_results(plan, swapped)
    assert not result.agrees
    assert {cell.found for cell in result.cells} == {"healthy", "vendor-refused"}
    assert "refuses the connection" in cell_of(result, "office").headline
    assert "the plan expects that they do not" in cell_of(result, "guests").cause


def test_what_is_missing_is_a_difference_and_says_so(results: tuple[Path, str]) -> None:
    folder, target = results
    only = judge_results(parse_plan(PLAN % target), [str(folder / "office.json")])
    assert cell_of(only, "office").agrees
    assert cell_of(only, "guests").note == "the result of this zone is missing: add guests.json"
    other = judge_results(parse_plan(PLAN % "27000@elsewhere"), [str(folder)])
    assert "has no diagnosis of 27000@elsewhere; it has" in cell_of(other, "office").note
    two = judge_results(parse_plan(PLAN.replace("27001 }", "27001, cdslmd = 27002 }") % target), [str(folder)])
    assert "has no diagnosis of the vendor daemon cdslmd" in cell_of(two, "office").note
    assert not any(cell.agrees for cell in (*other.cells, *two.cells))


def test_files_that_are_no_results(results: tuple[Path, str], tmp_path: Path) -> None:
    folder, target = results
    plan = parse_plan(PLAN % target)
    bad = tmp_path / "bad"
    bad.mkdir()
    for text, said in (
        ("", "is not a result of `lmwire diagnose --format json`"),
        ("[]", "is not a result of `lmwire diagnose --format json`"),
        ('{"x":' + "[" * 100_000, "is not a result of `lmwire diagnose --format json`"),
        (
            (folder / "office.json").read_text().replace("diagnosis/1", "diagnosis/9"),
            "has the schema lmwire.diagnosis/9 instead of",
        ),
        (
            (folder / "office.json").read_text().replace('"healthy"', '"\\u001b[31m|<b>"'),
            r'has the verdict "\\x1b\[31m\|<b>", which this lmwire does not know',
        ),
    ):
        (bad / "office.json").write_text(text, encoding="utf-8")
        with pytest.raises(PlanError, match=said.replace("/", ".")):
            judge_results(plan, [str(bad)])
    with pytest.raises(PlanError, match="is not named after a zone"):
        judge_results(plan, [str(bad / "elsewhere.json")])
    with pytest.raises(PlanError, match=r"^the file none\.json does not exist$"):
        judge_results(plan, ["office=none.json"])


def test_a_file_of_a_result_is_read_as_it_was_written(results: tuple[Path, str]) -> None:
    data = (results[0] / "office.json").read_bytes()
    assert render(msgspec.json.decode(data, type=Report), Format.JSON, Look()) == document(json.loads(data))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_a_file_that_powershell_redirected_is_read(results: tuple[Path, str], encoding: str, tmp_path: Path) -> None:
    folder, target = results
    plan = parse_plan(PLAN % target)
    for file in folder.iterdir():
        (tmp_path / file.name).write_text(file.read_text(encoding="utf-8"), encoding=encoding)
    assert judge_results(plan, [str(tmp_path)]) == judge_results(plan, [str(folder)])


def test_half_a_character_is_no_result(results: tuple[Path, str], tmp_path: Path) -> None:
    (tmp_path / "office.json").write_bytes(b"\xff\xfe{")
    with pytest.raises(PlanError, match="is not a result"):
        judge_results(parse_plan(PLAN % results[1]), [str(tmp_path)])


def test_the_command_line(results: tuple[Path, str], tmp_path: Path) -> None:
    folder, target = results
    file = tmp_path / "real.toml"
    file.write_text(PLAN % target, encoding="utf-8")
    good = invoke("firewall", "test", str(file), "--results", str(folder))
    assert (good.exit_code, good.stderr) == (0, "")
    assert "Plan real: 2 of 2 as expected, according to the result files." in good.stdout
    missing = invoke("firewall", "test", str(file), "--results", f"office={folder / 'office.json'}")
    assert missing.exit_code == 1
    assert "the result of this zone is missing" in missing.stdout
    wrong = invoke("firewall", "test", str(file), "--results", "nothing.json")
    assert wrong.exit_code == 2
    assert wrong.stderr.startswith("lmwire: nothing.json: is not named after a zone")


def test_the_commands_are_those_of_this_program() -> None:
    file = PLANS / "dns-views" / "plan.toml"
    ended = invoke("firewall", "test", str(file), "--commands")
    assert (ended.exit_code, ended.stderr) == (0, "")
    lines = [line for line in ended.stdout.splitlines() if line and not line.startswith("#")]
    assert lines[0] == (
        "lmwire mock --bind 10.9.0.5 --lmgrd-port 27000 --vendor ibmratl=27001 --referral-host licsrv.corp.example"
    )
    assert lines[1] == "lmwire diagnose 27000@licsrv --vendor ibmratl --format json > office.json"
    assert shlex.split(lines[-1]) == ["lmwire", "firewall", "test", str(file), "--results", "."]
    assert len(lines) == 1 + 7 + 1


def test_servers_with_daemons_of_their_own_are_asked_for_them() -> None:
    text = PLAN % "27000@a" + '[[servers]]\nname = "b"\nvendors = { other = 27001 }\naddresses = ["::1", "127.0.0.1"]\n'
    said = commands(parse_plan(text), "my plan.toml")
    assert "lmwire diagnose 27000@a 27000@b --format json > office.json" in said
    assert "lmwire mock --bind :: --lmgrd-port 27000 --vendor other=27001 --referral-host b" in said
    assert "lmwire firewall test 'my plan.toml' --results ." in said
