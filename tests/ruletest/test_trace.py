"""nftables' trace, as it was seen: what became of each packet, and where."""

from __future__ import annotations

from lmwire.ruletest.deciding_rules import own_ways
from lmwire.ruletest.iptables_source import parse_iptables
from lmwire.ruletest.loaded_rules import parse_loaded
from lmwire.ruletest.nft_files import NftFile
from lmwire.ruletest.nft_source import parse_nft
from lmwire.ruletest.trace import read_trace

_ETHER = "ether saddr 02:a3:2a:e3:16:64 ether daddr 86:cd:8f:bd:ee:88"
_SYN = (
    f'packet: iif "client" oif "server" {_ETHER} ip saddr 192.0.2.1 ip daddr 198.51.100.2 ip dscp cs0 ip ecn not-ect '
    "ip ttl 63 ip id 17693 ip protocol tcp ip length 60 "
    "tcp sport 34566 tcp dport 27001 tcp flags == syn tcp window 64240 "
)
LINES = f"""\
trace id 6175e0da ip filter FORWARD {_SYN}
trace id 6175e0da ip filter FORWARD rule tcp dport 27003 counter packets 5 bytes 300 jump blocked # handle 3 (verdict jump blocked)
trace id 6175e0da ip filter blocked rule counter packets 0 bytes 0 return # handle 5 (verdict return)
trace id 6175e0da ip filter FORWARD policy accept
trace id 6175e0da inet fw forward {_SYN}
trace id 6175e0da inet fw forward rule tcp dport 27001 counter packets 0 bytes 0 drop comment "a # b" # handle 5 (verdict drop)
trace id c32198e7 inet fw forward packet: iif "server" ip6 saddr 2001:db8::5 ip6 daddr 2001:db8::1 ip6 nexthdr tcp ip6 length 20 tcp sport 27001 tcp dport 40000 tcp flags == 0x12 tcp window 0
trace id c32198e7 inet fw forward policy drop
trace id 8ff79340 inet fw output packet: oif "client" ip saddr 192.0.2.2 ip daddr 192.0.2.1 ip protocol icmp ip length 88 icmp type destination-unreachable icmp code admin-prohibited icmp id 0
trace id 8ff79340 inet fw output rule accept # handle 9 (verdict accept)
trace id 3e9d96eb inet fw output packet: oif "client" ip6 saddr fe80::1 ip6 daddr ff02::16 ip6 nexthdr ip ip6 length 96
trace id 3e9d96eb inet fw output policy drop
table inet fw
trace id
""".splitlines()  # noqa: E501 # as nft prints them


def test_a_packet_is_followed_through_its_chains() -> None:
    syn, synack, icmp = read_trace(LINES)
    assert str(syn.packet) == "192.0.2.1:34566 to 198.51.100.2:27001, TCP SYN"
    assert syn.packet.opens
    assert syn.packet.length == 60
    assert [(step.table, step.base, step.chain, step.handle, step.verdict) for step in syn.steps] == [
        ("ip filter", "FORWARD", "FORWARD", 3, "jump"),
        ("ip filter", "FORWARD", "blocked", 5, "return"),
        ("ip filter", "FORWARD", "FORWARD", 0, "accept"),
        ("inet fw", "forward", "forward", 5, "drop"),
    ]
    assert syn.dropped is not None
    assert syn.dropped.rule == 'tcp dport 27001 counter drop comment "a # b"'

    assert str(synack.packet) == "[2001:db8::5]:27001 to [2001:db8::1]:40000, TCP SYN+ACK"
    assert synack.packet.length == 60
    assert not synack.packet.opens
    assert synack.dropped is synack.steps[0]

    assert str(icmp.packet) == "192.0.2.2 to 192.0.2.1, ICMP destination-unreachable admin-prohibited"
    assert icmp.dropped is None


def test_nothing_that_a_tool_may_print_is_an_error() -> None:
    for line in LINES:
        for end in range(len(line)):
            read_trace([line[:end], line])


