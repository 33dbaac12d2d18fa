"""Routers that hide are not blamed for it; where a hidden one is the culprit, it is among the suspects."""

from __future__ import annotations

import itertools
from typing import Final

import pytest

from lmwire.hops.model import Sureness, Trace, Way
from lmwire.netns import Network
from tests.hops.rules import Rule, load, serving, short
from tests.hops.walker import walk_as_nobody

pytestmark = pytest.mark.network

_ROUTERS: Final = ("r1", "r2", "r3", "r4")
_PORTS: Final = itertools.count(30_001)
_OPEN: Final = 29_999
_DROPPED: Final = (Way.DROPPED, Sureness.ONE_OF)
_LIKELY: Final = (Way.DROPPED, Sureness.LIKELY)
_REJECTED: Final = (Way.REJECTED, Sureness.CERTAIN)
_RESET: Final = (Way.RESET, Sureness.LIKELY)
_END: Final = (Way.DROPPED, Sureness.ONE_OF, ["out 4", "server", "back"])

Expected = tuple[Way, Sureness, list[str]]
CASES: Final[list[tuple[tuple[str, ...], Rule, Expected]]] = [
    # One hides, another blocks.
    (("r2",), Rule(next(_PORTS), "r1", "forward", "drop"), (*_DROPPED, ["out 1", "hop 2", "in 3"])),
    (("r2",), Rule(next(_PORTS), "r3", "forward", "drop"), (*_LIKELY, ["out 3", "in 4"])),
    (("r2",), Rule(next(_PORTS), "r3", "forward", "prohibited"), (*_REJECTED, ["hop 3"])),
    (("r2",), Rule(next(_PORTS), "r3", "forward", "rst"), (*_RESET, ["out 3", "in 4"])),
    (("r2",), Rule(next(_PORTS), "server", "input", "drop"), _END),
    (("r2",), Rule(next(_PORTS), "client", "output", "drop"), (Way.DROPPED, Sureness.CERTAIN, ["client"])),
    (("r1",), Rule(next(_PORTS), "r2", "prerouting", "drop"), (*_DROPPED, ["hop 1", "in 2"])),
    (("r1",), Rule(next(_PORTS), "r2", "forward", "drop"), (*_LIKELY, ["out 2", "in 3"])),
    (("r1",), Rule(next(_PORTS), "server", "input", "drop"), _END),
    # The one that hides is the one that blocks.
    (("r2",), Rule(next(_PORTS), "r2", "prerouting", "drop"), (*_DROPPED, ["out 1", "hop 2", "in 3"])),
    (("r2",), Rule(next(_PORTS), "r2", "forward", "drop"), (*_DROPPED, ["out 1", "hop 2", "in 3"])),
    (("r2",), Rule(next(_PORTS), "r2", "forward", "prohibited"), (*_REJECTED, ["hop 2"])),
    (("r2",), Rule(next(_PORTS), "r2", "forward", "rst"), (*_RESET, ["out 2", "in 3"])),
    (("r1",), Rule(next(_PORTS), "r1", "forward", "drop"), (*_DROPPED, ["hop 1", "in 2"])),
    (("r4",), Rule(next(_PORTS), "r4", "forward", "drop"), (*_DROPPED, ["out 3", "hop 4", "server", "back"])),
    (("r4",), Rule(next(_PORTS), "server", "input", "drop"), (*_DROPPED, ["out 3", "hop 4", "server", "back"])),
    # Two in a row hide.
    (("r2", "r3"), Rule(next(_PORTS), "r2", "forward", "drop"), (*_DROPPED, ["out 1", "hop 2", "hop 3", "in 4"])),
    (("r2", "r3"), Rule(next(_PORTS), "r3", "forward", "drop"), (*_DROPPED, ["out 1", "hop 2", "hop 3", "in 4"])),
    (("r2", "r3"), Rule(next(_PORTS), "r4", "prerouting", "drop"), (*_DROPPED, ["out 1", "hop 2", "hop 3", "in 4"])),
    (("r2", "r3"), Rule(next(_PORTS), "r3", "forward", "prohibited"), (*_REJECTED, ["hop 3"])),
    (("r2", "r3"), Rule(next(_PORTS), "server", "input", "drop"), _END),
    (("r2", "r3"), Rule(next(_PORTS), "server", "input", "unreachable"), (*_REJECTED, ["server"])),
    # All hide: only the ends are left to tell.
    (
        _ROUTERS,
        Rule(next(_PORTS), "r3", "forward", "drop"),
        (*_DROPPED, ["hop 1", "hop 2", "hop 3", "hop 4", "server", "back"]),
    ),
    (_ROUTERS, Rule(next(_PORTS), "server", "input", "rst"), (Way.RESET, Sureness.CERTAIN, ["server"])),
]


@pytest.mark.parametrize("hiding", dict.fromkeys(hiding for hiding, _, _ in CASES), ids="+".join)
def test_who_hides_is_not_who_blocks(hiding: tuple[str, ...]) -> None:
    """All walks of a network in which these routers hide, side by side: each rule has a port of its own."""
    cases = {rule.port: (rule, expected) for hidden, rule, expected in CASES if hidden == hiding}
    with Network() as network:
        network.chain("client", *_ROUTERS, "server")
        load(network, [rule for rule, _ in cases.values()], hiding)
        with serving(network, [_OPEN, *cases]):
            traces = walk_as_nobody(network, [_OPEN, *cases], 0.4)
    told = {place: _told(trace) for place, trace in traces.items() if place[1] != _OPEN}
    assert told == {(version, port): expected for version in (4, 6) for port, (_, expected) in cases.items()}
    for version in (4, 6):  # nobody is blamed where nothing is blocked
        assert _told(traces[version, _OPEN]) == (Way.OPEN, Sureness.LIKELY, [])


def _told(trace: Trace) -> Expected:
    judged, suspects = short(trace)
    return judged.way, judged.sure, suspects
