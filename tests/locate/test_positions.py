"""Three routers, and at each place of the way each kind of rule: who is named, and how surely. As nobody, no root.

What can't be told apart from the client must come out alike, and the true place must always be among the suspects.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Final

import pytest

from lmwire.locate.model import Sureness, Trace, Way
from mockserver.network import Network
from tests.locate.rules import ACTIONS, Rule, load, serving, short
from tests.locate.walker import walk_as_nobody

pytestmark = pytest.mark.network

_ROUTERS: Final = ("r1", "r2", "r3")
_THERE: Final = [
    ("client", "output"),
    *((router, hook) for router in _ROUTERS for hook in ("prerouting", "forward")),
    ("server", "input"),
]
_BACK: Final = [
    ("server", "output"),
    *((router, hook) for router in reversed(_ROUTERS) for hook in ("prerouting", "forward")),
    ("client", "input"),
]
_OPEN: Final = 29_999
_PORTS: Final = itertools.count(30_001)
RULES: Final = [
    Rule(next(_PORTS), node, hook, action, back)
    for back, places in ((False, _THERE), (True, _BACK))
    for node, hook in places
    for action in ACTIONS
]

_AT_THE_END: Final = (Way.DROPPED, Sureness.LIKELY, ["server", "out 3", "back"])
_BEFORE_THE_FIRST: Final = (Way.RESET, Sureness.ONE_OF, ["client", "in 1"])
_LIKELY: Final = (Way.RESET, Sureness.LIKELY)
EXPECTED: Final = {
    # A router that drops as it forwards is heard before; one that drops as it receives is not: k out is k+1 in.
    ("client", "output", "drop"): (Way.DROPPED, Sureness.CERTAIN, ["client"]),
    ("r1", "prerouting", "drop"): (Way.DROPPED, Sureness.LIKELY, ["in 1"]),
    ("r1", "forward", "drop"): (Way.DROPPED, Sureness.LIKELY, ["out 1", "in 2"]),
    ("r2", "prerouting", "drop"): (Way.DROPPED, Sureness.LIKELY, ["out 1", "in 2"]),
    ("r2", "forward", "drop"): (Way.DROPPED, Sureness.LIKELY, ["out 2", "in 3"]),
    ("r3", "prerouting", "drop"): (Way.DROPPED, Sureness.LIKELY, ["out 2", "in 3"]),
    ("r3", "forward", "drop"): _AT_THE_END,
    ("server", "input", "drop"): _AT_THE_END,
    # An ICMP error names its sender.
    ("client", "output", "icmp"): (Way.DENIED, Sureness.CERTAIN, ["client"]),
    **{
        (f"r{number}", hook, "icmp"): (Way.REJECTED, Sureness.CERTAIN, [f"hop {number}"])
        for number in (1, 2, 3)
        for hook in ("prerouting", "forward")
    },
    ("server", "input", "icmp"): (Way.REJECTED, Sureness.CERTAIN, ["server"]),
    # A reset bears the server's name, and the life that it has left.
    ("client", "output", "rst"): _BEFORE_THE_FIRST,
    ("r1", "prerouting", "rst"): _BEFORE_THE_FIRST,
    ("r1", "forward", "rst"): (*_LIKELY, ["out 1", "in 2"]),
    ("r2", "prerouting", "rst"): (*_LIKELY, ["in 2", "out 1"]),
    ("r2", "forward", "rst"): (*_LIKELY, ["out 2", "in 3"]),
    ("r3", "prerouting", "rst"): (*_LIKELY, ["in 3", "out 2"]),
    ("r3", "forward", "rst"): (*_LIKELY, ["out 3", "server"]),
    ("server", "input", "rst"): (Way.RESET, Sureness.CERTAIN, ["server"]),
}
"""(node, hook, kind of action) on the way there → way, sureness, suspects. On the way back all look the same."""


@pytest.fixture(scope="module")
def traces() -> Iterator[dict[tuple[int, int], Trace]]:
    """All walks, side by side, by IP version and port: each rule has a port of its own."""
    ports = [_OPEN, *(rule.port for rule in RULES)]
    with Network() as network:
        network.chain("client", *_ROUTERS, "server")
        load(network, RULES)
        with serving(network, ports):
            yield walk_as_nobody(network, ports, 0.4)


@pytest.mark.parametrize("version", [4, 6])
@pytest.mark.parametrize("rule", RULES, ids=str)
def test_who_is_named_and_how_surely(traces: dict[tuple[int, int], Trace], rule: Rule, version: int) -> None:
    judged, suspects = short(traces[version, rule.port])
    kind = rule.action if rule.action in {"drop", "rst"} else "icmp"
    expected = _AT_THE_END if rule.back else EXPECTED[rule.node, rule.hook, kind]
    assert (judged.way, judged.sure, suspects) == expected


@pytest.mark.parametrize("version", [4, 6])
@pytest.mark.parametrize("rule", RULES, ids=str)
def test_the_true_place_is_always_suspected(traces: dict[tuple[int, int], Trace], rule: Rule, version: int) -> None:
    _, suspects = short(traces[version, rule.port])
    number = rule.node[1:] if rule.node in _ROUTERS else ""
    true = {
        "client": {"client"},
        "server": {"server"},
    }.get(rule.node, {f"hop {number}", f"{'out' if rule.hook == 'forward' else 'in'} {number}"})
    assert set(suspects) & ({"back"} if rule.back else true)


@pytest.mark.parametrize("version", [4, 6])
def test_an_open_port_is_open_and_the_way_is_shown(traces: dict[tuple[int, int], Trace], version: int) -> None:
    trace = traces[version, _OPEN]
    judged, suspects = short(trace)
    assert (judged.way, judged.parted, suspects) == (Way.OPEN, 0, [])
    assert len(trace.hops) == 4
    assert len({hop.port.sender for hop in trace.hops[:3]}) == 3
    assert [hop.port.sender for hop in trace.hops] == [hop.control.sender for hop in trace.hops]


def test_packets_and_time_are_bounded(traces: dict[tuple[int, int], Trace]) -> None:
    for trace in traces.values():
        assert trace.complete
        assert trace.sent <= 80
        assert trace.seconds < 8
