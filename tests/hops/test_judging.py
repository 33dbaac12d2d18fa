"""What follows from what was seen: a table, without a network."""

from __future__ import annotations

from typing import Final

import msgspec
import pytest

from lmwire.hops.headlines import has_no_way
from lmwire.hops.judging import judge
from lmwire.hops.model import Fate, Hop, PlaceKind, Seen, Sureness, Trace, Way
from tests.hops.paths import path
from tests.hops.rules import short

Expected = tuple[Way, Sureness, list[str], int, int]

CASES: Final[dict[str, tuple[Trace, Expected]]] = {
    "open": (path("A/A", "h/h", "h/h", "A/A"), (Way.OPEN, Sureness.LIKELY, [], 0, 2)),
    "open, by chance only": (path("A/.", "h/h", "A/A"), (Way.OPEN, Sureness.LIKELY, [], 0, 1)),
    "denied": (path("A/D", "h/D", "A/D"), (Way.DENIED, Sureness.CERTAIN, ["client"], 1, 0)),
    "one packet that failed among those that passed": (
        path("A/.", "h/U", "h/.", "A/."),
        (Way.DROPPED, Sureness.ONE_OF, ["client", "in 1"], 1, 0),
    ),
    "denied by a routing rule about the port": (
        path("A/U", "h/U", "A/U"),
        (Way.DENIED, Sureness.CERTAIN, ["client"], 1, 0),
    ),
    "dropped between two": (
        path("A/.", "h/h", "h/h", "h/.", "A/."),
        (Way.DROPPED, Sureness.LIKELY, ["out 2", "in 3"], 3, 2),
    ),
    "dropped at the end": (
        path("A/.", "h/h", "h/h", "A/."),
        (Way.DROPPED, Sureness.ONE_OF, ["out 2", "server", "back"], 3, 2),
    ),
    "dropped before the first hop, by whom is not known": (
        path("A/.", "h/.", "h/.", "A/."),
        (Way.DROPPED, Sureness.ONE_OF, ["client", "in 1"], 1, 0),
    ),
    "dropped before the first hop, and it left": (
        path("A/.", "h/.", "h/.", "A/.", leaves=True),
        (Way.DROPPED, Sureness.LIKELY, ["in 1"], 1, 0),
    ),
    "dropped by this machine": (
        path("A/.", "h/.", "h/.", "A/.", leaves=False),
        (Way.DROPPED, Sureness.CERTAIN, ["client"], 1, 0),
    ),
    "no router, and it left": (
        path("A/.", "A/.", leaves=True),
        (Way.DROPPED, Sureness.LIKELY, ["server", "back"], 1, 0),
    ),
    "a router answers once in a while: a later one was reached": (
        path("A/.", "h/h", "h/.", "h/h", "h/.", "A/."),
        (Way.DROPPED, Sureness.LIKELY, ["out 3", "in 4"], 2, 3),
    ),
    "two hide, and it is lost among them": (
        path("A/.", "h/h", "./.", "./.", "h/.", "A/."),
        (Way.DROPPED, Sureness.ONE_OF, ["out 1", "hop 2", "hop 3", "in 4"], 4, 1),
    ),
    "the router hides from one port only": (
        path("A/.", "h/h", "./h", "h/.", "A/."),
        (Way.DROPPED, Sureness.LIKELY, ["out 2", "in 3"], 2, 2),
    ),
    "farther than was asked for": (
        path("A/.", "h/h", "h/h"),
        (Way.DROPPED, Sureness.ONE_OF, ["out 2", "farther", "server", "back"], 0, 2),
    ),
    "another machine behind": (
        path("A/.", "h/h", "A/h2", "A/h3", "A/."),
        (Way.DROPPED, Sureness.ONE_OF, ["out 3"], 2, 3),
    ),
    "accepted before the server": (
        path("A/A", "./A", "A/A"),
        (Way.INTERCEPTED, Sureness.CERTAIN, ["hop 1"], 1, 0),
    ),
    "rejected by a router that is known": (
        path("A/x2", "h/h", "h/h", "h/x2", "A/x2"),
        (Way.REJECTED, Sureness.CERTAIN, ["hop 2"], 3, 2),
    ),
    "rejected by the router before it counts": (
        path("A/x2", "h/h", "h/x2", "A/x2"),
        (Way.REJECTED, Sureness.CERTAIN, ["hop 2"], 2, 1),
    ),
    "rejected in the server's name, before the server": (
        path("A/xs", "h/h", "h/xs", "h/xs", "A/xs"),
        (Way.REJECTED, Sureness.ONE_OF, ["hop 1", "hop 2"], 2, 1),
    ),
    "rejected by the server": (
        path("A/xs", "h/h", "h/h", "A/xs"),
        (Way.REJECTED, Sureness.CERTAIN, ["server"], 3, 2),
    ),
    "rejected by the server, without a port to compare with": (
        path("-/xs", "-/h", "-/h", "-/xs"),
        (Way.REJECTED, Sureness.CERTAIN, ["server"], 0, 2),
    ),
    "rejected by a router that hides": (
        path("A/x77", "h/h", "./.", "h/x77", "A/x77"),
        (Way.REJECTED, Sureness.CERTAIN, ["hop 2"], 3, 1),
    ),
    "rejected under another address of a router": (
        path("A/x77", "h/h", "h/h", "h/x77", "A/x77"),
        (Way.REJECTED, Sureness.ONE_OF, ["hop 2", "hop 3"], 3, 2),
    ),
    "rejected, and nobody knows how far away": (
        path("A/x77", "h/.", "h/.", "A/."),
        (Way.REJECTED, Sureness.ONE_OF, ["hop 0"], 1, 0),
    ),
    "rejected without a port to compare with": (
        path("-/x2", "-/h", "-/h", "-/x2"),
        (Way.REJECTED, Sureness.CERTAIN, ["hop 2"], 0, 2),
    ),
    "reset by the server": (
        path("A/R", "h/h", "A/R", reset_left=63, reset_as_control=True),
        (Way.RESET, Sureness.CERTAIN, ["server"], 2, 1),
    ),
    "reset in the server's name by the last router": (
        path("A/R", "h/h", "h/h", "A/R", reset_left=63, reset_as_control=False),
        (Way.RESET, Sureness.LIKELY, ["out 2", "server"], 3, 2),
    ),
    "reset on the way": (
        path("A/R", "h/h", "h/R", "A/R", reset_left=64, reset_as_control=False),
        (Way.RESET, Sureness.LIKELY, ["out 1", "in 2"], 2, 1),
    ),
    "reset on the way, from where is not known": (
        path("A/R", "h/h", "h/R", "A/R"),
        (Way.RESET, Sureness.ONE_OF, ["out 1", "in 2"], 2, 1),
    ),
    "reset by a way back that is longer": (
        path("A/R", "h/h", "h/R", "A/R", reset_left=50, reset_as_control=False),
        (Way.RESET, Sureness.ONE_OF, ["out 1", "in 2"], 2, 1),
    ),
    "reset from a life of 255": (
        path("A/R", "h/h", "h/R", "A/R", reset_left=254, reset_as_control=False),
        (Way.RESET, Sureness.LIKELY, ["in 2", "out 1"], 2, 1),
    ),
    "reset at once": (
        path("A/R", "h/R", "A/R", reset_left=64, reset_as_control=False),
        (Way.RESET, Sureness.ONE_OF, ["client", "in 1"], 1, 0),
    ),
    "reset without a port to compare with": (
        path("-/R", "-/h", "-/h", "-/R", reset_left=62),
        (Way.RESET, Sureness.LIKELY, ["server", "out 2"], 0, 2),
    ),
    "reset only with the usual life": (path("A/R", "h/h", "A/."), (Way.RESET, Sureness.NONE, [], 2, 1)),
    "nothing to compare with": (
        path("./.", "h/h", "h/h", "./."),
        (Way.NO_CONTROL, Sureness.NONE, ["out 2"], 0, 2),
    ),
    "nobody on the link has the address, as later packets tell": (
        path("-/.", "-/.", "-/.", "-/U"),
        (Way.UNKNOWN, Sureness.NONE, [], 0, 0),
    ),
    "nobody on the link has the address, and both ports tell": (
        path("./.", "./.", "U/U"),
        (Way.UNKNOWN, Sureness.NONE, [], 0, 0),
    ),
    "no way": (path("U/U", "U/U"), (Way.UNKNOWN, Sureness.NONE, [], 0, 0)),
    "time ran out": (path("A/-", "h/-", "A/-"), (Way.UNKNOWN, Sureness.NONE, [], 0, 0)),
    "time ran out before the hop that matters": (
        path("A/.", "h/h", "h/-", "A/-"),
        (Way.UNKNOWN, Sureness.NONE, [], 0, 1),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_what_follows(name: str) -> None:
    trace, expected = CASES[name]
    judged, suspects = short(trace)
    assert (judged.way, judged.sure, suspects, judged.parted, judged.last) == expected


def test_no_way_is_told_only_where_nothing_arrived() -> None:
    assert has_no_way(path("U/U", "U/U"))
    assert not has_no_way(path("A/-", "h/h", "./U", "A/-"))
    assert not has_no_way(path("./.", "h/h", "./U"))


def test_ports_that_take_different_routers_are_noticed() -> None:
    assert judge(path("A/.", "h/h", "h/h7", "h/.", "A/.")).diverging == (2,)


_NO_HOP = {PlaceKind.SERVER, PlaceKind.FARTHER}


def test_whatever_is_missing_no_hop_is_blamed_that_let_the_packets_by() -> None:
    silent = Seen(fate=Fate.SILENT)
    for trace, _ in CASES.values():
        for cut in range(len(trace.hops) + 1):
            blank = Hop(number=cut + 1, control=silent, port=silent)
            for hops in (trace.hops[:cut], (*trace.hops[:cut], blank, *trace.hops[cut + 1 :])):
                judged = judge(msgspec.structs.replace(trace, hops=hops))
                blamed = [place for place in judged.suspects if place.kind is not PlaceKind.WAY_BACK]
                if judged.way is Way.DROPPED:
                    assert blamed
                    assert all(place.hop >= judged.last or place.kind in _NO_HOP for place in blamed)
