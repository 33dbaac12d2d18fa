"""Rules that may treat equal connections in two ways, as nft lists them, and plans in which more SYNs would mislead."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lmwire.netns import Network
from lmwire.ruletest.memory import has_memory
from tests.ruletest.playing import cell_of, play

_PORTS = frozenset({27000, 27001})

STEADY = """\
tcp dport 27000 accept
ct state established,related accept
ip saddr @fixed drop
tcp dport 22 limit rate 3/minute accept
tcp dport { 22, 80-90 } limit rate 3/minute accept
tcp dport 22 ct state new add @seen { ip saddr limit rate over 3/minute } drop
limit rate 3/second log prefix "x "
limit rate 3/second counter log
udp dport 53 quota over 3 mbytes drop
ip protocol icmp limit rate 5/second accept
meta l4proto { icmp, ipv6-icmp, udp } limit rate 5/second accept
icmpv6 type nd-neighbor-solicit limit rate 5/second accept
tcp dport 1024-65535 ct state established accept
tcp sport 27000 accept
tcp sport 1024-65535 tcp dport 27001 accept
meta mark set 0x1 accept
tcp flags syn tcp option maxseg size set 1400
tcp dport vmap { 22 : drop, 27001 : accept }
ip saddr 10.0.0.1 jump { tcp dport 27001 drop; }
tcp dport 27001 accept comment "limit rate { 3 }"
masquerade
"""

REMEMBERING = """\
limit rate 3/second accept
tcp dport 27000 limit rate over 3/minute drop
tcp dport { 22, 27000-27009 } limit rate 3/minute accept
limit rate 3/second tcp dport 27001 accept
tcp dport 27001 ct state new add @seen { ip saddr limit rate over 3/minute } drop
update @seen { ip saddr } counter
limit rate 3/second update @seen { ip saddr } log
ct count over 3 drop
quota over 3 mbytes drop
quota name "much"
numgen random mod 2 vmap { 0 : accept, 1 : drop }
jhash tcp sport mod 2 vmap { 0 : accept, 1 : drop }
meta hour "10:00"-"11:00" accept
tcp sport 40000-50000 drop
tcp dport 33000-34000 accept
ip saddr 10.0.0.1 jump { tcp dport 27001 limit rate 1/second drop; }
masquerade fully-random
"""

_SETS = """
set fixed { type ipv4_addr; elements = { 192.0.2.1 }; }
set seen { type ipv4_addr; flags dynamic,timeout; timeout 60s; size 100; }
quota much { over 5 mbytes }
"""


@pytest.fixture(scope="module")
def network() -> Network:
    with Network() as network:
        network.host("one")
        yield network


def _remembers(network: Network, rule: str) -> bool:
    kind = "nat" if "masquerade" in rule else "filter"
    network["one"].nft("flush ruleset")
    network["one"].nft(
        f"table inet t {{ {_SETS}\nchain c {{ type {kind} hook postrouting priority 0;\n{rule}\n}}\n}}\n"
    )
    return has_memory(network["one"].run(["nft", "-j", "list", "ruleset"]).stdout, _PORTS)


@pytest.mark.network
@pytest.mark.parametrize("rule", STEADY.splitlines())
def test_rules_that_treat_license_clients_alike(network: Network, rule: str) -> None:
    assert not _remembers(network, rule)


@pytest.mark.network
@pytest.mark.parametrize("rule", REMEMBERING.splitlines())
def test_rules_with_a_memory_a_clock_or_dice(network: Network, rule: str) -> None:
    assert _remembers(network, rule)


IPTABLES = {
    "-p tcp -m tcp --dport 27001 -j ACCEPT": False,
    "-p tcp -m multiport --dports 27000,27001 -m conntrack --ctstate NEW -j ACCEPT": False,
    "-p tcp -m tcp --dport 22 -m recent --update --seconds 60 --hitcount 4 --name ssh -j DROP": False,
    "-m limit --limit 3/min -j LOG --log-prefix x": False,
    "-m addrtype --dst-type LOCAL -m comment --comment limit -j REJECT": False,
    "-p icmp -m limit --limit 1/sec -j ACCEPT": False,
    "-p tcp -m limit --limit 1/sec -j ACCEPT": True,
    "-p tcp -m tcp --dport 27000 -m recent --update --seconds 60 --hitcount 4 --name lic -j DROP": True,
    "-p tcp -m recent --set --name lic -j LOG": True,
    "-p tcp -m multiport --dports 80,443 -m hashlimit --hashlimit-upto 3/min --hashlimit-name h -j ACCEPT": True,
    "-p tcp -m statistic --mode random --probability 0.5 -j DROP": True,
    "-p tcp -m connlimit --connlimit-above 3 -j REJECT": True,
    "-m time --timestart 10:00 -j ACCEPT": True,
}  # fmt: skip


@pytest.mark.network
@pytest.mark.parametrize("rule", IPTABLES)
def test_rules_of_iptables(network: Network, rule: str) -> None:
    node = network["one"]
    node.nft("flush ruleset")
    done = node.run(["iptables-nft-restore"], input=f"*filter\n-A FORWARD {rule}\nCOMMIT\n")
    assert done.returncode == 0, done.stderr
    assert has_memory(node.run(["nft", "-j", "list", "ruleset"]).stdout, _PORTS) is IPTABLES[rule]


@pytest.mark.parametrize(
    "listed", ["", "[]", "{}", '{"nftables": 3}', '{"nftables": [{"rule": {"expr": [{"xt": null}]}}]}']
)
def test_what_cannot_be_read_may_remember_everything(listed: str) -> None:
    assert has_memory(listed, _PORTS)


def test_an_empty_rule_set_remembers_nothing() -> None:
    assert not has_memory(json.dumps({"nftables": [{"metainfo": {}}]}), _PORTS)


_PLAN = """\
name = "patience"
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
lan = "healthy"
"""


def _result(folder: Path, rules: str) -> tuple[str, str, float]:
    (folder / "plan.toml").write_text(_PLAN, encoding="utf-8")
    (folder / "fw.nft").write_text(
        f"table inet fw {{\n set seen {{ type ipv4_addr; flags dynamic; size 99; }}\n chain forward {{\n"
        f"  type filter hook forward priority 0; policy accept;\n{rules}\n }}\n}}\n",
        encoding="utf-8",
    )
    cell = cell_of(play(folder / "plan.toml"), "lan")
    return cell.found, cell.decisions[0].rule if cell.decisions else "", cell.seconds


@pytest.mark.network
@pytest.mark.parametrize(
    "rule",
    [
        # The kernel repeats a SYN after a second; then the limit lets it through.
        "tcp dport 27001 tcp flags syn limit rate over 1/second burst 1 packets drop",
        # Four SYNs of one client within a minute: a connect to each port, and a spare one.
        "tcp flags syn add @seen { ip saddr limit rate over 1/minute burst 4 packets } drop",
        # The client asks lmgrd twice at most.
        "tcp dport 27000 tcp flags syn add @seen { ip saddr limit rate over 1/minute burst 2 packets } drop",
    ],
)
def test_a_rule_that_counts_syns_does_not_count_too_many(tmp_path: Path, rule: str) -> None:
    assert _result(tmp_path, rule)[:2] == ("healthy", "")


@pytest.mark.network
def test_a_port_that_half_of_the_source_ports_reach_is_not_tried_from_several(tmp_path: Path) -> None:
    found, rule, _ = _result(tmp_path, "tcp dport 27001 tcp flags syn numgen inc mod 6 != 5 drop")
    assert (found, rule) == ("vendor-filtered", "tcp dport 27001 tcp flags syn numgen inc mod 6 != 5 drop")


@pytest.mark.network
def test_rules_without_a_memory_are_known_soon(tmp_path: Path) -> None:
    found, rule, seconds = _result(tmp_path, "limit rate 9/second log\ntcp dport 27000 drop")
    assert (found, rule) == ("lmgrd-filtered", "tcp dport 27000 drop")
    assert seconds < 3


@pytest.mark.network
def test_an_address_that_no_machine_has_is_known_soon(tmp_path: Path) -> None:
    (tmp_path / "plan.toml").write_text(
        _PLAN.replace("nftables", "#").replace(
            "interfaces = [", 'dnat = [{ outside = "10.9.0.5:27001", inside = "10.9.0.77:27001" }]\ninterfaces = ['
        ),
        encoding="utf-8",
    )
    cell = cell_of(play(tmp_path / "plan.toml"), "lan")
    assert cell.found == "vendor-rejected"
    assert cell.seconds < 3
