"""Several connects to one port, in a real network: client, router, server; nftables decides which SYN passes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from lmwire.evidence import Answer, Asked, Connect, Leg, Role, Via
from lmwire.netns import Network
from lmwire.probe import Settings
from lmwire.probe.connect import open_socket
from lmwire.probe.hurry import Hurry, may_hurry
from lmwire.probe.leg import ProbedLeg, Question, ask
from lmwire_mockserver.scenario import Servers, Vendor
from lmwire_mockserver.server import AsyncMockServer
from lmwire_mockserver.threaded import ThreadedMock

pytestmark = pytest.mark.network

LMGRD, VENDOR = 27000, 27001
RULES = {
    3001: ("drop",),
    3002: ("limit rate 1/hour burst 1 packets drop", "reject with icmpx type admin-prohibited"),
    3003: ("limit rate 1/hour burst 1 packets drop", "reject with tcp reset"),
    3004: ("limit rate 1/hour burst 3 packets drop",),  # then it is translated to the vendor daemon's
    3005: ("drop",),  # as lmgrd's port of a path that is bad
}


@pytest.fixture(scope="module")
def network() -> Iterator[Network]:
    with Network() as network:
        network.chain("client", "r1", "server")
        lines = [f"tcp dport {port} {rule}" for port, rules in RULES.items() for rule in rules]
        redirect = f"tcp dport 3004 dnat ip to {network.address('server')}:{VENDOR}"
        network["r1"].nft(
            "table inet t {\n"
            "chain early { type filter hook prerouting priority raw;\n" + "\n".join(lines) + "\n}\n"
            f"chain n {{ type nat hook prerouting priority dstnat;\n{redirect}\n}}\n}}"
        )
        servers = Servers(vendors=(Vendor(name="ibmratl"),))
        mock = AsyncMockServer(servers, bind="0.0.0.0", lmgrd_port=LMGRD, vendor_ports=(VENDOR,))
        with ThreadedMock(mock, inside=network["server"]):
            yield network


def probe(network: Network, port: int, *, control: int | None = LMGRD, places: int = 9, wait: float = 4.0) -> ProbedLeg:
    question = Question(
        role=Role.VENDOR,
        via=Via.REFERRAL,
        host="h",
        address=network.address("server"),
        port=port,
        asked=Asked.HELLO,
        vendor="ibmratl",
    )

    async def run() -> tuple[ProbedLeg, bool]:
        sockets = asyncio.Semaphore(places)
        hurry = None if control is None else Hurry(control=control, sockets=sockets)
        probed = await ask(question, Settings(connect_wait=wait), began=0, hurry=hurry)
        for _ in range(places):
            await asyncio.wait_for(sockets.acquire(), 1)
        return probed, sockets.locked()

    probed, all_given_back = network["client"].call(lambda: asyncio.run(run()))
    assert all_given_back
    return probed


def told(leg: Leg) -> tuple[Connect, int]:
    return leg.connect, leg.attempts


def test_a_port_that_drops_is_filtered_after_a_second(network: Network) -> None:
    leg = probe(network, 3001).leg
    assert told(leg) == (Connect.FILTERED, 5)
    assert 1.3 <= leg.connect_seconds < 2.5
    assert leg.local == network.address("client")


def test_a_port_that_accepts_meets_one_connect(network: Network) -> None:
    probed = probe(network, VENDOR)
    assert (*told(probed.leg), probed.leg.answer) == (Connect.ESTABLISHED, 1, Answer.HELLO)
    assert probed.quick


@pytest.mark.parametrize(("port", "connect"), [(3002, Connect.REJECTED), (3003, Connect.REFUSED)])
def test_what_answers_a_later_connect_counts(network: Network, port: int, connect: Connect) -> None:
    leg = probe(network, port).leg
    assert told(leg) == (connect, 2)
    assert 0.25 <= leg.connect_seconds < 1


def test_a_later_connect_that_is_accepted_goes_on(network: Network) -> None:
    probed = probe(network, 3004)
    assert (*told(probed.leg), probed.leg.answer) == (Connect.ESTABLISHED, 4, Answer.HELLO)
    assert probed.leg.connect_seconds >= 0.75
    assert not probed.quick


def test_where_lmgrds_port_is_silent_too_the_wait_is_as_long_as_ever(network: Network) -> None:
    leg = probe(network, 3001, control=3005, wait=2.0).leg
    assert told(leg) == (Connect.FILTERED, 5)
    assert 2.0 <= leg.connect_seconds < 3.5


@pytest.mark.parametrize(("places", "attempts"), [(0, 1), (2, 3)])
def test_without_sockets_to_spare_the_wait_is_as_long_as_ever(network: Network, places: int, attempts: int) -> None:
    leg = probe(network, 3001, places=places, wait=2.0).leg
    assert told(leg) == (Connect.FILTERED, attempts)
    assert 2.0 <= leg.connect_seconds < 3.5


def test_without_a_port_that_was_quick_there_is_one_connect(network: Network) -> None:
    assert told(probe(network, 3001, control=None, wait=1.5).leg) == (Connect.FILTERED, 1)


def test_a_connection_that_lost_a_packet_is_not_quick(network: Network) -> None:
    network["r1"].nft(
        "table inet lossy {\n"
        "chain c { type filter hook prerouting priority raw;\n"
        f"tcp dport {VENDOR} tcp flags & psh == psh limit rate 1/hour burst 1 packets drop\n}}\n}}"
    )
    probed = probe(network, VENDOR)
    network["r1"].nft("delete table inet lossy")
    assert probed.leg.answer is Answer.HELLO
    assert not probed.quick


def ask_once(network: Network, port: int, settings: Settings) -> Leg:
    question = Question(
        role=Role.LMGRD,
        via=Via.TARGET,
        host="h",
        address=network.address("server"),
        port=port,
        asked=Asked.HELLO,
        vendor="ibmratl",
    )
    return network["client"].call(lambda: asyncio.run(ask(question, settings, began=0))).leg


def test_on_a_path_that_loses_nothing_three_connects_tell(network: Network) -> None:
    leg = ask_once(network, 3001, Settings(lossless=True))
    assert told(leg) == (Connect.FILTERED, 3)
    assert 0.8 <= leg.connect_seconds < 2


def test_a_wait_that_the_caller_chose_is_kept() -> None:
    assert may_hurry(Settings())
    assert not may_hurry(Settings(hurry=False))
    assert not may_hurry(Settings(connect_wait=2.0))


def test_the_ports_of_the_caller_are_used(network: Network) -> None:
    def first_of(ports: range) -> Connect:
        with open_socket(network.address("client"), "", range(ports[0], ports[0] + 1)):
            return asyncio.run(ask(question, Settings(ports=ports), began=0)).leg.connect

    question = Question(
        role=Role.LMGRD, via=Via.TARGET, host="h", address=network.address("server"), port=LMGRD, asked=Asked.NOTHING
    )
    network["r1"].nft(
        "table inet ports {\nchain c { type filter hook prerouting priority raw;\n"
        "tcp sport != 40001 tcp dport 27000 reject with icmpx type admin-prohibited\n}\n}"
    )
    try:
        assert network["client"].call(lambda: first_of(range(40000, 40002))) is Connect.ESTABLISHED
        assert network["client"].call(lambda: first_of(range(40002, 40004))) is Connect.REJECTED
    finally:
        network["r1"].nft("delete table inet ports")
