"""`lmwire firewall test` as a person and a pipeline use it."""

from __future__ import annotations

import json
import shutil
import xml.etree.ElementTree as ET
from pathlib import Path

import jsonschema
import pytest

from tests.cli.running import invoke, run
from tests.ruletest.playing import PLANS

pytestmark = pytest.mark.network

MIXED = """
[expect]
office = "healthy"
guests = "healthy"
"""


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    """A plan of which one of two zones is not as expected."""
    shutil.copytree(PLANS / "iptables-user-chains", tmp_path / "mixed")
    file = tmp_path / "mixed" / "plan.toml"
    before, _, _ = file.read_text(encoding="utf-8").partition("[expect]")
    file.write_text(before + MIXED, encoding="utf-8")
    return file


async def test_the_example_works_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "plan.toml"
    printed = await run("firewall", "test", "--example")
    assert printed.status == 0
    file.write_text(printed.out, encoding="utf-8")
    ended = await run("firewall", "test", str(file))
    assert (ended.status, ended.err) == (0, "")
    assert ended.out.splitlines() == [
        "          licsrv",
        "  office  ✔ healthy",
        "  guests  ✔ lmgrd-filtered",
        "  branch  ✔ vendor-filtered",
        "",
        "Plan example: 3 of 3 as expected.",
    ]


def test_a_difference_in_every_form(mixed: Path, tmp_path: Path) -> None:
    saved = tmp_path / "result.xml"
    text = invoke("firewall", "test", str(mixed))
    as_json = invoke("firewall", "test", str(mixed), "--format", "json")
    markdown = invoke("firewall", "test", str(mixed), "--format", "markdown")
    junit = invoke("firewall", "test", str(mixed), "--format", "junit", "--output", str(saved))
    assert [(ended.exit_code, ended.stderr) for ended in (text, as_json, markdown, junit)] == [(1, "")] * 4
    rule = "-A from-guests -p tcp -j REJECT --reject-with tcp-reset"

    assert text.stdout.startswith("          licsrv\n  office  ✔ healthy\n  guests  ✖ vendor-refused\n")
    assert "Expected healthy, found vendor-refused with 27000@licsrv." in text.stdout
    assert "· fw rejected 1 packet (60 bytes): 10.2.0.254:" in text.stdout
    assert f"    `{rule}`\n    in rules.v4:15 (ip filter, chain from-guests handle" in text.stdout
    assert text.stdout.endswith("\nPlan firewall: 1 of 2 as expected.\n")

    document = json.loads(as_json.stdout)
    assert (document["schema"], document["mode"], document["agrees"]) == ("lmwire.firewall-test/1", "network", False)
    published = invoke("schema", "firewall-test")
    jsonschema.Draft202012Validator(json.loads(published.stdout)).validate(document)
    office, guests = document["cells"]
    assert (office["agrees"], office["decisions"]) == (True, [])
    assert office["diagnoses"][0]["verdict"]["id"] == "healthy"
    [decision] = guests["decisions"]
    assert (decision["rule"], decision["packets"], decision["source"]) == (rule, 1, "rules.v4:15")

    assert "| guests | ✖ **vendor-refused**, expected healthy |" in markdown.stdout
    assert f"`{rule}` in rules.v4:15" in markdown.stdout

    assert junit.stdout == ""
    suite = ET.fromstring(saved.read_text(encoding="utf-8"))[0]  # noqa: S314 # our own
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    [failure] = suite.iter("failure")
    assert failure.get("message") == "expected healthy, found vendor-refused"
    assert rule in (failure.text or "")


def test_a_rule_file_that_is_refused_is_told_with_its_line(tmp_path: Path) -> None:
    for plan, file, mark in (
        ("nft-both-ports", "fw.nft", "fw.nft:7:"),
        ("iptables-both-ports", "rules.v4", "line: 7"),
        ("iptables-server-input", "licsrv.v4", "line: 7"),
    ):
        folder = tmp_path / plan
        shutil.copytree(PLANS / plan, folder)
        lines = (folder / file).read_text(encoding="utf-8").splitlines()
        lines[6] = "-A INPUT --nonsense" if file.endswith("v4") else "this is no rule"
        (folder / file).write_text("\n".join(lines) + "\n", encoding="utf-8")
        ended = invoke("firewall", "test", str(folder / "plan.toml"))
        assert (ended.exit_code, ended.stdout) == (2, "")
        assert "refuses these rules" in ended.stderr
        assert mark in ended.stderr


@pytest.mark.parametrize(("plan", "file"), [("nft-both-ports", "fw.nft"), ("iptables-both-ports", "rules.v4")])
def test_a_rule_file_of_bytes_that_are_no_text_is_refused_in_words(plan: str, file: str, tmp_path: Path) -> None:
    shutil.copytree(PLANS / plan, tmp_path / "plan")
    (tmp_path / "plan" / file).write_bytes(b"\xff\x83 nonsense \xfc\n")
    ended = invoke("firewall", "test", str(tmp_path / "plan" / "plan.toml"))
    assert (ended.exit_code, ended.stdout) == (2, "")
    assert "refuses these rules" in ended.stderr


def test_a_comment_in_another_encoding_is_no_obstacle(mixed: Path) -> None:
    rules = mixed.with_name("rules.v4")
    rules.write_bytes(rules.read_bytes().replace(b"*filter", "# für das Büro\n*filter".encode("latin-1")))
    ended = invoke("firewall", "test", str(mixed))
    assert (ended.exit_code, ended.stderr) == (1, "")
    assert "in rules.v4:16 (ip filter, chain from-guests handle" in ended.stdout


async def test_a_plan_that_can_not_be_built_is_told() -> None:
    ended = await run("firewall", "test", "/dev/null")
    assert (ended.status, ended.out) == (2, "")
    assert ended.err == "lmwire: /dev/null: zones: is missing\n"


def test_elsewhere_than_on_linux_the_real_network_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lmwire.ruletest.commands._is_linux", lambda: False)
    ended = invoke("firewall", "test", str(PLANS / "ipv6-only" / "plan.toml"))
    assert (ended.exit_code, ended.stdout) == (2, "")
    assert "networks are played on Linux only; --commands and --results" in ended.stderr


def test_wrong_usage() -> None:
    assert "--example` prints one to begin with" in invoke("firewall", "test").stderr
    both = invoke("firewall", "test", "plan.toml", "--commands", "--keep")
    assert both.exit_code == 2
    assert "exclude each other" in both.stderr
