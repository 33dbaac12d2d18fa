"""`@host` in a real network: one connect time-out, whatever the firewall does to ten ports."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator

import pytest

from lmwire.diagnosis import diagnose
from lmwire.evidence import Answer, Asked, Connect, Dialogue, Evidence, Role
from lmwire.netns import Network
from lmwire.probe import Resolver, Settings, Walk, walk
from lmwire_mockserver.scenario import Lmgrd, Servers, Vendor
from lmwire_mockserver.scenario import MockDialogue as Talk
from lmwire_mockserver.server import AsyncMockServer
from lmwire_mockserver.threaded import ThreadedMock

pytestmark = pytest.mark.network


@pytest.fixture
def network() -> Iterator[Network]:
    with Network() as network:
        network.chain("client", "server", ipv6=False)
        yield network


def only(*ports: int) -> str:
    """A firewall that lets only these ports of the default range through, and drops the others."""
    allowed = ", ".join(map(str, ports))
    rules = f"type filter hook input priority 0;\ntcp dport != {{ {allowed} }} tcp dport 27000-27009 drop"
    return f"table inet t {{\nchain c {{\n{rules}\n}}\n}}"


def walked(network: Network, *vendors: str, answer_wait: float = 10.0) -> tuple[list[Evidence], float]:
    plan = Walk(target="@server", host=network.address("server"), port=None)
    settings = Settings(vendors=vendors, connect_wait=2.0, answer_wait=answer_wait)

    async def run() -> list[Evidence]:
        return await walk(plan, settings, Resolver(family=None, wait=5))

    began = time.monotonic()
    found = network["client"].call(lambda: asyncio.run(run()))
    return found, time.monotonic() - began


def mock(network: Network, lmgrd_port: int, vendor_port: int, **lmgrd: object) -> ThreadedMock:
    servers = Servers(lmgrds=(Lmgrd(**lmgrd),), vendors=(Vendor(name="ibmratl"),))  # type: ignore[arg-type] # passed on
    played = AsyncMockServer(
        servers,
        bind="0.0.0.0",
        lmgrd_port=lmgrd_port,
        vendor_ports=[vendor_port],
        referral_host=network.address("server"),
    )
    return ThreadedMock(played, inside=network["server"])


@pytest.mark.parametrize("vendors", [("ibmratl",), ()], ids=["named", "asked for"])
def test_a_firewall_that_lets_lmgrd_through_and_nothing_else(network: Network, vendors: tuple[str, ...]) -> None:
    network["server"].nft(only(27000))
    with mock(network, 27000, 27001):
        (seen,), seconds = walked(network, *vendors)
    assert diagnose(seen).verdict.id == "vendor-filtered"
    assert seconds < 2.5


@pytest.mark.parametrize("vendors", [("ibmratl",), ()], ids=["named", "asked for"])
def test_lmgrd_behind_filtered_ports(network: Network, vendors: tuple[str, ...]) -> None:
    network["server"].nft(only(27003, 27005))
    with mock(network, 27003, 27005):
        (seen,), seconds = walked(network, *vendors)
    diagnosis = diagnose(seen)
    assert diagnosis.verdict.id == "healthy"
    assert "default-range-filtered" in {finding.id for finding in diagnosis.findings}
    assert [leg.port for leg in seen.legs if leg.connect is Connect.FILTERED] == [27000, 27001, 27002]
    assert seconds < 3.0


def test_nobody_is_asked_beyond_the_port_that_refers(network: Network) -> None:
    with mock(network, 27000, 27001) as played:
        (seen,), _ = walked(network, "ibmratl")
        talks = played.wait_for_conversations(4)  # the knocks at 27000 and 27001, the hello to each
    assert [leg.port for leg in seen.legs_of(Role.LMGRD) if leg.asked is not Asked.NOTHING] == [27000]
    # The connect to 27001, which a client that is referred never makes, said nothing.
    assert [talk.asked for talk in talks if talk.bytes_in] == [("hello",), ("hello",)]


def test_ten_ports_that_accept_and_never_answer(network: Network) -> None:
    quiet = Servers(lmgrds=tuple(Lmgrd(port=port, dialogue=Talk.SILENT) for port in range(27000, 27009)))
    played = AsyncMockServer(quiet, bind="0.0.0.0", vendor_ports=[27009])
    rules = "type nat hook prerouting priority dstnat;\n" + "\n".join(
        f"tcp dport {27000 + index} redirect to :PORT{index}" for index in range(9)
    )
    with ThreadedMock(played, inside=network["server"]):
        for index, port in enumerate(played.lmgrd_ports):
            rules = rules.replace(f":PORT{index}", f":{port}")
        network["server"].nft(f"table inet t {{\nchain c {{\n{rules}\n}}\n}}")
        (seen,), seconds = walked(network, "ibmratl", answer_wait=2.0)
    assert {leg.dialogue for leg in seen.legs if leg.port < 27009} == {Dialogue.SILENT}
    assert diagnose(seen).verdict.id == "lmgrd-silent"
    assert seconds < 2 + 2 + 2.5


def test_a_vendor_daemon_below_lmgrd_is_met_first(network: Network) -> None:
    with mock(network, 27003, 27001):
        (seen,), _ = walked(network, "ibmratl")
    assert diagnose(seen).verdict.id == "range-shadowed"
    answers = {leg.port: leg.answer for leg in seen.legs_of(Role.LMGRD) if leg.asked is Asked.HELLO}
    assert answers == {27001: Answer.HELLO, 27003: Answer.REFERRAL}


@pytest.mark.parametrize("vendors", [("ibmratl",), ()], ids=["named", "asked for"])
def test_lmgrd_is_found_though_a_higher_port_accepts_a_second_sooner(
    network: Network, vendors: tuple[str, ...]
) -> None:
    first_syn = "tcp dport 27000 tcp flags & (syn | ack) == syn quota until 100 bytes drop"  # the second has 120 in all
    network["server"].nft(f"table inet t {{\nchain c {{\ntype filter hook input priority 0;\n{first_syn}\n}}\n}}")
    with mock(network, 27000, 27001):
        (seen,), _ = walked(network, *vendors)
    assert diagnose(seen).verdict.id == "healthy"
    assert next(leg for leg in seen.legs if leg.port == 27000).at > 0.9


def test_several_vendor_daemons_cost_one_walk_through_the_range(network: Network) -> None:
    network["server"].nft(only(27002, 27004))
    with mock(network, 27002, 27004):
        found, seconds = walked(network, "ibmratl", "rational")
    assert [diagnose(seen).verdict.id for seen in found] == ["healthy", "vendor-daemon-down"]
    assert seconds < 3.0
