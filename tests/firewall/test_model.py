from __future__ import annotations

import ipaddress
from typing import Any

import pytest

from lmwire.firewall import FirewallError, FirewallPlace, Language, write
from lmwire.firewall.flows import left_out, only
from lmwire.firewall.model import LMGRD, MAX_RULES, MAX_SOURCES, Pin, Rule, RuleSet, parse_sources
from tests.firewall.samples import BOTH, INTO, MOVING, NAMED, PLACES, PLAIN, SERVER, TRIAD, rules, sources


@pytest.mark.parametrize("port", [0, -1, 65536, 1 << 40])
def test_a_rule_has_a_port(port: int) -> None:
    with pytest.raises(FirewallError, match="not a TCP port"):
        Rule(server="licsrv", port=port)


@pytest.mark.parametrize("to", ["192.0.2.20", "2001:db8::1", "licsrv", "licsrv.example.com", "lic_srv", "a", "7up"])
def test_a_rule_leads_to_an_address_or_a_name(to: str) -> None:
    assert Rule(server="x", to=to, port=27000).to == to


@pytest.mark.parametrize(
    "to",
    [
        *("a b", "a;b", "-a", "a-", ".a", "a.", "$(a)", "a/24", "192.0.2.0/24", "fe80::1%eth0", "192.0.2.300", "1.2"),
        *("27000", "a\nb", "\u202ea", "é", "a" * 254, "[::1]", "*", "any,any"),
    ],
    ids=ascii,
)
def test_a_rule_leads_nowhere_else(to: str) -> None:
    with pytest.raises(FirewallError, match="neither an address nor a host name"):
        Rule(server="x", to=to, port=27000)


def test_sources_are_networks_without_doublets() -> None:
    found, anybody = parse_sources(("10.20.0.0/16", "10.20.7.0/24", "10.20.0.0/16", " 10.30.7.41 ", "2001:db8::/33"))
    assert [str(each) for each in found] == ["10.20.0.0/16", "10.30.7.41/32", "2001:db8::/33"]
    assert not anybody


@pytest.mark.parametrize("text", ["any", "ANY", " Any "])
def test_any_is_everybody(text: str) -> None:
    found, anybody = parse_sources((text, "10.20.0.0/16"))
    assert [str(each) for each in found] == ["0.0.0.0/0", "::/0"]
    assert anybody


@pytest.mark.parametrize(
    "text",
    ["", "all", "10.20.0.0/33", "10.20.0", "10.20.0.0/16;x", "licsrv", "10.0.0.1-10.0.0.9", "\x1b[31m", "::/129"],
)
def test_what_is_no_network_is_refused(text: str) -> None:
    with pytest.raises(FirewallError, match="neither a network nor an address") as caught:
        parse_sources((text,))
    assert "\x1b" not in str(caught.value)


def test_bits_behind_the_prefix_are_refused_with_the_network() -> None:
    with pytest.raises(FirewallError) as caught:
        parse_sources(("10.20.0.1/16",))
    assert caught.value.hint == "write the network 10.20.0.0/16"


