"""Verdicts with several stories: which one is told, and that headline, cause and remedies fit it."""

from __future__ import annotations

from typing import Any

import pytest

from lmwire.diagnosis import diagnose
from lmwire.diagnosis.judge import judge
from lmwire.diagnosis.verdicts import SPECS, Variant
from lmwire.evidence import Evidence, Icmp, Leg, NameFault, Via
from tests.evidence_maker import SERVER, evidence, fallback, lmgrd, look, referred, vendor, walk

OTHER = "198.51.100.7"
INSIDE = "10.1.2.3"
NOBODY = Icmp(version=4, type=3, code=1, sender="10.30.7.1")
NOBODY_IPV6 = Icmp(version=6, type=1, code=3, sender="2001:db8::1")


def unresolved(fault: NameFault, *legs: Leg, host: str = "inner.example", **more: Any) -> Evidence:
    """A walk whose referral names `host`, of which the look-up failed so."""
    looks = (look(SERVER), look(name=host, via=Via.REFERRAL, fault=fault))
    return evidence(lmgrd(), *legs, looks=looks, referral=referred(host), **more)


STORIES: dict[tuple[str, str], Evidence] = {
    ("healthy", Variant.DIRECT): evidence(lmgrd("hello", peer="ibmratl")),
    ("healthy", Variant.OTHER_DAEMON): walk(vendor(peer="MLM")),
    ("healthy", Variant.DIRECT_OTHER_DAEMON): evidence(lmgrd("hello", peer="MLM")),
    ("name-unresolvable", "no answer"): evidence(looks=(look(fault=NameFault.NO_ANSWER),)),
    ("name-unresolvable", "other family"): evidence(looks=(look(fault=NameFault.OTHER_FAMILY),)),
    ("name-unresolvable", "invalid"): evidence(looks=(look(fault=NameFault.INVALID),), host="not a name"),
    ("name-unresolvable", Variant.THIS_HOST): evidence(looks=(look(),), host="this_host", target="license.lic"),
    ("vendor-daemon-down", Variant.LISTED): evidence(
        lmgrd("text"), lmgrd("error", code=-97), daemons=("ibmratl", "MLM")
    ),
    ("vendor-daemon-down", Variant.UNLISTED): evidence(lmgrd("error", code=-97), daemons=("ibmratk", "MLM")),
    ("inconclusive", Variant.STOPPED): walk(followed=False),
    ("lmgrd-rejected", Variant.NO_MACHINE): evidence(lmgrd("rejected", icmp=NOBODY)),
    ("vendor-rejected", Variant.NO_MACHINE): walk(vendor("rejected", icmp=NOBODY_IPV6)),
    ("lmgrd-error", Variant.WORDS): evidence(lmgrd("error", detail="come back\x1b[2J later")),
    ("vendor-error", Variant.WORDS): walk(vendor("error", detail="come back\x1b[2J later")),
    ("referral-invalid", Variant.NAMELESS): walk(fallback(), host="", named=()),
    ("referral-invalid", Variant.CIRCLE): walk(port=27000),
    ("referral-unresolvable", "no answer"): unresolved(NameFault.NO_ANSWER, fallback("refused")),
    ("referral-unresolvable", "other family"): unresolved(NameFault.OTHER_FAMILY, fallback("refused")),
    ("referral-unresolvable", "invalid"): unresolved(NameFault.INVALID, fallback("refused"), host="x;curl evil"),
    ("referral-elsewhere", Variant.ADDRESS): walk(
        vendor("filtered", INSIDE), fallback("filtered"), named=(INSIDE,), host=INSIDE
    ),
    ("referral-loopback", Variant.ADDRESS): walk(
        vendor("refused", "127.0.0.1"), fallback("refused"), named=("127.0.0.1",), host="127.0.0.1"
    ),
    ("vendor-unreachable", Variant.ELSEWHERE): walk(
        lmgrd("referral", OTHER), vendor("unreachable", OTHER), fallback("filtered"), named=(OTHER,)
    ),
}


def told(seen: Evidence) -> str:
    verdict = diagnose(seen).verdict
    return "\n".join([verdict.headline, verdict.cause, *verdict.remedies])


def test_every_story_is_told_here() -> None:
    assert set(STORIES) == {(verdict, variant) for verdict, spec in SPECS.items() for variant in spec.variants}


@pytest.mark.parametrize("key", STORIES, ids=" ".join)
def test_which_story(key: tuple[str, str]) -> None:
    judgement = judge(STORIES[key])
    assert (judgement.id, judgement.variant) == key
    assert "?" not in diagnose(STORIES[key]).verdict.headline


@pytest.mark.parametrize("verdict", ["name-unresolvable", "referral-unresolvable"])
def test_silent_name_servers_are_what_is_to_be_mended(verdict: str) -> None:
    text = told(STORIES[verdict, "no answer"])
    assert "the name servers did not answer" in text.partition("\n")[0]
    assert "Check the DNS servers of this machine" in text
    assert "UDP and TCP 53" in text
    assert "VPN" in text
    assert "spelling" not in text
    assert "does not know" not in text


