"""Real paths that forget: a NAT and stateful firewalls whose memory is one second long."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lmwire.gateway.plan import GatewayPlan, GatewayServer
from lmwire.idle.measure import Tell
from lmwire.idle.model import Fate, IdleResult, Outcome, Trouble
from lmwire.netns import Namespace, Network
from lmwire.workflows import measure_idle
from lmwire_mockserver.server import AsyncMockServer
from lmwire_mockserver.threaded import Inside, ThreadedMock
from tests.gateway.running import running

pytestmark = pytest.mark.network

Played = Callable[[Inside, str], contextlib.AbstractContextManager[None]]

_PORT = 27000
_AGES = (0.3, 1.6, 2.0)
_NAT = "chain nat {\n type nat hook postrouting priority 100\n oifname server masquerade\n }"
_DROP = "drop"
_RESET = "reject with tcp reset"
_ICMP = "reject with icmp type admin-prohibited"


def _forgetful(router: Namespace, verdict: str, nat: str = "") -> None:
    """Let the router forget a connection after one second, and treat what it does not know any more so."""
    rules = f"""
        table ip lab {{
            {nat}
            chain forward {{
                type filter hook forward priority 0; policy drop
                ct state established accept
                ct state new tcp flags & (fin|syn|rst|ack) == syn iifname client accept
                {verdict}
            }}
        }}
    """
    router.nft(rules)

    def forget() -> None:
        conntrack = Path("/proc/sys/net/netfilter")
        (conntrack / "nf_conntrack_tcp_timeout_established").write_text("1")
        (conntrack / "nf_conntrack_tcp_loose").write_text("0")

    router.inside(forget)


@contextlib.contextmanager
def _gateway(inside: Inside, address: str) -> Iterator[None]:
    nowhere = GatewayServer(server=f"1@{address}", listen=f"{address}:{_PORT}")
    with running(GatewayPlan(servers=(nowhere,)), inside=inside):
        yield


@contextlib.contextmanager
def _mock(inside: Inside, address: str) -> Iterator[None]:
    with ThreadedMock(AsyncMockServer(bind=address, lmgrd_port=_PORT), inside=inside):
        yield


def _measured(network: Network, *ages: float, progress: Tell | None = None) -> IdleResult:
    target = f"{_PORT}@{network.address('server')}"
    return network["client"].call(measure_idle, target, ages=ages, wait=0.7, progress=progress)


@pytest.mark.parametrize(
    ("verdict", "nat", "how", "played"),
    [
        (_DROP, _NAT, Fate.SILENT, _gateway),
        (_RESET, "", Fate.RESET, _gateway),
        (_ICMP, "", Fate.REJECTED, _mock),
    ],
    ids=["a NAT that drops", "a firewall that resets", "a firewall that rejects"],
)
def test_a_path_that_forgets_after_a_second(verdict: str, nat: str, how: Fate, played: Played) -> None:
    with Network() as network:
        router = network.chain("client", "router", "server", ipv6=False)["router"]
        _forgetful(router, verdict, nat)
        with played(network["server"], network.address("server")):
            result = _measured(network, *_AGES)
    judged = result.judged
    assert judged.outcome is Outcome.FORGETS, result
    assert judged.survived is not None
    assert 0.3 <= judged.survived < 1.0
    assert judged.forgotten is not None
    assert 1.0 <= judged.forgotten <= 2.0
    assert judged.how is how
    assert judged.heartbeat_survives is False
    assert {probe.fate for probe in result.probes[1:]} == {how}


def test_a_cable_that_is_pulled_is_not_taken_for_an_idle_timeout() -> None:
    with Network() as network:
        network.chain("client", "router", "server", ipv6=False)
        with _mock(network["server"], network.address("server")):
            assert _measured(network, 0.2).judged.outcome is Outcome.REMEMBERS

            def pull(_so_far: float, _in_all: float, survived: float | None) -> None:
                if survived is not None:
                    network["router"].ip("link set server down")

            result = _measured(network, 0.2, 0.9, 30, progress=pull)
    assert result.judged.trouble is Trouble.GONE, result
    assert result.judged.survived is not None
    assert result.judged.heartbeat_survives is None
    assert result.probes[2].fate is Fate.NOT_TRIED
