"""Routers that hide are not blamed for it; where a hidden one is the culprit, it is among the suspects."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Final

import pytest

from lmwire.locate.model import Sureness, Trace, Way
from mockserver.network import Network
from tests.locate.rules import Rule, load, serving, short
from tests.locate.walker import walk_as_nobody

pytestmark = pytest.mark.network

_ROUTERS: Final = ("r1", "r2", "r3", "r4")
_PORTS: Final = itertools.count(30_001)
_OPEN: Final = 29_999
_DROPPED: Final = (Way.DROPPED, Sureness.ONE_OF)
_LIKELY: Final = (Way.DROPPED, Sureness.LIKELY)
_REJECTED: Final = (Way.REJECTED, Sureness.CERTAIN)
_RESET: Final = (Way.RESET, Sureness.LIKELY)
_END: Final = (*_LIKELY, ["server", "out 4", "back"])

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


@pytest.fixture(scope="module")
def traces() -> Iterator[dict[tuple[int, tuple[str, ...], int], Trace]]:
    """The walks, by IP version, routers that hide, and port."""
    found = {}
    with Network() as network:
        network.chain("client", *_ROUTERS, "server")
        with serving(network, [_OPEN, *(rule.port for _, rule, _ in CASES)]):
            for hiding in dict.fromkeys(hiding for hiding, _, _ in CASES):
                rules = [rule for hidden, rule, _ in CASES if hidden == hiding]
                load(network, rules, hiding)
                walked = walk_as_nobody(network, [_OPEN, *(rule.port for rule in rules)], 0.4)
                found |= {(version, hiding, port): trace for (version, port), trace in walked.items()}
        yield found


@pytest.mark.parametrize("version", [4, 6])
@pytest.mark.parametrize(
    ("hiding", "rule", "expected"), CASES, ids=[f"{'+'.join(hiding)} hides, {rule}" for hiding, rule, _ in CASES]
)
def test_who_hides_is_not_who_blocks(
    traces: dict[tuple[int, tuple[str, ...], int], Trace],
    hiding: tuple[str, ...],
    rule: Rule,
    expected: Expected,
    version: int,
) -> None:
    judged, suspects = short(traces[version, hiding, rule.port])
    assert (judged.way, judged.sure, suspects) == expected


@pytest.mark.parametrize("version", [4, 6])
@pytest.mark.parametrize("hiding", dict.fromkeys(hiding for hiding, _, _ in CASES), ids="+".join)
def test_nobody_is_blamed_where_nothing_is_blocked(
    traces: dict[tuple[int, tuple[str, ...], int], Trace], hiding: tuple[str, ...], version: int
) -> None:
    judged, suspects = short(traces[version, hiding, _OPEN])
    assert (judged.way, suspects) == (Way.OPEN, [])
