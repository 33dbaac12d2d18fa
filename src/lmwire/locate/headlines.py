"""Headline and cause of a judged trace: one function for each way it can come out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from lmwire.diagnosis.phrases import icmp_text
from lmwire.locate.judging import length_of
from lmwire.locate.model import Fate, Judged, Place, PlaceKind, Seen, Sureness, Trace, Way

__all__ = ["Story", "has_no_route", "has_no_way", "place_text", "story_of"]

_NO_ROUTE: Final = frozenset({(4, 3, 0), (4, 3, 1), (6, 1, 0), (6, 1, 3)})
"""ICMP version, type and code of net and host unreachable, no route, and address unreachable."""


class Story(NamedTuple):
    """What is blocked, in a sentence, and why that follows."""

    headline: str
    cause: str


def story_of(trace: Trace, judged: Judged) -> Story:
    """Return the story of a judged trace."""
    return _STORIES[judged.way](trace, judged)


def place_text(place: Place) -> str:
    """Return a place as it stands in a sentence."""
    hop = f"hop {place.hop}" if place.hop else "a router of unknown distance"
    named = f"{hop} ({place.address})" if place.address else f"{hop}, which hides"
    return {
        PlaceKind.THIS_MACHINE: "this machine itself",
        PlaceKind.HOP_OUT: f"{named}, as it forwards",
        PlaceKind.HOP_IN: f"{named}, as it receives",
        PlaceKind.HOP: named,
        PlaceKind.FARTHER: "a router farther away",
        PlaceKind.SERVER: f"the server itself ({place.address})",
        PlaceKind.WAY_BACK: "the way back of the answers",
    }[place.kind]


def has_no_route(trace: Trace) -> bool:
    """Whether a router says that it knows no way to the server: of the address, not of one port."""
    said = next((seen.icmp for seen in _all(trace) if seen.fate is Fate.REJECTED), None)
    return said is not None and not trace.end.control.arrived and (said.version, said.type, said.code) in _NO_ROUTE


def has_no_way(trace: Trace) -> bool:
    """Whether this machine itself says that it can't reach the server, and nothing shows that it did."""
    if trace.end.control.arrived or any(
        seen.fate is Fate.PASSED for hop in trace.hops for seen in (hop.port, hop.control)
    ):
        return False
    return any(seen.fate is Fate.UNREACHABLE for seen in (trace.end.control, *_all(trace)))


def _open(trace: Trace, _judged: Judged) -> Story:
    return Story(
        f"Nothing blocks TCP {trace.port}: {trace.address} accepts it.",
        "The way is open for this port. What still fails is not a blocked port: `lmwire diagnose` tells.",
    )


def _intercepted(trace: Trace, judged: Judged) -> Story:
    (place,) = judged.suspects
    return Story(
        f"TCP {trace.port} is accepted at {place_text(place)}, in the server's name, and not by {trace.address}.",
        f"TCP {trace.control} is answered farther away. A proxy, or a firewall that redirects, takes the connection, "
        "and may have no way to the vendor daemon: a connect proves nothing there.",
    )


def _denied(trace: Trace, _judged: Judged) -> Story:
    return Story(
        f"This machine itself forbids TCP {trace.port} to {trace.address}, before the first hop.",
        "Its own firewall, security policy or routing rule turns the connection away: no packet leaves it.",
    )


def _rejected(trace: Trace, judged: Judged) -> Story:
    said = next(seen for seen in _all(trace) if seen.fate is Fate.REJECTED)
    what = icmp_text(said.icmp) if said.icmp else "an ICMP error"
    if judged.suspects[0].kind is PlaceKind.SERVER:
        return Story(
            f"TCP {trace.port} is rejected at the server: {what}, sent by {said.sender}.",
            "Every router lets it through, and the server's own firewall turns it away.",
        )
    if has_no_route(trace):
        return Story(
            f"TCP {trace.port} gets no further than {_either(judged)}: {what}, sent by {said.sender}.",
            f"{said.sender} knows no way on to {trace.address}: a route is missing there, or nobody behind it answers "
            "for the address.",
        )
    lets = f" and lets TCP {trace.control} through" if trace.end.control.arrived else ""
    return Story(
        f"TCP {trace.port} is rejected by {_either(judged)}: {what}, sent by {said.sender}.",
        f"A rule on {said.sender} turns it away{lets}.",
    )


def _reset(trace: Trace, judged: Judged) -> Story:
    if not judged.suspects:
        return Story(
            f"TCP {trace.port} is reset, and from where remains open.",
            "Only packets with the usual life were answered, so nobody knows how far away the reset comes from.",
        )
    first = judged.suspects[0]
    if judged.sure is Sureness.ONE_OF:
        return Story(
            f"TCP {trace.port} is reset{_before_first(first)} by {_either(judged)}.",
            "The reset comes in for packets that live no longer than that; which of the two sends it, its life does "
            "not tell.",
        )
    if first.kind is PlaceKind.SERVER:
        measure = f"as far away as the answers of TCP {trace.control}" if trace.reset_as_control else f"hop {first.hop}"
        return Story(
            f"TCP {trace.port} is reset at the server itself ({trace.address}), not on the way.",
            f"By the life that they have left, the resets come from {measure}: nothing listens on the port, or the "
            "server's own firewall resets it.",
        )
    return Story(
        f"TCP {trace.port} is reset by {_either(judged)}, in the server's name.",
        f"By the life that they have left, the resets come from hop {first.hop}; the server is not asked at all.",
    )


