"""Many differences in one network: each has the rule of its own packets, behind NAT too."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ruletest.playing import cell_of, play

pytestmark = pytest.mark.network

_ZONES = 3

_FIRST = """\
table ip edge {
  chain forward {
    type filter hook forward priority filter; policy accept;
    iifname "z0" ip daddr 10.9.0.11 tcp dport 27000 drop
    iifname "z2" ip daddr 10.9.0.10 tcp dport 27000 reject
  }
  chain post {
    type nat hook postrouting priority srcnat;
    oifname "core" masquerade
  }
}
"""

_SECOND = """\
table inet core {
  chain own {
    tcp dport 27000 accept
    ip daddr 10.9.0.10 drop
  }
  chain forward {
    type filter hook forward priority filter; policy drop;
    ct state established,related accept
    goto own
  }
}
"""


def _plan() -> str:
    zones = [f'{{ name = "zone{n}", subnets = ["10.1.{n}.0/24"] }}' for n in range(_ZONES)]
    legs = [f'{{ name = "z{n}", zone = "zone{n}", addresses = ["10.1.{n}.1/24"] }}' for n in range(_ZONES)]
    servers = [
        f'{{ name = "lic{n}", zone = "dc", addresses = ["10.9.0.{10 + n}"], vendors = {{ ibmratl = 27001 }} }}'
        for n in range(2)
    ]
    return f"""\
name = "together"
zones = [{", ".join(zones)}, {{ name = "dc", subnets = ["10.9.0.0/24"] }}]
servers = [{", ".join(servers)}]
[[routers]]
name = "edge"
nftables = "edge.nft"
interfaces = [{", ".join(legs)}, {{ name = "core", link = "l", addresses = ["192.0.2.1/30"] }}]
[[routers]]
name = "core"
nftables = "core.nft"
interfaces = [
  {{ name = "edge", link = "l", addresses = ["192.0.2.2/30"] }},
  {{ name = "dc", zone = "dc", addresses = ["10.9.0.1/24"] }},
]
[expect]
zone0 = "healthy"
zone1 = {{ lic0 = "healthy", lic1 = "lmgrd-filtered" }}
zone2 = "healthy"
"""


def test_each_difference_has_the_rule_of_its_own_packets(tmp_path: Path) -> None:
    (tmp_path / "plan.toml").write_text(_plan(), encoding="utf-8")
    (tmp_path / "edge.nft").write_text(_FIRST, encoding="utf-8")
    (tmp_path / "core.nft").write_text(_SECOND, encoding="utf-8")
    result = play(tmp_path / "plan.toml")
    told = {
        (cell.zone, cell.server): (cell.found, [(one.source, one.action) for one in cell.decisions])
        for cell in result.cells
    }
    assert told == {
        ("zone0", "lic0"): ("vendor-filtered", [("core.nft:4", "dropped")]),
        ("zone0", "lic1"): ("lmgrd-filtered", [("edge.nft:4", "dropped")]),
        ("zone1", "lic0"): ("vendor-filtered", [("core.nft:4", "dropped")]),
        ("zone1", "lic1"): ("vendor-filtered", [("core.nft:7", "dropped")]),
        ("zone2", "lic0"): ("lmgrd-rejected", [("edge.nft:5", "rejected")]),
        ("zone2", "lic1"): ("vendor-filtered", [("core.nft:7", "dropped")]),
    }
    [decision] = cell_of(result, "zone1", "lic0").decisions
    assert decision.packet.startswith("192.0.2.1:")
    assert [(jump.chain, jump.rule, jump.source) for jump in decision.path] == [("forward", "goto own", "core.nft:9")]
