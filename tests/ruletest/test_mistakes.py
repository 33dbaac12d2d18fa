"""Mistakes planted into plans and rule files: each is found, and the rule that decided is named with its counts."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from lmwire.ruletest import Cell
from tests.ruletest.playing import PLANS, all_at_once, cell_of, play

pytestmark = pytest.mark.network


@dataclass(frozen=True)
class Mistake:
    """An edit of a plan's file, and what must be told of it. `action` is empty where no rule decides."""

    plan: str
    file: str
    old: str
    new: str
    zone: str
    found: str
    machine: str = ""
    action: str = ""
    rule: str = ""
    source: str = ""
    note: str = ""
    server: str = "licsrv"

    def __str__(self) -> str:
        return f"{self.plan}: {self.old} -> {self.new}"


MISTAKES = (
    # Wrong rules.
    Mistake(
        "nft-both-ports", "fw.nft", "{ 27000, 27001 }", "27000", "office", "vendor-filtered",
        "fw", "dropped", "policy drop", "fw.nft:6",
    ),
    Mistake(
        "nft-both-ports", "fw.nft", "ct state", "tcp dport 27001 reject with tcp reset\nct state", "office",
        "vendor-refused", "fw", "rejected", "tcp dport 27001 reject with tcp reset", "fw.nft:7",
    ),
    Mistake(
        "nft-both-ports", "fw.nft", "policy drop", "policy accept", "guests", "healthy",
        "fw", "accepted", "policy accept", "fw.nft:6",
    ),
    Mistake(
        "iptables-both-ports", "rules.v4", "27000,27001", "27000,27002", "office", "vendor-filtered",
        "fw", "dropped", "policy drop", "rules.v4:4",
    ),
    Mistake(
        "iptables-user-chains", "rules.v4", "-A to-l", "-A to-licenses -p tcp -m tcp --dport 27001 -j DROP\n-A to-l",
        "office", "vendor-filtered", "fw", "dropped", "-A to-licenses -p tcp -m tcp --dport 27001 -j DROP",
        "rules.v4:16",
    ),
    Mistake(
        "iptables-user-chains", "rules.v4", "-A from-guests -p tcp -j REJECT",
        "-A from-guests -p tcp -j ACCEPT\n-A from-guests -p tcp -j REJECT", "guests", "healthy",
        "fw", "accepted", "-A from-guests -p tcp -j ACCEPT", "rules.v4:15",
    ),
    Mistake(
        "two-firewalls-in-a-row", "campus.nft", "{ 27000, 27001 }", "27001", "office", "lmgrd-filtered",
        "campus", "dropped", "policy drop", "campus.nft:3",
    ),
    Mistake(
        "ipv6-only", "rules.v6", "--dports 27000,27001", "--dports 27001,27002", "office", "lmgrd-filtered",
        "fw", "dropped", "policy drop", "rules.v6:2",
    ),
    Mistake(
        "iptables-masquerade", "rules.v4", "-j MASQUERADE", "-j ACCEPT", "office", "lmgrd-filtered",
        "licsrv", "dropped", "policy drop", "licsrv.v4:2",
    ),
    # Wrong expectations.
    Mistake(
        "asymmetric-stateful", "plan.toml", '"lmgrd-filtered"', '"healthy"', "office", "lmgrd-filtered",
        "fw-b", "dropped", "ct state invalid drop", "b.nft:4", server="crossed",
    ),
    Mistake(
        "nft-without-established", "plan.toml", 'office = "lmgrd-filtered"', 'office = "healthy"', "office",
        "lmgrd-filtered", "fw", "dropped", "policy drop", "fw.nft:6",
    ),
    Mistake(
        "mtu-black-hole", "plan.toml", '"lmgrd-payload-lost"', '"serves"', "office", "lmgrd-payload-lost",
        "near", "dropped", 'meta l4proto icmp drop comment "no ICMP"', "near.nft:4",
    ),
    Mistake(
        "nft-eats-payload", "plan.toml", '"vendor-payload-lost"', '"healthy"', "office", "vendor-payload-lost",
        "fw", "dropped", 'iifname "eth0" tcp dport 27001 meta length > 100 drop', "fw.nft:7",
    ),
    Mistake(
        "dnat-vendor-port-changed", "plan.toml", '["vendor-refused", "vendor-filtered"]', '"healthy"', "internet",
        "vendor-refused", "fw", "translated", "dnat to 10.9.0.5", "fw.nft:4", note="no rule dropped or rejected",
    ),
    Mistake(
        "reverse-path-strict", "plan.toml", '"lmgrd-filtered"', '"healthy"', "office", "lmgrd-filtered",
        note="its kernel dropped them, because rp_filter is strict",
    ),
    Mistake(
        "dns-views", "plan.toml", 'nothing = "name-unresolvable"', 'nothing = "healthy"', "nothing",
        "name-unresolvable", note="none of its packets reached a router or the rules of a server",
    ),
    Mistake(
        "nft-rate-limit", "plan.toml", '"vendor-filtered"', '"healthy"', "office", "vendor-filtered",
        "fw", "dropped", "policy drop", "fw.nft:6",
    ),
    Mistake(
        "two-firewalls-in-a-row", "plan.toml", 'office = "vendor-filtered"', 'office = "vendor-refused"', "office",
        "vendor-filtered", "datacentre", "dropped", "policy drop", "datacentre.v4:2",
    ),
)  # fmt: skip


