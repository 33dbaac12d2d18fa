"""What the kernel tells, in a real network: client, router, server; IPv4 and IPv6."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from lmwire.evidence import Asked, Connect, Dialogue, Leg, Role, Via
from lmwire.netns import Network
from lmwire.probe import Settings
from lmwire.probe.leg import Question, ask
from lmwire_mockserver.scenario import Lmgrd, Servers
from lmwire_mockserver.scenario import MockDialogue as Talk
from lmwire_mockserver.server import AsyncMockServer
from lmwire_mockserver.threaded import ThreadedMock

pytestmark = pytest.mark.network

RULES = {
    # port → (namespace, hook, rule, how the connect ends, who says so)
    2001: ("r1", "forward", "reject with icmpx type admin-prohibited", Connect.REJECTED, "r1"),
    2002: ("r1", "forward", "reject with icmpx type port-unreachable", Connect.REJECTED, "r1"),
    2003: ("server", "input", "reject with icmpx type host-unreachable", Connect.REJECTED, "server"),
    2004: ("server", "input", "reject with tcp reset", Connect.REFUSED, None),
    2005: ("server", "input", "drop", Connect.FILTERED, None),
    2006: ("client", "output", "reject with icmpx type admin-prohibited", Connect.DENIED, "client"),
    2007: ("server", "input", "accept", Connect.REFUSED, None),
}


def ruleset(hook: str, *rules: str) -> str:
    lines = "\n".join([f"type filter hook {hook} priority 0;", *rules])
    return f"table inet t {{\nchain c {{\n{lines}\n}}\n}}"


@pytest.fixture(scope="module")
def network() -> Iterator[Network]:
    with Network() as network:
        network.chain("client", "r1", "server")
        for name, hook in (("client", "output"), ("r1", "forward"), ("server", "input")):
            rules = [f"tcp dport {port} {row[2]}" for port, row in RULES.items() if row[0] == name]
            network[name].nft(ruleset(hook, *rules))
        yield network


def probe(network: Network, address: str, port: int, asked: Asked = Asked.NOTHING) -> Leg:
    question = Question(role=Role.LMGRD, via=Via.TARGET, host="h", address=address, port=port, asked=asked, vendor="v")

    async def run() -> Leg:
        return (await ask(question, Settings(connect_wait=4.0, answer_wait=1.5), began=0)).leg

    return network["client"].call(lambda: asyncio.run(run()))


@pytest.mark.parametrize("version", [4, 6])
@pytest.mark.parametrize("port", RULES)
def test_how_a_connect_ends_and_who_says_so(network: Network, port: int, version: int) -> None:
    _, _, _, connect, sender = RULES[port]
    leg = probe(network, network.address("server", version), port)
    assert leg.connect is connect
    assert leg.local == network.address("client", version)
    assert (leg.icmp is not None) == (sender is not None)
    if leg.icmp and sender:
        assert leg.icmp.sender == network.address(sender, version)
        assert leg.icmp.version == version


def test_an_address_that_nobody_on_the_link_has_is_unreachable(network: Network) -> None:
    address = network.address("client").rsplit(".", 1)[0] + ".9"
    assert probe(network, address, 27000).connect is Connect.UNREACHABLE


def test_an_address_without_a_route_behind_a_router_is_rejected_by_it(network: Network) -> None:
    leg = probe(network, "203.0.113.250", 27000)
    assert (leg.connect, leg.icmp.sender if leg.icmp else "") == (
        Connect.REJECTED,
        network.links[0].b.address(4).ip.compressed,
    )


@pytest.mark.parametrize("family", [4, 6])
def test_a_forbidding_route_of_our_own_is_a_policy(network: Network, family: int) -> None:
    destination = "203.0.113.9/32" if family == 4 else "2001:db8:dead::9/128"
    network["client"].ip(f"route add prohibit {destination}")
    assert probe(network, destination.partition("/")[0], 27000).connect is Connect.DENIED


@pytest.mark.parametrize(("rule", "wanted"), [("drop", Dialogue.LOST), ("accept", Dialogue.SILENT)])
def test_payload_that_is_eaten_is_told_from_silence(rule: str, wanted: Dialogue) -> None:
    with Network() as network:
        network.chain("client", "r1", "server")
        network["r1"].nft(ruleset("forward", f"tcp dport 27000 tcp flags & psh == psh {rule}"))
        mock = AsyncMockServer(Servers(lmgrds=(Lmgrd(dialogue=Talk.SILENT),)), bind="0.0.0.0", lmgrd_port=27000)
        with ThreadedMock(mock, inside=network["server"]):
            leg = probe(network, network.address("server"), 27000, Asked.HELLO)
    assert leg.dialogue is wanted
    assert leg.acknowledged is (wanted is Dialogue.SILENT)