def _before_first(first: Place) -> str:
    return " before the first hop," if first.kind is PlaceKind.THIS_MACHINE else ""


def _dropped(trace: Trace, judged: Judged) -> Story:
    start = f"TCP {trace.port} is dropped"
    kinds = [place.kind for place in judged.suspects]
    if kinds == [PlaceKind.THIS_MACHINE]:
        return Story(
            f"{start} by this machine itself, before the first hop.",
            "Its own firewall throws the packets away: the system says that none of them left.",
        )
    if kinds == [PlaceKind.HOP_OUT]:
        return Story(
            f"{start} behind hop {judged.last}, farther away than the server of TCP {trace.control}.",
            "The port is forwarded to another machine than the one that answers the other port (NAT), and vanishes on "
            "the way there.",
        )
    if PlaceKind.SERVER in kinds:
        return _dropped_at_the_end(trace, judged, start)
    return _dropped_on_the_way(trace, judged, start)


def _dropped_on_the_way(trace: Trace, judged: Judged, start: str) -> Story:
    heard, last = judged.suspects[-1], judged.suspects[0]
    at = f"hop {heard.hop} ({heard.address})"
    only = f"hop {heard.hop} only for TCP {trace.control}"
    if judged.last and heard.hop == judged.last + 1:
        return Story(
            f"{start} between hop {last.hop} ({last.address}) and {at}.",
            f"Hop {last.hop} answers for both ports, {only}. A router says that a packet's life is over before it "
            f"looks whether to forward it: hop {last.hop} drops the port as it forwards, or hop {heard.hop} as it "
            "receives.",
        )
    if judged.last:
        return Story(
            f"{start} between hop {last.hop} ({last.address}) and {at}; what is between them hides.",
            f"Hop {last.hop} answers for both ports, {only}. The routers between answer for neither.",
        )
    left = "The packets leave this machine. " if trace.leaves else ""
    if heard.hop == 1:
        where = (
            f"as {at} receives it, or on the way there" if trace.leaves else f"by this machine, or as {at} receives it"
        )
        return Story(
            f"{start} before the first hop answers: {where}.",
            f"{left}Hop 1 answers only for TCP {trace.control}. What stands between may be it, too: a cloud's security "
            "group, a switch.",
        )
    return Story(
        f"{start} before {at}; the routers until there hide.",
        f"{left}The first router that says anything says so only for TCP {trace.control}.",
    )


def _dropped_at_the_end(trace: Trace, judged: Judged, start: str) -> Story:
    hide = any(place.kind is PlaceKind.HOP for place in judged.suspects)
    if hide or not (trace.end.control.arrived and length_of(trace)):
        last = f"behind hop {judged.last}" if judged.last else "somewhere on the way"
        silence = "The routers before the server hide from both ports" if hide else "Nobody further on was heard"
        return Story(
            f"{start} {last}, and no router after it tells where.",
            f"{silence}: it can be any of them, the server, or the way back.",
        )
    if judged.last:
        return Story(
            f"{start} behind hop {judged.last}: by that router as it forwards, at the server, or on the way back.",
            f"Every router on the way answers for both ports; only the server does not answer for TCP {trace.port}. "
            "These three look the same from here.",
        )
    return Story(
        f"{start} at the server, or on the way back.",
        f"There is no router on the way; only the server does not answer for TCP {trace.port}. Its own firewall is the "
        "likeliest; a firewall that stops the answers looks the same from here.",
    )


def _no_control(trace: Trace, judged: Judged) -> Story:
    other = "" if trace.control is None else f", and TCP {trace.control} neither"
    last = next((place for place in judged.suspects if place.hop), None)
    where = f"The last that says anything is hop {last.hop} ({last.address})" if last else "No hop answers"
    return Story(
        f"TCP {trace.port} gets no answer from {trace.address}{other}: there is nothing to compare with.",
        f"{where}. What follows may drop the packets, hide, or not be there; only a port of the same server that does "
        "answer could tell.",
    )


def _unknown(trace: Trace, _judged: Judged) -> Story:
    if has_no_way(trace):
        return Story(
            f"This machine has no way to {trace.address}.",
            "There is no route, or nobody on the local link answers for the address.",
        )
    return Story(f"Where TCP {trace.port} is blocked remains open: time ran out.", "Not every hop could be asked.")


_STORIES: Final[dict[Way, Callable[[Trace, Judged], Story]]] = {
    Way.OPEN: _open,
    Way.INTERCEPTED: _intercepted,
    Way.DENIED: _denied,
    Way.REJECTED: _rejected,
    Way.RESET: _reset,
    Way.DROPPED: _dropped,
    Way.NO_CONTROL: _no_control,
    Way.UNKNOWN: _unknown,
}


def _all(trace: Trace) -> Iterator[Seen]:
    yield trace.end.port
    yield from (hop.port for hop in trace.hops)


def _either(judged: Judged) -> str:
    places = [place_text(place) for place in judged.suspects]
    return " or ".join(places) if judged.sure is Sureness.ONE_OF else places[0]