def test_what_legacy_iptables_decided_is_never_guessed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("rules", "steady"):
        monkeypatch.setattr(f"lmwire.ruletest.{module}.restorer", lambda field: f"{field}-legacy-restore")
    shutil.copytree(PLANS / "iptables-both-ports", tmp_path / "plan")
    file = tmp_path / "plan" / "plan.toml"
    file.write_text(file.read_text(encoding="utf-8").replace("lmgrd-rejected", "healthy"), encoding="utf-8")
    cell = cell_of(play(file), "guests")
    assert (cell.found, cell.agrees, cell.decisions) == ("lmgrd-rejected", False, ())
    assert cell.note.endswith(
        "the cause may be rules that lmwire cannot trace: the legacy iptables of fw (install iptables-nft)"
    )


def test_what_is_decided_before_the_trace_is_never_guessed(tmp_path: Path) -> None:
    shutil.copytree(PLANS / "nft-both-ports", tmp_path / "plan")
    with (tmp_path / "plan" / "fw.nft").open("a", encoding="utf-8") as rules:
        rules.write(
            "table netdev early {\n  chain in {\n    type filter hook ingress device eth0 priority 0\n"
            "    tcp dport 27001 drop\n  }\n}\n"
        )
    cell = cell_of(play(tmp_path / "plan" / "plan.toml"), "office")
    assert (cell.found, cell.agrees, cell.decisions) == ("vendor-filtered", False, ())
    assert cell.note.endswith("the table netdev early of fw, which runs before the trace starts")


@pytest.mark.parametrize("half", [0, 1, 2])
def test_planted_mistakes_are_found(half: int, tmp_path: Path) -> None:
    mistakes = MISTAKES[half::3]

    def one(numbered: tuple[int, Mistake]) -> list[str]:
        number, mistake = numbered
        folder = tmp_path / str(number)
        shutil.copytree(PLANS / mistake.plan, folder)
        file = folder / mistake.file
        text = file.read_text(encoding="utf-8")
        assert mistake.old in text
        file.write_text(text.replace(mistake.old, mistake.new, 1), encoding="utf-8")
        return _faults(mistake, cell_of(play(folder / "plan.toml"), mistake.zone, mistake.server))

    found = all_at_once(one, list(enumerate(mistakes)))
    assert {str(mistake): faults for mistake, faults in zip(mistakes, found, strict=True) if faults} == {}


def _faults(mistake: Mistake, cell: Cell) -> list[str]:
    """What is not told as it should be."""
    faults = []
    if cell.agrees or cell.found != mistake.found:
        faults.append(f"found {cell.found}")
    if mistake.note not in cell.note:
        faults.append(f"note {cell.note!r}")
    if not mistake.action:
        return faults if not cell.decisions else [*faults, str(cell.decisions)]
    first = cell.decisions[0] if cell.decisions else None
    if first is None or (first.machine, first.action, first.source) != (
        mistake.machine,
        mistake.action,
        mistake.source,
    ):
        return [*faults, str(cell.decisions)]
    if mistake.rule not in first.rule or first.packets < 1 or first.bytes < 40 * first.packets:
        faults.append(str(first))
    return faults