def test_the_lines_of_a_chain_in_an_iptables_file() -> None:
    text = """\
# Generated
*nat
:FORWARD ACCEPT [0:0]
-A FORWARD -j ACCEPT
COMMIT
*filter
:FORWARD DROP [0:0]
:FORWARDED - [0:0]
[12:720] -A FORWARD -p tcp -j DROP
-A FORWARDED -j ACCEPT
  -A FORWARD -j REJECT
COMMIT
"""
    chain = parse_iptables([("rules.v4", text)])["filter", "FORWARD"]
    assert chain.policy is not None
    assert chain.policy.place == "rules.v4:7"
    assert [(rule.line, rule.text) for rule in chain.rules] == [
        (9, "-A FORWARD -p tcp -j DROP"),
        (11, "-A FORWARD -j REJECT"),
    ]


def test_a_later_iptables_file_adds_to_the_first() -> None:
    first = "*filter\n:FORWARD DROP [0:0]\n:own - [0:0]\n-A FORWARD -j own\n-A own -j RETURN\nCOMMIT\n"
    more = (
        "*filter\n:own - [0:0]\n-A own -p tcp -j ACCEPT\n-I FORWARD -p udp -j ACCEPT\n-I FORWARD 2 -i lo -j ACCEPT\n"
        "-D FORWARD -j own\nCOMMIT\n"
    )
    chains = parse_iptables([("a.v4", first), ("b.v4", more)])
    assert [rule.place for rule in chains["filter", "own"].rules] == ["b.v4:3"]
    assert [rule.place for rule in chains["filter", "FORWARD"].rules] == ["b.v4:4", "b.v4:5"]
    policy = chains["filter", "FORWARD"].policy
    assert policy is not None
    assert policy.place == "a.v4:2"


def test_a_table_that_comes_again_in_one_file_replaces_the_first() -> None:
    text = "*filter\n:FORWARD DROP [0:0]\n-A FORWARD -j DROP\nCOMMIT\n*filter\n-I FORWARD -j ACCEPT\nCOMMIT\n"
    chain = parse_iptables([("both.v4", text)])["filter", "FORWARD"]
    assert chain.policy is None
    assert [rule.line for rule in chain.rules] == [6]


NFT = """\
#!/usr/sbin/nft -f
flush ruleset
define ports = { 27000,
    27001 }  # a set over two lines
table inet fw { # handle 1
\tset lan { type ipv4_addr; flags interval
\t\telements = { 10.1.0.0/24,
\t\t    10.2.0.0/24 } }
\tchain forward { # handle 2
\t\ttype filter hook forward priority filter; policy drop;
\t\tct state vmap { established : accept, related : accept, invalid : drop } # handle 3
\t\tip saddr @lan tcp dport { 22,
\t\t    80 } accept; ip saddr 10.9.9.9 drop
\t\tiifname "eth{0" jump {
\t\t\ttcp dport $ports accept
\t\t\ttcp dport 1-1024 \\
\t\t\t    reject
\t\t}
\t\tcounter packets 12 bytes 700 drop comment "a; b # c"
\t}
}
add rule inet fw forward tcp dport 5 accept
insert rule inet fw forward tcp dport 6 accept
add chain ip nat pre { type nat hook prerouting priority -100; }
add rule nat pre tcp dport 80 dnat to 10.9.0.5
"""


def test_the_lines_of_nftables_rules() -> None:
    source = parse_nft([NftFile(name="fw.nft", text=NFT)])
    rules = [source.rule("inet fw", "forward", index, 7, "") for index in range(7)]
    assert [rule.line for rule in rules if rule] == [23, 11, 12, 13, 14, 19, 22]
    assert rules[4] is not None
    assert [(child.line, child.text) for child in rules[4].children] == [
        (15, "tcp dport $ports accept"),
        (16, "tcp dport 1-1024 reject"),
    ]
    assert source.policy("inet fw", "forward") == "fw.nft:10"
    assert source.policy("ip nat", "pre") == "fw.nft:24"
    (dnat,) = (source.rule("ip nat", "pre", 0, 1, ""),)
    assert dnat is not None
    assert dnat.place == "fw.nft:25"


def test_a_rule_is_found_by_its_text_where_the_kernel_has_other_rules_too() -> None:
    source = parse_nft([NftFile(name="fw.nft", text=NFT)])
    told = 'counter drop comment "a; b # c"'
    found = source.rule("inet fw", "forward", 8, 9, told)
    assert found is not None
    assert found.line == 19
    assert source.rule("inet fw", "forward", 8, 9, "tcp dport 7 accept") is None
    assert source.rule("inet none", "forward", 0, 1, told) is None


