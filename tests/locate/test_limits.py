"""Routers that answer only so often, as Linux does unless told otherwise: what they don't say is nobody's fault."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pytest

from lmwire.locate.model import Trace, Way
from mockserver.network import Network
from tests.locate.rules import Rule, load, serving, short
from tests.locate.walker import walk_as_nobody

pytestmark = pytest.mark.network

_ROUTERS: Final = ("r1", "r2", "r3")
_USUAL: Final = {
    "net.ipv4.icmp_ratelimit": "1000",
    "net.ipv4.icmp_ratemask": "6168",
    "net.ipv6.icmp.ratelimit": "1000",
    "net.ipv6.icmp.ratemask": "0-1,3-127",
}
RULES: Final = [
    Rule(30_001, "r1", "forward", "prohibited"),
    Rule(30_002, "r2", "forward", "drop"),
    Rule(30_003, "r3", "forward", "rst"),
    Rule(30_004, "server", "input", "drop"),
]
_EXPECTED: Final = {
    30_001: (Way.REJECTED, ["hop 1"]),
    30_002: (Way.DROPPED, ["out 2", "in 3"]),
    30_003: (Way.RESET, ["out 3", "server"]),
    30_004: (Way.DROPPED, ["server", "out 3", "back"]),
}


@pytest.fixture(scope="module")
def traces() -> Iterator[dict[tuple[int, int], Trace]]:
    with Network() as network:
        network.chain("client", *_ROUTERS, "server")
        for router in _ROUTERS:
            for name, value in _USUAL.items():
                network[router].sysctl(name, value)
        load(network, RULES)
        with serving(network, [rule.port for rule in RULES]):
            # One after the other, without a pause: what a router has left to say is little from the second on.
            found: dict[tuple[int, int], Trace] = {}
            for rule in RULES:
                found |= walk_as_nobody(network, [rule.port], 1.0)
            yield found


@pytest.mark.parametrize("version", [4, 6])
@pytest.mark.parametrize("rule", RULES, ids=str)
def test_a_router_that_answers_once_a_second_is_heard_all_the_same(
    traces: dict[tuple[int, int], Trace], rule: Rule, version: int
) -> None:
    judged, suspects = short(traces[version, rule.port])
    assert (judged.way, suspects) == _EXPECTED[rule.port]
