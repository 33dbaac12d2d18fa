"""Rules from diagnoses."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from lmwire.evidence import Answer, NameFault, ReferralSeen, Role, Via
from lmwire.firewall import FirewallError
from lmwire.firewall.inputs import (
    KnownPort,
    from_diagnosis,
    parse_known_ports,
    rules_of,
    with_known_ports,
)
from lmwire.firewall.inputs.diagnosis import MAX_DOCUMENT
from lmwire.firewall.model import LMGRD, MAX_RULES, Pin, Rule
from lmwire.report import Format, Look, render
from tests.report.samples import HOSTILE, WALKS, alternatives, hostile, leg, look, report, triad, walk


def known_ports(*texts: str) -> list[KnownPort]:
    return parse_known_ports(texts)


def brief(rules: tuple[Rule, ...]) -> list[tuple[str, str, int, str, Pin]]:
    return [(rule.server, rule.to, rule.port, rule.daemon, rule.pin) for rule in rules]


def document(*evidences: Any) -> bytes:
    return render(report(*evidences), Format.JSON, Look()).encode()


def from_walk(*evidences: Any) -> list[tuple[str, str, int, str, Pin]]:
    return brief(rules_of(from_diagnosis(document(*evidences), "d.json")))


BOTH_PORTS = [
    ("licsrv", "10.20.0.5", 27000, LMGRD, Pin.FIXED),
    ("licsrv", "10.20.0.5", 27001, "ibmratl", Pin.UNKNOWN),
]
REFERRED = [
    *("healthy", "inconclusive", "referral-elsewhere", "referral-loopback", "referral-unresolvable"),
    *(verdict for verdict in WALKS if verdict.startswith("vendor-") and verdict != "vendor-daemon-down"),
]


@pytest.mark.parametrize("verdict", REFERRED)
def test_a_diagnosis_with_a_referral_tells_both_ports(verdict: str) -> None:
    assert from_walk(WALKS[verdict]) == BOTH_PORTS


def test_a_diagnosis_of_a_range_tells_the_port_at_which_lmgrd_answered() -> None:
    assert from_walk(WALKS["range-shadowed"]) == [
        ("licsrv", "10.20.0.5", 27003, LMGRD, Pin.FIXED),
        ("licsrv", "10.20.0.5", 27001, "ibmratl", Pin.UNKNOWN),
    ]


@pytest.mark.parametrize("verdict", sorted(set(WALKS) - {*REFERRED, "name-unresolvable", "range-shadowed"}))
def test_a_diagnosis_without_a_referral_does_not_tell_the_second_port(verdict: str) -> None:
    services = from_diagnosis(document(WALKS[verdict]), "d.json")
    with pytest.raises(FirewallError, match="does not have the port of ibmratl on licsrv") as caught:
        rules_of(services)
    assert 'ports="27001:ibmratl"' in caught.value.hint
    assert brief(rules_of(with_known_ports(services, known_ports("27001:ibmratl")))) == BOTH_PORTS


def test_a_diagnosis_that_knows_the_license_file_tells_whether_the_port_stays() -> None:
    pinned = msgspec.structs.replace(WALKS["vendor-filtered"], pinned=27001)
    unpinned = msgspec.structs.replace(WALKS["vendor-filtered"], pinned=0)
    before = msgspec.structs.replace(WALKS["lmgrd-filtered"], pinned=27001)
    other = msgspec.structs.replace(WALKS["vendor-filtered"], pinned=27009)
    assert [from_walk(each)[1][2:] for each in (pinned, unpinned, before, other)] == [
        (27001, "ibmratl", Pin.FIXED),
        (27001, "ibmratl", Pin.MOVES),
        (27001, "ibmratl", Pin.FIXED),
        (27001, "ibmratl", Pin.UNKNOWN),
    ]


def test_a_vendor_daemon_where_lmgrd_was_expected_is_one() -> None:
    direct = walk(leg(Role.LMGRD, port=27001, answer=Answer.HELLO), port=27001, target="27001@licsrv")
    assert from_walk(direct) == [("licsrv", "10.20.0.5", 27001, "ibmratl", Pin.UNKNOWN)]


def test_a_range_in_which_nobody_answers_tells_no_port_of_lmgrd() -> None:
    silent = msgspec.structs.replace(WALKS["lmgrd-filtered"], port=None, target="@licsrv")
    with pytest.raises(FirewallError, match="the diagnosis found no lmgrd on licsrv"):
        rules_of(with_known_ports(from_diagnosis(document(silent), "d.json"), known_ports("27001:ibmratl")))


def test_a_diagnosis_on_the_server_itself_tells_no_address() -> None:
    own = walk(
        leg(Role.LMGRD, address="127.0.0.1"),
        leg(Role.VENDOR, address="127.0.0.1"),
        host="localhost",
        target="27000@localhost",
        referral=ReferralSeen(host="localhost", port=27001, lmgrd_address="127.0.0.1", lmgrd_port=27000),
        resolutions=(look(addresses=("127.0.0.1",)), look(Via.REFERRAL, addresses=("127.0.0.1",))),
    )
    assert [(rule[1], rule[2]) for rule in from_walk(own)] == [("", 27000), ("", 27001)]


def test_a_name_that_does_not_resolve_leads_to_no_rules() -> None:
    with pytest.raises(FirewallError, match="has no address") as caught:
        from_walk(WALKS["name-unresolvable"])
    assert 'to="192.0.2.20"' in caught.value.hint


def test_a_vendor_daemon_that_nobody_named_can_be_named() -> None:
    nameless = msgspec.structs.replace(WALKS["lmgrd-filtered"], vendor="")
    services = from_diagnosis(document(nameless), "d.json")
    with pytest.raises(FirewallError, match="does not have the port of the vendor daemon"):
        rules_of(services)
    assert brief(rules_of(with_known_ports(services, known_ports("27001:ibmratl")))) == BOTH_PORTS


def test_several_diagnoses_are_joined() -> None:
    data = render(alternatives(), Format.JSON, Look()).encode()
    assert brief(rules_of(with_known_ports(from_diagnosis(data, "d.json"), known_ports("27001:ibmratl")))) == BOTH_PORTS


def test_each_member_of_a_triad_must_be_known() -> None:
    services = from_diagnosis(render(triad(), Format.JSON, Look()).encode(), "d.json")
    with pytest.raises(FirewallError, match="does not have the port of ibmratl on a"):
        rules_of(services)
    assert {service.server for service in with_known_ports(services, known_ports("27001:ibmratl"))} == {"a", "b", "c"}


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_a_hostile_diagnosis_makes_rules_or_an_error_in_plain_words(name: str) -> None:
    evidence = hostile(name)
    data = json.dumps(msgspec.to_builtins(report(evidence)), ensure_ascii=True).encode()
    if "\\ud800" in ascii(name):
        with pytest.raises(FirewallError, match="is no"):
            from_diagnosis(data, "d.json")
        return
    rules = rules_of(from_diagnosis(data, "d.json"))
    assert {(rule.to, rule.port) for rule in rules} == {("10.20.0.5", 27000), ("10.20.0.5", 27001)}


def _with(**fields: Any) -> bytes:
    return json.dumps({**json.loads(document(WALKS["healthy"])), **fields}).encode()


def test_an_address_that_is_none_is_refused() -> None:
    data = json.loads(document(WALKS["healthy"]))
    for each in data["diagnoses"][0]["evidence"]["legs"]:
        each["address"] = "$(touch owned)\u2028"
    services = from_diagnosis(json.dumps(data).encode(), "d.json")
    assert {service.to for service in services} == {""}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is not JSON"),
        (b"{", "is not JSON"),
        (b"[]", "is not a diagnosis"),
        (b"{}", "is not a diagnosis"),
        (b"\xff\xfe", "is not JSON"),
        (b"[" * 100_000, "is no"),
        (b'{"x": ' + b"[" * 100_000, "is not JSON"),
        (_with(schema="lmwire.diagnosis/2"), "has the schema lmwire.diagnosis/2 instead of lmwire.diagnosis/1"),
        (_with(overall="fine"), "is not a diagnosis"),
        (_with(diagnoses=[{"target": 1}]), "is not a diagnosis"),
        (_with(diagnoses=None), "is not a diagnosis"),
        (b" " * (MAX_DOCUMENT + 1), "is larger than 64 MB"),
    ],
    ids=lambda value: ascii(value)[:20],
)
def test_what_is_no_diagnosis_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(FirewallError, match=f"d.json {message}") as caught:
        from_diagnosis(data, "d.json")
    assert "\x1b" not in str(caught.value)


def test_a_diagnosis_without_targets_opens_nothing() -> None:
    with pytest.raises(FirewallError, match="there is no port to open"):
        rules_of(from_diagnosis(_with(diagnoses=[]), "d.json"))


def test_a_diagnosis_of_everything_is_too_much() -> None:
    with pytest.raises(FirewallError, match="has more than 512"):
        from_diagnosis(_with(diagnoses=json.loads(document(WALKS["healthy"]))["diagnoses"] * (MAX_RULES + 1)), "d.json")


def test_only_the_first_look_up_of_a_name_counts() -> None:
    unresolved = msgspec.structs.replace(
        WALKS["referral-unresolvable"],
        resolutions=(look(), look(Via.REFERRAL, addresses=(), fault=NameFault.NO_ANSWER)),
    )
    assert from_walk(unresolved) == BOTH_PORTS
