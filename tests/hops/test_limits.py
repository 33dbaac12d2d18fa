"""Routers that answer only so often, as Linux does unless told otherwise: what they don't say is nobody's fault."""

from __future__ import annotations

import contextlib
import itertools
import socket
from collections.abc import Sequence
from typing import Final

import pytest

from lmwire.hops.model import Way
from lmwire.netns import Network
from tests.hops.rules import Rule, load, serving, short
from tests.hops.walker import walk_as_nobody

pytestmark = pytest.mark.network

_ROUTERS: Final = ("r1", "r2", "r3")
_USED: Final = 5
"""Of the six errors that a router sends at once, before it sends one a second."""
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
    30_004: (Way.DROPPED, ["out 3", "server", "back"]),
}


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_a_router_that_answers_once_a_second_is_heard_all_the_same(rule: Rule) -> None:
    with Network() as network:
        network.chain("client", *_ROUTERS, "server")
        for router in _ROUTERS:
            for name, value in _USUAL.items():
                network[router].sysctl(name, value)
        load(network, [rule])
        with serving(network, [rule.port]):
            if rule.action != "prohibited":  # which uses it up by itself: it is said of every packet
                network["client"].call(_use_up, [network.address("server", version) for version in (4, 6)])
            traces = walk_as_nobody(network, [rule.port], 1.0)
    for version in (4, 6):
        judged, suspects = short(traces[version, rule.port])
        assert (judged.way, suspects) == _EXPECTED[rule.port]


def _use_up(addresses: Sequence[str]) -> None:
    """Have each router say nearly all that it may say at once, so that it is slow from the walk's first packets on."""
    for address, life in itertools.product(addresses, range(1, len(_ROUTERS) + 1)):
        six = ":" in address
        with socket.socket(socket.AF_INET6 if six else socket.AF_INET, socket.SOCK_DGRAM) as sock:
            level = socket.IPPROTO_IPV6 if six else socket.IPPROTO_IP
            sock.setsockopt(level, socket.IPV6_UNICAST_HOPS if six else socket.IP_TTL, life)
            for _ in range(_USED):
                with contextlib.suppress(OSError):  # what a router said of the one before
                    sock.sendto(b"", (address, 9))
