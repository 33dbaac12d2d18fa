"""Rules in real kernels: what they are for passes, and nothing else does."""

from __future__ import annotations

import sys

import msgspec
import pytest

from lmwire.firewall import FirewallPlace, Language, write
from lmwire.firewall.model import LMGRD, Rule, RuleSet, parse_sources
from lmwire.netns import Namespace
from tests.firewall.licensing import DAEMON, DROPPING, DROPPING_IPTABLES, LMGRD_PORT, OTHER_PORT, VENDOR_PORT, Site

pytestmark = pytest.mark.network

CASES = [(language, place) for language in (Language.NFTABLES, Language.IPTABLES) for place in FirewallPlace]


def rules_for(site: Site) -> RuleSet:
    """Both ports, over IPv4 and IPv6, from the client's networks."""
    networks, _ = parse_sources((site.source(4), site.source(6)))
    return RuleSet(
        sources=networks,
        rules=tuple(
            Rule(server="licsrv", to=site.server(version), port=port, daemon=daemon)
            for version in (4, 6)
            for daemon, port in ((LMGRD, LMGRD_PORT), (DAEMON, VENDOR_PORT))
        ),
    )


def firewall_of(site: Site, place: FirewallPlace) -> Namespace:
    return site.network["server" if place is FirewallPlace.SERVER else "router"]


def shut(machine: Namespace, language: Language) -> None:
    if language is Language.NFTABLES:
        machine.nft(DROPPING)
    else:
        for version, rules in DROPPING_IPTABLES.items():
            machine.iptables_restore(rules, ipv6=version == 6)


def load(machine: Namespace, language: Language, text: str) -> None:
    """Check the file as its own tool does, then load it as its first lines say."""
    if language is Language.NFTABLES:
        commands = [["nft", "-c", "-f", "-"], ["nft", "-f", "-"]]
    else:
        tools = ("iptables-restore", "ip6tables-restore")
        commands = [[tool, "--noflush", *more] for tool in tools for more in (["--test"], [])]
    for command in commands:
        done = machine.run(command, input=text)
        assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("version", [4, 6])
@pytest.mark.parametrize(("language", "place"), CASES)
def test_what_is_opened_passes_and_nothing_else(
    site: Site, language: Language, place: FirewallPlace, version: int
) -> None:
    machine = firewall_of(site, place)
    shut(machine, language)
    assert site.verdict("client", version) == "lmgrd-filtered"
    load(machine, language, write(rules_for(site), language, at=place))
    assert site.verdict("client", version) == "healthy"
    assert site.verdict("client", version, daemon="unopened") == "vendor-filtered"
    assert site.verdict("stranger", version) == "lmgrd-filtered"


@pytest.mark.parametrize(("language", "place"), CASES)
def test_rules_that_are_loaded_again_replace_the_old_ones(site: Site, language: Language, place: FirewallPlace) -> None:
    machine = firewall_of(site, place)
    shut(machine, language)
    rules = rules_for(site)
    load(machine, language, write(rules, language, at=place))
    first = RuleSet(sources=rules.sources, rules=tuple(rule for rule in rules.rules if rule.daemon == LMGRD))
    load(machine, language, write(first, language, at=place))
    assert site.verdict("client", 4) == "vendor-filtered"


def test_a_router_whose_first_rule_passes_established_connections_is_none_the_worse(site: Site) -> None:
    router = site.network["router"]
    router.nft(DROPPING.replace("policy drop;\n    }\n}", "policy drop;\n ct state established,related accept\n }\n}"))
    load(router, Language.NFTABLES, write(rules_for(site), Language.NFTABLES, at=FirewallPlace.ROUTER))
    assert site.verdict("client", 4) == "healthy"
    assert site.verdict("stranger", 4) == "lmgrd-filtered"