@pytest.mark.parametrize("texts", [("0.0.0.0/0",), ("::/0",), ("0.0.0.0/1", "128.0.0.0/1"), ("10.0.0.0/8", "::/0")])
def test_everybody_must_be_asked_for_by_name(texts: tuple[str, ...]) -> None:
    networks, anybody = parse_sources(texts)
    with pytest.raises(FirewallError, match="the whole Internet") as caught:
        RuleSet(sources=networks, rules=PLAIN.rules, anybody=anybody)
    assert caught.value.hint == 'to allow that, write sources="any"'


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"sources": ()}, "no source is given"),
        ({"rules": ()}, "there is no port to open"),
        ({"rules": PLAIN.rules * MAX_RULES}, "rules are more than"),
        (
            {"sources": tuple(ipaddress.ip_network(f"10.{each}.0.0/24") for each in range(MAX_SOURCES + 1))},
            "sources are more than",
        ),
    ],
)
def test_a_rule_set_is_neither_empty_nor_endless(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(FirewallError, match=message):
        RuleSet(**{"sources": PLAIN.sources, "rules": PLAIN.rules, **fields})


def test_values_are_frozen() -> None:
    with pytest.raises(AttributeError):
        PLAIN.anybody = True  # type: ignore[misc]
    with pytest.raises(AttributeError):
        PLAIN.rules[0].port = 1  # type: ignore[misc]


@pytest.mark.parametrize(("language", "place"), PLACES)
def test_a_firewall_between_wants_addresses_and_one_on_the_server_does_not(
    language: Language, place: FirewallPlace
) -> None:
    if language is not Language.TICKET and place is FirewallPlace.ROUTER:
        with pytest.raises(FirewallError, match="this format needs the address of licsrv"):
            write(NAMED, language, at=place, into=INTO.get(language))
    else:
        assert "27001" in write(NAMED, language, at=place, into=INTO.get(language))


@pytest.mark.parametrize("language", [Language.POWERSHELL, Language.NETSH, Language.AWS_CLI, Language.GCP])
def test_a_firewall_on_the_server_is_no_router(language: Language) -> None:
    with pytest.raises(FirewallError, match=f"{language} does not work at the router"):
        write(PLAIN, language, at=FirewallPlace.ROUTER, into=INTO.get(language))


@pytest.mark.parametrize(
    "language",
    [
        Language.CISCO_ASA,
        Language.CISCO_IOS,
        Language.JUNIPER_SRX,
        Language.AZURE,
        Language.FORTIGATE,
        Language.PALO_ALTO,
        Language.CHECK_POINT,
        Language.PFSENSE,
        Language.MIKROTIK,
    ],
)
def test_a_firewall_between_is_no_server(language: Language) -> None:
    with pytest.raises(FirewallError, match=f"{language} does not work at the server"):
        write(PLAIN, language, at=FirewallPlace.SERVER, into=INTO.get(language))


@pytest.mark.parametrize("language", INTO)
def test_what_nothing_is_usual_for_must_be_said(language: Language) -> None:
    with pytest.raises(FirewallError, match="into is missing") as caught:
        write(PLAIN, language)
    assert caught.value.hint.endswith(f': into="{INTO[language]}"')


@pytest.mark.parametrize(
    ("language", "into"),
    [
        (Language.NFTABLES, "inet filter input; flush ruleset"),
        (Language.NFTABLES, "bridge filter input"),
        (Language.NFTABLES, "inet filter"),
        (Language.IPTABLES, "INPUT -j DROP"),
        (Language.IPTABLES, "-INPUT"),
        (Language.FIREWALLD, "public'"),
        (Language.AWS_CLI, "sg-12 34"),
        (Language.AWS_CLI, "sg-0123456789abcdef0\n"),
        (Language.TERRAFORM, 'sg-"'),
        (Language.AZURE, "group"),
        (Language.AZURE, "$(id)/nsg"),
        (Language.GCP, "default/UPPER"),
        (Language.NETWORKPOLICY, "app"),
        (Language.NETWORKPOLICY, "app=a b"),
        (Language.NETWORKPOLICY, "a:=b"),
        (Language.CISCO_ASA, "A B"),
        (Language.CISCO_ASA, "-A"),
        (Language.JUNIPER_SRX, "untrust"),
        (Language.JUNIPER_SRX, "un trust/trust"),
        (Language.CISCO_IOS, "101"),
        (Language.CISCO_IOS, "A/B/C"),
        (Language.CISCO_IOS, "A\nexit"),
        (Language.FORTIGATE, "port1"),
        (Language.FORTIGATE, 'port1"/port2'),
        (Language.FORTIGATE, "x" * 36 + "/any"),
        (Language.PALO_ALTO, "trust"),
        (Language.PALO_ALTO, "[any]/any"),
        (Language.CHECK_POINT, "Network'"),
        (Language.CHECK_POINT, "-Network"),
        (Language.CHECK_POINT, "$(id)"),
        (Language.PFSENSE, "lan</interface>"),
        (Language.PFSENSE, "LAN"),
        (Language.MIKROTIK, 'forward"'),
        (Language.MIKROTIK, "forward action=drop"),
        (Language.ANSIBLE, "{{ x }}"),
        (Language.ANSIBLE, 'all"'),
        (Language.ANSIBLE, "all:!web"),
    ],
)
def test_what_the_rules_go_into_can_t_be_anything(language: Language, into: str) -> None:
    with pytest.raises(FirewallError, match="is not valid"):
        write(PLAIN, language, into=into)


@pytest.mark.parametrize("language", [Language.UFW, Language.NETSH, Language.POWERSHELL, Language.TICKET])
def test_some_have_nothing_to_go_into(language: Language) -> None:
    with pytest.raises(FirewallError, match="does not use into"):
        write(PLAIN, language, into="x")


def test_a_table_of_one_ip_version_takes_no_other() -> None:
    assert "ip saddr" in write(PLAIN, Language.NFTABLES, into="ip filter INPUT")
    with pytest.raises(FirewallError, match="a table of family ip cannot have this rule"):
        write(BOTH, Language.NFTABLES, into="ip filter INPUT")


def test_sources_of_the_other_ip_version_open_nothing_and_are_told() -> None:
    opened = RuleSet(rules=BOTH.rules, **sources("10.20.0.0/16"))
    assert {rule.to for rule in left_out(opened)} == {"2001:db8:2::20"}
    assert "2001:db8" not in write(opened, Language.CISCO_ASA)
    with pytest.raises(FirewallError, match="no source has the servers' IP version"):
        write(RuleSet(rules=PLAIN.rules, **sources("2001:db8::/32")), Language.NFTABLES)


def test_servers_with_different_ports_do_not_share_a_host_s_rules() -> None:
    others = rules((LMGRD, 1055), ("ansyslmd", 1056), server="other", to="192.0.2.30")
    both = RuleSet(rules=(*PLAIN.rules, *others), **sources("10.20.0.0/16"))
    with pytest.raises(FirewallError, match="the servers have different ports") as caught:
        write(both, Language.UFW)
    assert "licsrv, other" in caught.value.hint
    assert "port 1055" in write(both, Language.UFW, at=FirewallPlace.ROUTER)
    alone = RuleSet(rules=only(both.rules, "OTHER"), **sources("10.20.0.0/16"))
    assert "27000" not in write(alone, Language.UFW)


def test_one_server_of_several_is_found_by_name_and_by_address() -> None:
    assert only(TRIAD.rules, "lic2") == only(TRIAD.rules, "192.0.2.22") == TRIAD.rules[2:4]
    with pytest.raises(FirewallError, match="no rule is for the server lic4") as caught:
        only(TRIAD.rules, "lic4")
    assert caught.value.hint == "choose one of lic1, lic2, lic3"


@pytest.mark.parametrize(("language", "place"), PLACES)
def test_a_port_that_will_move_is_told_in_every_language(language: Language, place: FirewallPlace) -> None:
    text = " ".join(write(MOVING, language, at=place, into=INTO.get(language)).split())
    for sign in ("#", "!", "rem", "--> <!--"):
        text = text.replace(f" {sign} ", " ")
    assert "Pin it first, restart the license server, and write these rules again:" in text
    assert "lmwire license pin FILE MLM=27001" in text
    assert "not pinned, will move at the next restart" in text


def test_a_port_of_which_nobody_saw_the_file_may_move() -> None:
    unsure = RuleSet(rules=tuple(rules(("MLM", 40001), pin=Pin.UNKNOWN)), **sources("10.20.0.0/16"))
    assert "Port 40001 may not be pinned" in write(unsure, Language.TICKET)


@pytest.mark.parametrize("server", ["this_host", "127.0.0.1", "localhost", "a b"])
def test_a_ticket_sends_no_client_to_itself(server: str) -> None:
    nowhere = RuleSet(rules=tuple(rules((LMGRD, 27000), server=server, to="")), **sources("10.20.0.0/16"))
    text = write(nowhere, Language.TICKET)
    assert "nc -vz SERVER 27000" in text
    assert "lmwire diagnose 27000@SERVER" in text
    assert f"the license server (`{server}`)" in text.replace("a_b", "a b")


def test_many_sources_are_not_all_listed_at_the_top() -> None:
    many = RuleSet(rules=PLAIN.rules, **sources(*(f"10.{each}.0.0/24" for each in range(20))))
    text = write(many, Language.CISCO_ASA)
    assert "and 12 more)" in " ".join(text.replace("\n!", "").split())
    assert text.count("permit") == 40


def test_an_error_reads_as_a_sentence() -> None:
    assert FirewallError("a is b", "do c").one_line == "a is b; do c"
    assert str(FirewallError("a is b")) == "a is b"


def test_the_address_of_a_rule_has_a_version() -> None:
    assert Rule(server="x", to=SERVER, port=1).version == 4
    assert Rule(server="x", to="::2", port=1).version == 6
    assert Rule(server="x", to="licsrv", port=1).version is None
    assert Rule(server="x", port=1).version is None
