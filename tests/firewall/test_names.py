"""The names of chains, rules and objects hold the server, so that the rules of two servers stand side by side."""

from __future__ import annotations

import re
from itertools import combinations
from typing import Final

import msgspec
import pytest

from lmwire.firewall import FirewallError, FirewallPlace, Language, write
from lmwire.firewall.model import LMGRD, Rule, RuleSet
from lmwire.firewall.names import checked_name, server_label, set_name, shortened
from tests.firewall.samples import INTO, PLACES, PLAIN, TRIAD, rules, sources

NAMES: Final = {
    Language.NFTABLES: r"^add chain (.*)",
    Language.IPTABLES: r"^:(\S+)",
    Language.POWERSHELL: r"-Name '(.*?)'|-Group ('.*?')",
    Language.NETSH: r'name="(lmwire\S+)',
    Language.TERRAFORM: r'^(?:variable|resource "\w+") "(.*?)"',
    Language.AZURE: r"^az network nsg rule create .*--name (\S+)",
    Language.GCP: r"rules create (\S+)",
    Language.NETWORKPOLICY: r"^  name: (\S+)",
    Language.JUNIPER_SRX: r"^set security policies .* policy (\S+) then|global address (\S+)|application (lmwire\S+) p",
    Language.FORTIGATE: r'^    edit "(.*)"|^        set name "(.*)"',
    Language.PALO_ALTO: r"^set (?:address|service|rulebase security rules) (\S+)",
    Language.CHECK_POINT: r"^(?:object|rule) \S+ (\S+)",
    Language.PFSENSE: r"<descr>(\S+)",
    Language.MIKROTIK: r'add chain="(\S+)"|jump-target="(\S+)"',
    Language.ANSIBLE: r"^- name: Open the ports of the license server (\S+)",
}
"""What each language calls its rules; the others have rules without a name, which never replace one another."""
NAMED: Final = [(language, place) for language, place in PLACES if language in NAMES]


def server(name: str, port: int = 27000, to: str = "192.0.2.20") -> RuleSet:
    return RuleSet(
        rules=tuple(rules((LMGRD, port), ("ibmratl", port + 1), server=name, to=to)), **sources("10.0.0.0/8")
    )


def names_in(text: str, language: Language) -> set[str]:
    matches = re.findall(NAMES[language], text, re.MULTILINE)
    found = {"".join(match) if isinstance(match, tuple) else match for match in matches}
    assert found, text
    return found


DIFFERENT: Final = (
    server("licsrv-a"),
    server("licsrv-b"),
    server("licsrv-a", 28000),
    server("licsrv.a"),
    server("licsrv_a"),
    server("this_host", to="192.0.2.21"),
    server("this_host", to="192.0.2.22"),
    server("a-very-long-name-of-a-license-server-in-munich"),
    server("a-very-long-name-of-a-license-server-in-paris"),
    server("lizenz-ä"),
    server("lizenz-ö"),
    TRIAD,
)


@pytest.mark.parametrize(("language", "place"), NAMED)
def test_no_two_servers_share_a_name(language: Language, place: FirewallPlace) -> None:
    named = [names_in(write(each, language, at=place, into=INTO.get(language)), language) for each in DIFFERENT]
    for one, other in combinations(named, 2):
        assert not one & other


def test_two_servers_have_policies_of_their_own_in_firewalld() -> None:
    texts = [write(each, Language.FIREWALLD, at=FirewallPlace.ROUTER) for each in DIFFERENT]
    policies = [re.findall(r"--new-policy=(\S+)", text) for text in texts]
    assert len({policy for (policy,) in policies}) == len(DIFFERENT)
    assert all(len(policy) <= 17 for (policy,) in policies)


@pytest.mark.parametrize(("language", "place"), NAMED)
def test_a_changed_vendor_port_keeps_the_name_of_the_set(language: Language, place: FirewallPlace) -> None:
    moved = tuple(msgspec.structs.replace(rule, port=rule.port + 7 * (rule.daemon != LMGRD)) for rule in PLAIN.rules)
    assert set_name(moved) == set_name(PLAIN.rules) == "licsrv-27000"
    before, after = (
        names_in(write(each, language, at=place, into=INTO.get(language)), language)
        for each in (PLAIN, RuleSet(rules=moved, sources=PLAIN.sources))
    )
    assert before & after


@pytest.mark.parametrize(("language", "place"), NAMED)
def test_a_given_name_is_in_every_name(language: Language, place: FirewallPlace) -> None:
    text = write(PLAIN, language, at=place, into=INTO.get(language), name="Munich-1")
    for name in names_in(text, language):
        assert "munich-1" in name.replace("_", "-")


def test_a_triad_and_one_of_its_servers_are_two_sets() -> None:
    assert set_name(TRIAD.rules) != set_name(server("lic1").rules)


def test_names_are_short_enough_for_the_strictest_language() -> None:
    long = server("licenses.of.the.department.for.everything.example.com", 65534)
    for line in write(long, Language.GCP, into="default/tag").splitlines():
        assert all(len(name) <= 63 for name in re.findall(r"rules create (\S+)", line))
    chains = re.findall(r"^:(\S+)", write(long, Language.IPTABLES, at=FirewallPlace.ROUTER), re.MULTILINE)
    assert [len(chain) <= 28 for chain in chains] == [True]


@pytest.mark.parametrize("text", ["", "-a", "a-", "a b", "a/b", "ä", "x" * 31, "a\n", "$(id)"])
def test_a_wrong_name_is_refused(text: str) -> None:
    with pytest.raises(FirewallError, match=r"name=.* is not valid"):
        checked_name(text)


def test_a_name_that_is_kept_whole_has_no_digest() -> None:
    assert server_label([Rule(server="LICSRV-1", port=1)]) == "licsrv-1"
    assert shortened("licsrv-27000", 12) == "licsrv-27000"
    assert shortened("licsrv-27000", 11) != "licsrv-27000"[:11]
