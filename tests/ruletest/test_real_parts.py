"""What real networks have: routes back, subnets, includes, sets, several files, interfaces, kernels, policy routing."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from lmwire.ruletest import Cell, PlanError, Result
from tests.ruletest.playing import cell_of, play

pytestmark = pytest.mark.network

_PLAN = """\
name = "real parts"
zones = [
  {{ name = "office", subnets = ["172.20.4.0/24"] }},
  {{ name = "hall", subnets = ["172.20.8.0/24"] }},
]
[[servers]]
name = "licsrv"
zone = "hall"
addresses = ["172.20.8.20"]
vendors = {{ ibmratl = 27001 }}
{server}
[[routers]]
name = "gate"
interfaces = [
  {{ name = "ge0", zone = "office", addresses = ["172.20.4.1/24"] }},
  {{ name = "ge1", zone = "hall", addresses = ["172.20.8.1/24"] }},
]
{router}
[expect]
office = "{expect}"
"""


def _write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(dedent(text), encoding="utf-8")


def _result(folder: Path, *, router: str = "", server: str = "", expect: str = "healthy", **files: str) -> Result:
    """The result of the plan above with these lines in its router and its server, beside these files."""
    named = {name.replace("_", "."): text for name, text in files.items()}
    _write(folder, {**named, "plan.toml": _PLAN.format(router=router, server=server, expect=expect)})
    return play(folder / "plan.toml")


def _decided(cell: Cell) -> list[tuple[str, str, str, str]]:
    return [(one.machine, one.action, one.rule, one.source) for one in cell.decisions]


# -- the way back -------------------------------------------------------------------------------------------------

_TWO_WAYS = """\
name = "the answers take another router"
zones = [
  { name = "branch", subnets = ["172.20.4.0/24"], gateway = ["172.20.4.1"] },
  { name = "hall", subnets = ["172.20.8.0/24"] },
]
[[servers]]
name = "licsrv"
zone = "hall"
addresses = ["172.20.8.20"]
vendors = { ibmratl = 27001 }
gateway = ["172.20.8.2"]
[[routers]]
name = "there"
interfaces = [
  { name = "lan", zone = "branch", addresses = ["172.20.4.1/24"] },
  { name = "wan", zone = "hall", addresses = ["172.20.8.1/24"] },
]
[[routers]]
name = "back"
iptables = "back.v4"
interfaces = [
  { name = "lan", zone = "branch", addresses = ["172.20.4.2/24"] },
  { name = "wan", zone = "hall", addresses = ["172.20.8.2/24"] },
]
[expect]
branch = "healthy"
"""


def test_a_stateful_router_on_the_way_back_is_named(tmp_path: Path) -> None:
    rules = """\
        *filter
        :INPUT ACCEPT [0:0]
        :FORWARD ACCEPT [0:0]
        :OUTPUT ACCEPT [0:0]
        [31:1860] -A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
        [7:420] -A FORWARD -m conntrack --ctstate INVALID -j DROP
        COMMIT
        """
    _write(tmp_path, {"plan.toml": _TWO_WAYS, "back.v4": rules})
    cell = cell_of(play(tmp_path / "plan.toml"), "branch")
    assert cell.found == "lmgrd-filtered"
    assert _decided(cell) == [
        ("back", "dropped", "-A FORWARD -m conntrack --ctstate INVALID -j DROP", "back.v4:6"),
    ]
    assert cell.decisions[0].packet.startswith("172.20.8.20:27000 to 172.20.4.")
    assert cell.decisions[0].packet.endswith("TCP SYN+ACK")


# -- a zone with several subnets ----------------------------------------------------------------------------------

_SUBNETS = """\
name = "three subnets"
zones = [
  { name = "campus", subnets = ["172.20.4.0/24", "172.20.5.0/24", "2001:db8:4::/64", "172.20.6.0/25"] },
  { name = "hall", subnets = ["172.20.8.0/24"] },
]
servers = [{ name = "licsrv", zone = "hall", addresses = ["172.20.8.20"], vendors = { ibmratl = 27001 } }]
[[routers]]
name = "gate"
nftables = "gate.nft"
interfaces = [
  { name = "ge0", zone = "campus", addresses = ["172.20.4.1/24", "172.20.5.1/24", "172.20.6.1/25", "2001:db8:4::1/64"] },
  { name = "ge1", zone = "hall", addresses = ["172.20.8.1/24"] },
]
[expect]
campus = "EXPECTED"
"""  # noqa: E501 # a plan
_THIRD = (
    "table ip gate {\n  chain f {\n    type filter hook forward priority 0\n    ip saddr 172.20.6.0/25 drop\n  }\n}\n"
)


@pytest.mark.parametrize("expected", ["healthy", "lmgrd-filtered"])
def test_the_subnet_that_differs_is_told(tmp_path: Path, expected: str) -> None:
    _write(tmp_path, {"plan.toml": _SUBNETS.replace("EXPECTED", expected), "gate.nft": _THIRD})
    cell = cell_of(play(tmp_path / "plan.toml"), "campus")
    assert not cell.agrees
    assert cell.note.startswith("from 172.20.4.254 and 2001:db8:4::c11e: healthy; from 172.20.5.254: healthy; ")
    assert cell.note.endswith("from 172.20.6.126: lmgrd-filtered")
    if expected == "healthy":
        assert cell.client == ("172.20.6.126",)
        assert _decided(cell) == [("gate", "dropped", "ip saddr 172.20.6.0/25 drop", "gate.nft:4")]


# -- includes -----------------------------------------------------------------------------------------------------

_MAIN = 'flush ruleset\ninclude "/etc/nftables.d/*.nft"\ninclude "/etc/nftables/vars.nft"\n'


def test_an_include_is_read_beside_the_plan_and_never_from_this_machine(tmp_path: Path) -> None:
    inner = "table inet gate {\n  chain f {\n    type filter hook forward priority 0\n    tcp dport $lic drop\n  }\n}\n"
    _write(tmp_path, {"etc/nftables.d/10-rules.nft": inner})
    main = 'define lic = 27001\nflush ruleset\ninclude "/etc/nftables.d/*.nft"\n'
    result = _result(tmp_path, router='nftables = "main.nft"', main_nft=main)
    cell = cell_of(result, "office")
    assert _decided(cell) == [("gate", "dropped", "tcp dport 27001 drop", "etc/nftables.d/10-rules.nft:4")]
    assert result.notes == ()


def test_a_glob_without_a_file_is_told(tmp_path: Path) -> None:
    result = _result(
        tmp_path, router='nftables = "main.nft"', main_nft='flush ruleset\ninclude "/etc/nftables.d/*.nft"\n'
    )
    assert cell_of(result, "office").agrees
    [note] = result.notes
    assert "/etc/nftables.d/*.nft" in note
    assert "main.nft:2" in note


def test_a_file_that_is_included_and_missing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(PlanError) as caught:
        _result(tmp_path, router='nftables = "main.nft"', main_nft=_MAIN)
    assert "/etc/nftables/vars.nft" in " ".join(caught.value.problems)


# -- state of an earlier run --------------------------------------------------------------------------------------


def test_a_set_that_the_first_run_filled_is_not_blamed(tmp_path: Path) -> None:
    rules = """\
        table ip guard {
          set intruders { type ipv4_addr; flags dynamic; size 64; }
          chain passing {
            type filter hook forward priority filter; policy accept;
            ip saddr @intruders reject with icmp type port-unreachable
            tcp dport != 27000 tcp flags syn add @intruders { ip saddr } drop
          }
        }
        """
    cell = cell_of(_result(tmp_path, router='nftables = "guard.nft"', guard_nft=rules), "office")
    assert cell.decisions[0].source == "guard.nft:6"
    assert cell.decisions[0].action == "dropped"


def test_a_list_of_recent_addresses_is_new_for_each_look(tmp_path: Path) -> None:
    rules = """\
        *filter
        :FORWARD ACCEPT [0:0]
        -A FORWARD -m recent --rcheck --seconds 300 --name bad --rsource -j DROP
        -A FORWARD -p tcp -m tcp --dport 27001 -m recent --set --name bad --rsource -j REJECT --reject-with tcp-reset
        COMMIT
        """
    cell = cell_of(_result(tmp_path, router='iptables = "gate.v4"', gate_v4=rules), "office")
    assert (cell.found, cell.decisions[0].action, cell.decisions[0].source) == (
        "vendor-refused", "rejected", "gate.v4:4",
    )  # fmt: skip


# -- one zone -----------------------------------------------------------------------------------------------------


def test_a_zone_without_a_firewall_between_says_that_no_rule_was_asked(tmp_path: Path) -> None:
    result = _result(
        tmp_path,
        router='ruleset = "table ip f { chain c { type filter hook forward priority 0; policy drop; }\\n}"',
        expect='healthy"\nhall = "healthy',
    )
    assert cell_of(result, "hall").agrees
    assert [note.partition(":")[0] for note in result.notes] == ["hall to licsrv"]
    assert "no rule was asked" in result.notes[0]


def test_a_server_with_rules_of_its_own_was_asked(tmp_path: Path) -> None:
    result = _result(
        tmp_path,
        server='ruleset = "table ip f { chain c { type filter hook input priority 0; policy accept; }\\n}"',
        expect='healthy"\nhall = "healthy',
    )
    assert cell_of(result, "hall").agrees
    assert result.notes == ()


# -- files of iptables and ipset ----------------------------------------------------------------------------------

_BASE = """\
    *filter
    :INPUT DROP [12:720]
    :FORWARD DROP [0:0]
    :OUTPUT ACCEPT [0:0]
    :licenses - [0:0]
    -A FORWARD -m state --state RELATED,ESTABLISHED -j ACCEPT
    -A FORWARD -j licenses
    COMMIT
    """
_MORE = """\
    *filter
    -A licenses -p tcp -m tcp --dport 27000 -j ACCEPT
    -A licenses -p tcp -m tcp --dport 27001 -j REJECT --reject-with icmp-admin-prohibited
    COMMIT
    """


def test_a_second_iptables_file_adds_to_the_first(tmp_path: Path) -> None:
    result = _result(tmp_path, router='iptables = ["base.v4", "more.v4"]', base_v4=_BASE, more_v4=_MORE)
    cell = cell_of(result, "office")
    rule = "-A licenses -p tcp -m tcp --dport 27001 -j REJECT --reject-with icmp-admin-prohibited"
    assert (cell.found, _decided(cell)) == ("vendor-rejected", [("gate", "rejected", rule, "more.v4:3")])
    [jump] = cell.decisions[0].path
    assert (jump.chain, jump.rule, jump.source) == ("FORWARD", "-A FORWARD -j licenses", "base.v4:7")


_SETS = """\
    create offices hash:net family inet hashsize 1024 maxelem 65536 bucketsize 12 initval 0x7d0c23e1
    add offices 172.20.4.0/25
    create ports bitmap:port range 27000-27009
    add ports 27000
    add ports 27001
    """
_WITH_SETS = """\
    *filter
    :FORWARD DROP [0:0]
    -A FORWARD -m conntrack --ctstate ESTABLISHED -j ACCEPT
    -A FORWARD -p tcp -m set --match-set offices src -m set --match-set ports dst -j ACCEPT
    COMMIT
    """


@pytest.mark.parametrize(("network", "found"), [("172.20.4.0/25", "lmgrd-filtered"), ("172.20.4.0/24", "healthy")])
def test_sets_of_ipset_are_loaded_before_the_rules_that_name_them(tmp_path: Path, network: str, found: str) -> None:
    result = _result(
        tmp_path,
        router='iptables = "gate.v4"\nipset = "sets.ipset"',
        gate_v4=_WITH_SETS,
        sets_ipset=_SETS.replace("172.20.4.0/25", network),
    )
    cell = cell_of(result, "office")
    assert cell.found == found
    if found != "healthy":
        assert _decided(cell) == [("gate", "dropped", "policy drop", "gate.v4:2")]


def test_a_set_without_its_file_is_an_error_that_names_the_key(tmp_path: Path) -> None:
    with pytest.raises(PlanError) as caught:
        _result(tmp_path, router='iptables = "gate.v4"', gate_v4=_WITH_SETS)
    assert "offices" in " ".join(caught.value.problems)
    assert 'ipset = "sets.ipset"' in caught.value.problems[-1]


def test_a_wrong_ipset_file_is_an_error_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(PlanError) as caught:
        _result(tmp_path, router='ipset = "sets.ipset"', sets_ipset="create a hash:ip\nadd a not-an-address\n")
    assert caught.value.file.endswith("sets.ipset")
    assert "line 2" in " ".join(caught.value.problems)


# -- interfaces, kernels, policy routing --------------------------------------------------------------------------


def test_a_server_with_a_second_interface(tmp_path: Path) -> None:
    rules = """\
        table inet own {
          chain i {
            type filter hook input priority 0
            iif != "ens192" tcp dport 27001 drop
          }
        }
        """
    lines = (
        'interface = "ens160"\nnftables = "own.nft"\ninterfaces = [{ name = "ens192", addresses = ["10.99.0.1/24"] }]'
    )
    cell = cell_of(_result(tmp_path, server=lines, own_nft=rules), "office")
    assert (cell.found, _decided(cell)) == (
        "vendor-filtered",
        [("licsrv", "dropped", 'iif != "ens192" tcp dport 27001 drop', "own.nft:4")],
    )


def test_an_interface_that_the_plan_does_not_have_is_told(tmp_path: Path) -> None:
    with pytest.raises(PlanError) as caught:
        _result(
            tmp_path,
            server='nftables = "own.nft"',
            own_nft='table ip own {\n  chain i {\n    type filter hook input priority 0\n iif "ens192" drop\n  }\n}\n',
        )
    assert "interfaces = [" in caught.value.problems[-1]


def test_a_setting_of_a_routers_kernel(tmp_path: Path) -> None:
    cell = cell_of(_result(tmp_path, router='sysctl = { "net.ipv4.ip_forward" = 0 }'), "office")
    assert cell.found != "healthy"
    assert cell.decisions == ()
    assert "packets reached gate but not its rules" in cell.note
    assert "does not forward" in cell.note


def test_a_setting_of_a_servers_kernel(tmp_path: Path) -> None:
    cell = cell_of(_result(tmp_path, server='sysctl = { "net.ipv4.conf.all.rp_filter" = 1 }'), "office")
    assert cell.found == "healthy"


def test_a_rule_of_policy_routing(tmp_path: Path) -> None:
    lines = 'ip_rules = ["from 172.20.4.0/24 ipproto tcp dport 27001 blackhole"]'
    cell = cell_of(_result(tmp_path, router=lines), "office")
    assert (cell.found, cell.decisions) == ("vendor-filtered", ())
    assert "packets reached gate but not its rules" in cell.note
    assert "a routing rule (ip rule) or route refuses packets to 172.20.8.20 port 27001" in cell.note


def test_a_routing_table_of_its_own(tmp_path: Path) -> None:
    lines = (
        'ip_rules = ["to 172.20.8.0/24 lookup 100"]\n'
        'routes = [{ to = "172.20.8.0/24", via = "172.20.4.77", table = 100 }]'
    )
    cell = cell_of(_result(tmp_path, router=lines), "office")
    assert cell.found == "lmgrd-rejected"
    assert "172.20.4.77" in cell.note


def test_a_router_without_a_route_is_told(tmp_path: Path) -> None:
    rules = """\
        *nat
        :PREROUTING ACCEPT [0:0]
        -A PREROUTING -p tcp -m tcp --dport 27001 -j DNAT --to-destination 100.64.9.9
        COMMIT
        """
    cell = cell_of(_result(tmp_path, router='iptables = "gate.v4"', gate_v4=rules), "office")
    assert cell.found == "vendor-rejected"
    assert cell.note.startswith("1 packet reached gate but not its rules")
    assert "its kernel rejected them, because of a missing route, perhaps to the address that a NAT put in" in cell.note
    assert [one.action for one in cell.decisions] == ["translated"]