def test_no_rule_file_is_an_error_for_the_search_of_lines() -> None:
    for end in range(len(NFT)):
        parse_nft([NftFile(name="fw.nft", text=NFT[:end]), NftFile(name="b.nft", text=NFT[end:])])


def test_a_rule_in_an_anonymous_chain_is_followed_to_its_jump() -> None:
    lines = [
        f"trace id c283216c inet fw forward {_SYN}",
        "trace id c283216c inet fw forward rule ip daddr 10.9.0.7 jump {",
        "\t\t\ttcp dport 27001 drop",
        "\t\t} # handle 5 (verdict jump __chain76)",
        "trace id c283216c inet fw __chain76 unknown rule handle 4 (verdict drop)",
    ]
    (way,) = read_trace(lines)
    step = way.dropped
    assert step is not None
    assert (step.chain, step.handle, step.rule) == ("__chain76", 4, "")
    assert [(jump.chain, jump.handle, jump.target) for jump in step.jumps] == [("forward", 5, "__chain76")]


def test_the_kernel_s_order_of_rules_also_in_anonymous_chains() -> None:
    listed = """{"nftables": [{"metainfo": {}},
        {"chain": {"family": "inet", "table": "fw", "name": "reject", "hook": "forward", "prio": 0, "type": "filter"}},
        {"rule": {"family": "inet", "table": "fw", "chain": "reject", "handle": 9, "expr": []}},
        {"rule": {"family": "inet", "table": "fw", "chain": "reject", "handle": 4, "expr": []}}]}"""
    netlink = "inet fw reject 9\n  [ counter pkts 0 bytes 0 ]\n\ninet fw __chain1 5\ninet fw __chain1 7 5 \n"
    loaded = parse_loaded(listed, netlink)
    assert loaded.index("inet fw", "reject", 4) == (1, 2)
    assert loaded.index("inet fw", "__chain1", 7) == (1, 2)
    assert loaded.index("inet fw", "none", 7) == (-1, 0)
    assert loaded.bases["inet fw", "reject"].priority == 0
    assert not parse_loaded("", "").handles


def _tcp(number: str, ends: str, flags: str, verdict: str = "drop", then: str = "") -> list[str]:
    """Lines of a packet between two ends, "10.1.0.7:40000 10.9.0.5:27001", which a forward chain may see as `then`."""
    lines = []
    for chain, seen in (("prerouting", ends), ("forward", then or ends)):
        source, destination = (end.rpartition(":") for end in seen.split())
        lines.append(
            f"trace id {number} inet fw {chain} packet: ip saddr {source[0]} ip daddr {destination[0]} ip length 60 "
            f"tcp sport {source[2]} tcp dport {destination[2]} tcp flags == {flags} tcp window 1"
        )
    return [*lines, f"trace id {number} inet fw forward policy {verdict}"]


def test_only_connections_that_were_opened_meanwhile_count() -> None:
    icmp = "trace id {} inet fw output packet: ip saddr 10.1.0.1 ip daddr {} ip length 88 icmp type time-exceeded"
    lines = [
        # Of an earlier run: data that is sent again, and an answer that is repeated.
        *_tcp("1", "10.1.0.7:40000 10.9.0.5:27001", "psh | ack"),
        *_tcp("2", "10.9.0.5:27001 10.1.0.7:40001", "syn | ack"),
        icmp.format("3", "10.8.0.7"),
        # Of this one, through a translation.
        *_tcp("4", "10.1.0.7:40002 192.0.2.80:27001", "syn", "accept", "10.1.0.7:40002 10.9.0.5:27001"),
        *_tcp("5", "10.9.0.5:27001 10.1.0.7:40002", "syn | ack"),
        icmp.format("6", "10.1.0.7"),
    ]
    found = own_ways({"fw": read_trace(lines)})["fw"]
    assert [str(way.packet) for way in found] == [
        "10.1.0.7:40002 to 192.0.2.80:27001, TCP SYN",
        "10.9.0.5:27001 to 10.1.0.7:40002, TCP SYN+ACK",
        "10.1.0.1 to 10.1.0.7, ICMP time-exceeded",
    ]
