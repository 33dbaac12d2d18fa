"""`--repeat`: the same cell several times, in fresh networks and from other ports."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.running import run
from tests.ruletest.playing import cell_of, play

_PLAN = """\
name = "several looks"
zones = [{ name = "lan", subnets = ["10.1.0.0/24"] }, { name = "dc", subnets = ["10.9.0.0/24"] }]
servers = [{ name = "licsrv", zone = "dc", addresses = ["10.9.0.5"], vendors = { ibmratl = 27001 } }]
[[routers]]
name = "fw"
nftables = "fw.nft"
interfaces = [
  { name = "lan", zone = "lan", addresses = ["10.1.0.1/24"] },
  { name = "dc", zone = "dc", addresses = ["10.9.0.1/24"] },
]
[expect]
lan = "serves"
"""


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    (tmp_path / "plan.toml").write_text(_PLAN, encoding="utf-8")
    return tmp_path / "plan.toml"


def _rule(plan: Path, rule: str) -> None:
    (plan.parent / "fw.nft").write_text(
        "table inet fw {\n  set seen { type ipv4_addr; flags dynamic; size 99; }\n"
        f"  chain forward {{\n    type filter hook forward priority 0; policy accept;\n    {rule}\n  }}\n}}\n",
        encoding="utf-8",
    )


@pytest.mark.network
async def test_a_cell_that_passes_sometimes_is_a_failure_with_its_count(plan: Path) -> None:
    _rule(plan, "tcp dport 27001 tcp sport 33207-34084 drop")  # the ports of the second and the third look
    ended = await run("firewall", "test", str(plan), "--repeat", "4")
    assert ended.status == 1
    assert "lan  ✖ vendor-filtered (2 of 4 passed)" in ended.out
    assert "  2 of 4 looks passed: healthy 2, vendor-filtered 2.\n" in ended.out
    assert "    in fw.nft:5 (inet fw, chain forward handle" in ended.out


@pytest.mark.network
async def test_rules_without_chance_pass_each_time(plan: Path) -> None:
    _rule(plan, "tcp dport { 27000, 27001 } accept")
    ended = await run("firewall", "test", str(plan), "--repeat", "3", "--format", "json")
    [cell] = json.loads(ended.out)["cells"]
    assert (ended.status, cell["looks"], cell["passed"], cell["verdicts"]) == (0, 3, 3, {"healthy": 3})


@pytest.mark.network
def test_no_look_inherits_what_an_earlier_one_left(plan: Path) -> None:
    _rule(plan, "tcp flags syn add @seen { ip saddr limit rate over 1/hour burst 4 packets } drop")
    cell = cell_of(play(plan, looks=3), "lan")
    assert (cell.agrees, cell.passed, cell.looks) == (True, 3, 3)


@pytest.mark.parametrize("others", [("--commands",), ("--results", ".")])
async def test_only_networks_that_lmwire_builds_are_looked_at_again(plan: Path, others: tuple[str, ...]) -> None:
    ended = await run("firewall", "test", str(plan), "--repeat", "2", *others)
    assert ended.status == 2
    assert "--repeat needs the network that lmwire builds" in ended.err


@pytest.mark.parametrize("number", ["0", "65", "many"])
async def test_the_number_of_looks_has_bounds(plan: Path, number: str) -> None:
    ended = await run("firewall", "test", str(plan), "--repeat", number)
    assert ended.status == 2
    assert "must be from 1 to 64" in ended.err
