"""Three routers, and at each place of the way each kind of rule: who is named, and how surely. As nobody, no root.

What can't be told apart from the client must come out alike, and the true place must always be among the suspects.
"""

from __future__ import annotations

import itertools
from typing import Final

import pytest

from lmwire.hops.model import Sureness, Trace, Way
from lmwire.netns import Network
from tests.hops.rules import ACTIONS, Rule, load, serving, short
from tests.hops.walker import walk_as_nobody

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

Told = tuple[Way, Sureness, list[str]]

_AT_THE_END: Final = (Way.DROPPED, Sureness.ONE_OF, ["out 3", "server", "back"])
_BEFORE_THE_FIRST: Final = (Way.RESET, Sureness.ONE_OF, ["client", "in 1"])
_LIKELY: Final = (Way.RESET, Sureness.LIKELY)
EXPECTED: Final[dict[tuple[str, str, str], Told]] = {
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


def test_who_is_named_and_how_surely() -> None:
    """All walks, side by side, in one network: each rule has a port of its own."""
    ports = [_OPEN, *(rule.port for rule in RULES)]
    with Network() as network:
        network.chain("client", *_ROUTERS, "server")
        load(network, RULES)
        with serving(network, ports):
            traces = walk_as_nobody(network, ports, 0.4)
    rules = {f"{rule}, IPv{version}": (rule, traces[version, rule.port]) for rule in RULES for version in (4, 6)}
    told = {name: _told(trace) for name, (_, trace) in rules.items()}
    assert told == {name: _expected(rule) for name, (rule, _) in rules.items()}
    assert [name for name, (rule, _) in rules.items() if not set(told[name][2]) & _true_places(rule)] == []
    for version in (4, 6):
        _is_open_and_shown(traces[version, _OPEN])
    for trace in traces.values():
        _is_bounded(trace)


def _told(trace: Trace) -> Told:
    judged, suspects = short(trace)
    return judged.way, judged.sure, suspects


def _expected(rule: Rule) -> Told:
    kind = rule.action if rule.action in {"drop", "rst"} else "icmp"
    return _AT_THE_END if rule.back else EXPECTED[rule.node, rule.hook, kind]


def _true_places(rule: Rule) -> set[str]:
    if rule.back:
        return {"back"}
    if rule.node not in _ROUTERS:
        return {rule.node}
    number = rule.node[1:]
    return {f"hop {number}", f"{'out' if rule.hook == 'forward' else 'in'} {number}"}


def _is_open_and_shown(trace: Trace) -> None:
    judged, suspects = short(trace)
    assert (judged.way, judged.parted, suspects) == (Way.OPEN, 0, [])
    assert len(trace.hops) == 4
    assert len({hop.port.sender for hop in trace.hops[:3]}) == 3
    assert [hop.port.sender for hop in trace.hops] == [hop.control.sender for hop in trace.hops]


def _is_bounded(trace: Trace) -> None:
    assert trace.complete
    assert trace.sent <= 80
    assert trace.seconds < 30