def test_nobody_but_who_was_asked_for_comes_in_by_any(site: Site) -> None:
    networks, anybody = parse_sources(("any",))
    opened = RuleSet(sources=networks, rules=rules_for(site).rules, anybody=anybody)
    server = site.network["server"]
    shut(server, Language.NFTABLES)
    load(server, Language.NFTABLES, write(opened, Language.NFTABLES))
    for version in (4, 6):
        assert site.verdict("stranger", version) == "healthy"
        assert site.verdict("stranger", version, daemon="unopened") == "vendor-filtered"


def _second(rules: RuleSet) -> RuleSet:
    """The rules of another server, at an address that nobody has."""
    moved = {4: "192.0.2.99", 6: "2001:db8:2::99"}
    others = (
        msgspec.structs.replace(rule, server="licsrv-b", to=moved[rule.version or 4], port=rule.port + 100)
        for rule in rules.rules
    )
    return RuleSet(sources=rules.sources, rules=tuple(others))


@pytest.mark.parametrize(("language", "place"), CASES)
def test_the_rules_of_a_second_server_leave_those_of_the_first(
    site: Site, language: Language, place: FirewallPlace
) -> None:
    machine = firewall_of(site, place)
    shut(machine, language)
    rules = rules_for(site)
    load(machine, language, write(rules, language, at=place))
    load(machine, language, write(_second(rules), language, at=place))
    assert [site.verdict("client", version) for version in (4, 6)] == ["healthy", "healthy"]
    listed = ["nft", "list", "ruleset"] if language is Language.NFTABLES else ["iptables-save"]
    text = machine.run(listed).stdout
    for server, port in (("licsrv", LMGRD_PORT), ("licsrv-b", LMGRD_PORT + 100)):
        assert f'"lmgrd of {server}"' in text
        assert f"{server}-{port}" in text


_PROBE = """
import socket, sys
for port in map(int, sys.argv[2:]):
    try:
        socket.create_connection((sys.argv[1], port), timeout=0.5).close()
    except ConnectionRefusedError:
        print(port)
    except OSError:
        pass
    else:
        print(port)
"""


def passed(site: Site, who: str, version: int, ports: tuple[int, ...]) -> set[int]:
    """The ports that a packet from `who` comes to: the server accepts the connection, or resets it."""
    done = site.network[who].run([sys.executable, "-c", _PROBE, site.server(version), *map(str, ports)])
    return {int(line) for line in done.stdout.split()}


@pytest.mark.parametrize("first", ["licsrv", "licsrv-b"])
@pytest.mark.parametrize(("language", "place"), CASES)
def test_the_files_of_two_servers_open_the_ports_of_both_in_either_order(
    site: Site, language: Language, place: FirewallPlace, first: str
) -> None:
    machine = firewall_of(site, place)
    shut(machine, language)
    rules = rules_for(site)
    others = (msgspec.structs.replace(rule, server="licsrv-b", port=rule.port + 100) for rule in rules.rules)
    files = {
        "licsrv": write(rules, language, at=place),
        "licsrv-b": write(RuleSet(sources=rules.sources, rules=tuple(others)), language, at=place),
    }
    for server in sorted(files, reverse=first == "licsrv-b"):
        load(machine, language, files[server])
    opened = {port + more for port in (LMGRD_PORT, VENDOR_PORT) for more in (0, 100)}
    for version in (4, 6):
        assert passed(site, "client", version, (*sorted(opened), OTHER_PORT)) == opened
        assert passed(site, "stranger", version, (LMGRD_PORT, VENDOR_PORT + 100)) == set()


@pytest.mark.parametrize(("language", "place"), CASES)
def test_two_license_servers_on_one_host_keep_their_rules(site: Site, language: Language, place: FirewallPlace) -> None:
    machine = firewall_of(site, place)
    shut(machine, language)
    rules = rules_for(site)
    second = (msgspec.structs.replace(rule, port=rule.port + 100) for rule in rules.rules)
    load(machine, language, write(rules, language, at=place))
    load(machine, language, write(RuleSet(sources=rules.sources, rules=tuple(second)), language, at=place))
    assert site.verdict("client", 4) == "healthy"