@pytest.mark.parametrize("verdict", ["name-unresolvable", "referral-unresolvable"])
def test_a_family_that_was_asked_for_is_our_own_doing(verdict: str) -> None:
    diagnosis = diagnose(STORIES[verdict, "other family"])
    assert "none of the family asked for" in diagnosis.verdict.headline.replace("no address of", "none of")
    assert diagnosis.verdict.remedies == (
        "Run lmwire again without -4, -6 and --source: applications look up names in both families.",
    )
    assert diagnosis.application_shows == ()


def test_a_name_that_does_not_exist_is_looked_for_in_its_spelling() -> None:
    text = told(evidence(looks=(look(),)))
    assert "the name does not exist" in text
    assert "Check the spelling of licsrv" in text
    assert r"C:\Windows\System32\drivers\etc\hosts" in text


@pytest.mark.parametrize("verdict", ["name-unresolvable", "referral-unresolvable"])
def test_what_is_no_name_is_not_put_into_a_hosts_file(verdict: str) -> None:
    text = told(STORIES[verdict, "invalid"])
    assert "is not a name that can be looked up" in text
    assert "hosts" not in text.replace("license", "")


@pytest.mark.parametrize(
    "host",
    [
        *("localhost", "LOCALHOST", "localhost6", "localhost.localdomain", "ip6-localhost", "ip6-loopback"),
        *("box.localdomain", "127.0.0.1", "::1", INSIDE, "x;curl evil", "two names", "n" * 101),
    ],
)
@pytest.mark.parametrize("resolves", ["127.0.0.1", OTHER, ""])
def test_nobody_is_told_to_map_a_name_that_means_myself_or_an_address(host: str, resolves: str) -> None:
    legs = (vendor("refused", resolves), fallback("refused")) if resolves else (fallback("refused"),)
    text = told(walk(*legs, named=(resolves,) if resolves else (), host=host))
    assert f"{SERVER} {host}" not in text
    assert "etc\\hosts) of" not in text
    assert "Make `" not in text


def test_an_ordinary_name_is_proven_by_the_hosts_file_of_either_system() -> None:
    text = told(walk(fallback("refused"), named=(), host="inner.example"))
    assert "To test this first, add this line to the hosts file (/etc/hosts; Windows: C:\\Windows\\System32" in text
    assert f"of this machine: `{SERVER} inner.example`." in text


def test_an_address_in_the_referral_is_called_one() -> None:
    text = told(STORIES["referral-elsewhere", Variant.ADDRESS])
    assert f"the address {INSIDE}, port 27001, which is not where lmgrd was found; the port is filtered" in text
    assert "NAT" in text
    assert "Replace the address on the SERVER line" in text
    assert "resolves to" not in text.partition("Replace")[0]


@pytest.mark.parametrize("story", [Variant.OTHER_DAEMON, Variant.DIRECT_OTHER_DAEMON])
def test_another_vendor_daemon_is_no_good_news(story: Variant) -> None:
    verdict = diagnose(STORIES["healthy", story]).verdict
    port = "27001" if story is Variant.OTHER_DAEMON else "27000"
    assert verdict.headline == f"MLM answers on {SERVER}:{port}, but the client asked for ibmratl."
    assert "Illegal connection request" in verdict.cause
    assert "Nothing on the network is wrong" not in verdict.cause
    assert "works" not in verdict.cause
    assert verdict.remedies


def test_a_vendor_daemon_that_lmgrd_lists_is_in_its_license_file() -> None:
    text = told(STORIES["vendor-daemon-down", Variant.LISTED])
    assert "lists the vendor daemon ibmratl and says that it is down" in text
    assert "case-sensitive" not in text
    asked_for = told(evidence(lmgrd("error", code=-97)))
    assert "lists" not in asked_for
    assert "Check that the server's license file has a line `VENDOR ibmratl`: names are case-sensitive." in asked_for


@pytest.mark.parametrize("verdict", ["lmgrd-error", "vendor-error"])
def test_an_error_in_words_is_shown_as_words(verdict: str) -> None:
    diagnosis = diagnose(STORIES[verdict, Variant.WORDS])
    assert diagnosis.verdict.headline.endswith(r"in words: come back\x1b[2J later")
    text = told(STORIES[verdict, Variant.WORDS])
    assert "lmwire explain" not in text
    assert "None" not in text
    assert diagnosis.application_shows == ()


def test_this_host_is_replaced_by_the_servers_name() -> None:
    text = told(STORIES["name-unresolvable", Variant.THIS_HOST])
    assert "Put the server's real name on the SERVER line of the clients' copy" in text
    assert "spelling" not in text


def test_no_way_to_lmgrds_own_address_is_not_told_as_another_address() -> None:
    own = told(walk(vendor("unreachable", detail="No route to host")))
    assert "lmgrd's port 27000 answers at that very address" in own
    assert "another" not in own
    assert "Make `" not in own
    elsewhere = told(STORIES["vendor-unreachable", Variant.ELSEWHERE])
    assert f"lmgrd refers to licsrv, but this machine cannot reach {OTHER}: " in elsewhere
    for text in (own, elsewhere):
        assert "on Linux" in text
        assert "on Windows" in text


@pytest.mark.parametrize("verdict", ["lmgrd-rejected", "vendor-rejected"])
def test_a_router_that_finds_no_machine_is_not_called_a_rule(verdict: str) -> None:
    text = told(STORIES[verdict, Variant.NO_MACHINE])
    assert "no machine answers" in text
    assert "ARP" in text
    assert "A rule on" not in text
