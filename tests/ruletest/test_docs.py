"""What docs/firewall-test.md shows is what the program prints, and it leaves no key of a plan out."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from lmwire.ruletest.plan import Dnat, Interface, Plan, PlanServer, Route, Router, Zone
from tests.cli.running import run
from tests.ruletest.playing import PLANS

_TEXT = (Path(__file__).parents[2] / "docs" / "firewall-test.md").read_text(encoding="utf-8")


def _shown(command: str) -> str:
    """What the docs show after a command, up to the next one or the end of the block."""
    found = re.search(rf"^\$ {re.escape(command)}\n(?!\$)(.*?)^(?:```|\$ )", _TEXT, re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[1]


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    shutil.copytree(PLANS / "two-firewalls-in-a-row", tmp_path / "plan")
    file = tmp_path / "plan" / "plan.toml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace('office = "vendor-filtered"', 'office = "healthy"'), encoding="utf-8")
    return file


@pytest.mark.network
async def test_the_result_is_the_one_printed(plan: Path) -> None:
    ended = await run("firewall", "test", str(plan))
    assert _without_chance(ended.out) == _without_chance(_shown("lmwire firewall test plan.toml"))
    assert ended.status == 1


def _without_chance(text: str) -> str:
    """The text without line breaks, source ports, and the time that a busy machine adds."""
    text = re.sub(r"\b10\.1\.0\.254:\d{5}\b", "CLIENT", " ".join(text.split()))
    return re.sub(r"within [0-4](?:\.\d)? s\.", "within 0.8 s.", text)


async def test_the_commands_are_those_printed(plan: Path) -> None:
    ended = await run("firewall", "test", str(plan), "--commands")
    assert ended.out.replace(str(plan), "plan.toml") == _shown("lmwire firewall test plan.toml --commands")


@pytest.mark.parametrize("table", [Plan, Zone, Router, Interface, Route, Dnat, PlanServer])
def test_every_key_is_explained(table: type) -> None:
    explained = set(re.findall(r"[a-z0-9_]+", " ".join(re.findall(r"`([^`\n]+)`", _TEXT))))
    assert set(table.__struct_fields__) <= explained  # type: ignore[attr-defined] # a msgspec struct
