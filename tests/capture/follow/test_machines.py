"""Which clients are one machine: by the link layer, and by a referral that leads to loopback."""

from __future__ import annotations

import ipaddress
import time

import pytest

from lmwire.capture.follow.flows import TcpFlow
from lmwire.capture.follow.hosts import Hosts
from lmwire.diagnosis import diagnose
from lmwire.evidence import Dialogue
from lmwire.legs import TalkEnd
from lmwire.wire import Referral
from tests.capture.telling import analyzed, good, lmgrd
from tests.capture.wire import CLIENT, OTHER, SERVER, Packet, Talk, arp, dns, ip, lookup, udp

LOOP, NAMED = "127.0.0.1", "127.0.1.1"
MAPPED = str(ipaddress.ip_address("::ffff:127.0.0.1"))
CLIENT6, SERVER6 = "2001:db8::10", "2001:db8::20"


def framed(packets: list[Packet], *clients: str) -> list[Packet]:
    """Put packets into Ethernet frames; those of `clients` come from one link-layer address."""
    own = {ipaddress.ip_address(client).packed for client in clients}
    frames = []
    for when, data in packets:
        four = data[0] >> 4 == 4
        source = data[12:16] if four else data[8:24]
        link = b"\x02\0\0\0\0" + (b"\x01" if source in own else b"\x02")
        frames.append((when, b"\x02\0\0\0\0\x03" + link + (b"\x08\0" if four else b"\x86\xdd") + data))
    return frames


def referred(client: str = CLIENT, when: float = 1000.0, port: int = 40000) -> list[Packet]:
    """A client looks up the server, is referred to `loopname`, and looks that up, too."""
    looks = lookup(when - 0.5, "licsrv", SERVER, client=client)
    looks += lookup(when + 0.5, "loopname", NAMED, client=client, number=8)
    return looks + lmgrd(host="loopname", client=client, when=when, client_port=port)


def knocked(when: float = 1001.0) -> list[Packet]:
    """Something on loopback is refused at the vendor daemon's port."""
    return Talk(port=27001, when=when, client=LOOP, server=NAMED, client_port=40009).syn().refuse().packets


def verdicts(*parts: list[Packet]) -> list[tuple[str, str, str]]:
    cases = [(case, diagnose(case.evidence).verdict) for case in analyzed(*parts).cases]
    return [(case.client, verdict.id, verdict.severity.value) for case, verdict in cases]


def test_what_a_client_meets_on_its_loopback_belongs_to_its_story() -> None:
    (case,) = analyzed(referred(), knocked()).cases
    legs = {(leg.address, leg.connect.value) for leg in case.evidence.legs}
    assert legs == {(SERVER, "established"), (NAMED, "refused")}
    assert verdicts(referred(), knocked()) == [(CLIENT, "referral-loopback", "critical")]
    assert verdicts(referred(), knocked(), good(when=1002.0)) == [(CLIENT, "referral-loopback", "warning")]


def test_loopback_written_as_ipv6_is_loopback_too() -> None:
    looks = lookup(999.5, "licsrv", SERVER) + lookup(1000.5, "loopname", MAPPED, kind=28, number=8)
    told = looks + lmgrd(host="loopname")
    (case,) = analyzed(told, good(when=1002.0)).cases
    unseen = f"{MAPPED} is the client's own loopback, which is not in the capture"
    assert any(limit.startswith(unseen) for limit in case.evidence.limits)
    knock = Talk(port=27001, when=1001.0, client=MAPPED, server=MAPPED, client_port=40009).syn().refuse().packets
    (case,) = analyzed(told, knock).cases
    assert (MAPPED, "refused") in {(leg.address, leg.connect.value) for leg in case.evidence.legs}
    assert (case.client, diagnose(case.evidence).verdict.id) == (CLIENT, "referral-loopback")


@pytest.mark.parametrize(
    ("others", "on_loopback"),
    [
        (referred("192.0.2.11", 1000.1, 40001), knocked()),  # two were referred there: whose it is can't be told
        ([], knocked(1100.0)),  # long after
        ([], knocked(999.0)),  # before
    ],
)
def test_loopback_of_nobody_in_particular_is_nobodys(others: list[Packet], on_loopback: list[Packet]) -> None:
    cases = {case.client: case for case in analyzed(referred(), others, on_loopback).cases}
    assert {leg.connect.value for leg in cases[CLIENT].evidence.legs if leg.address == NAMED} <= {"unknown"}


def test_a_client_that_was_referred_twice_is_one() -> None:
    again = referred(when=1001.5, port=40002)
    assert verdicts(referred(), knocked(), again, knocked(1002.5)) == [(CLIENT, "referral-loopback", "critical")]


@pytest.mark.slow
def test_whose_loopback_it_is_is_found_quickly_in_a_flood() -> None:
    client, server = (ipaddress.ip_address(one).packed for one in (CLIENT, SERVER))
    answered = TalkEnd(dialogue=Dialogue.ANSWERED, referral=Referral(host="loopname", port=27001))
    flows: dict[bytes, list[TcpFlow]] = {client: []}
    for number in range(20_000):
        flow = TcpFlow(client, number, server, 27000, 1000.0)
        flow.talk_end, flow.ended_at = answered, 1000.0 + number / 1000
        flows[client].append(flow)
        loopback = bytes((127, 1, number >> 8, number & 255))
        flows[loopback] = [TcpFlow(loopback, number, loopback, 27001, 1030.0)]
    before = time.process_time()
    assert [len(group) for group in Hosts(flows, {}).groups()] == [20_001]
    assert time.process_time() - before < 5.0


SIX = [
    *lookup(999.0, "licsrv", SERVER6, kind=28),
    *lmgrd(client=CLIENT6, server=SERVER6),
    *good(client=CLIENT6, server=SERVER6),
]
"""A story over IPv6; the name was looked up over IPv4."""


def test_addresses_of_both_families_behind_one_link_address_are_one_machine() -> None:
    (case,) = analyzed(framed(SIX, CLIENT, CLIENT6), link=1).cases
    assert case.evidence.target == "27000@licsrv"


def test_two_addresses_of_ipv4_behind_one_link_address_are_machines_of_their_own() -> None:
    another = [(998.0, ip(OTHER, SERVER, 17, udp((5353, 53), dns("www"))))]
    (case,) = analyzed(framed([*another, *SIX], CLIENT, CLIENT6, OTHER), link=1).cases
    assert case.evidence.target == f"27000@[{SERVER6}]"
    sought = [(998.0, arp(OTHER, SERVER).replace(b"\x02\x08\x06", b"\x01\x08\x06"))]
    (case,) = analyzed(framed(SIX, CLIENT, CLIENT6), sought, link=1).cases
    assert case.evidence.target == f"27000@[{SERVER6}]"
