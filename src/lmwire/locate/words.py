"""A judged trace in words: what is blocked where, how sure that is, and what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

import msgspec

from lmwire.diagnosis.phrases import icmp_text
from lmwire.locate.judging import length_of
from lmwire.locate.model import Fate, Judged, Place, PlaceKind, Seen, Sureness, Trace, Way

__all__ = ["Told", "fate_text", "place_text", "tell"]


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """Sentences about a trace. Nothing in them came from the network but addresses."""

    headline: str
    cause: str
    sureness: str
    remedies: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def tell(trace: Trace, judged: Judged) -> Told:
    """Return what a judged trace means."""
    headline, cause = _STORIES[judged.way](trace, judged)
    return Told(
        headline=headline,
        cause=cause,
        sureness=_sureness(judged),
        remedies=tuple(_remedies(trace, judged)),
        notes=tuple(_notes(trace, judged)),
    )


def fate_text(seen: Seen) -> str:
    """Return what became of a connect, in a few words."""
    if seen.fate is Fate.REJECTED and seen.icmp is not None:
        return f"{icmp_text(seen.icmp).removeprefix('ICMP ')}, says {seen.sender}"
    return _FATES[seen.fate]


def place_text(place: Place) -> str:
    """Return a place as it stands in a sentence."""
    hop = f"hop {place.hop}" if place.hop else "a router of unknown distance"
    named = f"{hop} ({place.address})" if place.address else f"{hop}, which hides"
    return {
        PlaceKind.THIS_MACHINE: "this machine itself",
        PlaceKind.HOP_OUT: f"{named}, as it forwards",
        PlaceKind.HOP_IN: f"{named}, as it receives",
        PlaceKind.HOP: named,
        PlaceKind.SERVER: f"the server itself ({place.address})",
        PlaceKind.WAY_BACK: "the way back of the answers",
    }[place.kind]


_FATES: Final = {
    Fate.PASSED: "comes through",
    Fate.ACCEPTED: "accepts",
    Fate.RESET: "reset",
    Fate.REJECTED: "rejected",
    Fate.SILENT: "no answer",
    Fate.DENIED: "forbidden by this machine",
    Fate.UNREACHABLE: "no way from here",
    Fate.UNTRIED: "not tried",
}


# -- what and why -----------------------------------------------------------------------------------------------


def _open(trace: Trace, _judged: Judged) -> tuple[str, str]:
    return (
        f"Nothing blocks TCP {trace.port}: {trace.address} accepts it.",
        "The way is open for this port. What still fails is not a blocked port: run `lmwire diagnose`.",
    )


def _denied(trace: Trace, _judged: Judged) -> tuple[str, str]:
    return (
        f"This machine itself forbids TCP {trace.port} to {trace.address}: no packet leaves it.",
        "Its own firewall or security policy turns the connection away before the first hop.",
    )


def _rejected(trace: Trace, judged: Judged) -> tuple[str, str]:
    said = next(seen for seen in _all(trace) if seen.fate is Fate.REJECTED)
    what = icmp_text(said.icmp) if said.icmp else "an ICMP error"
    first = judged.suspects[0]
    if first.kind is PlaceKind.SERVER:
        return (
            f"TCP {trace.port} is rejected at the server: {what}, sent by {said.sender}.",
            "Every router lets it through, and the server's own firewall turns it away.",
        )
    return (
        f"TCP {trace.port} is rejected by {_either(judged)}: {what}, sent by {said.sender}.",
        f"A rule on {said.sender} turns it away{_but_lets(trace)}.",
    )


def _reset(trace: Trace, judged: Judged) -> tuple[str, str]:
    if not judged.suspects:
        return (
            f"TCP {trace.port} is reset, and from where remains open.",
            (
                "Either nothing listens on the server, or a firewall sends the reset in its name; no other port "
                "answers that could tell how far away the server is."
            ),
        )
    first = judged.suspects[0]
    if first.kind is PlaceKind.SERVER and judged.sure is Sureness.CERTAIN:
        return (
            f"TCP {trace.port} is reset at the server itself ({trace.address}), not on the way.",
            (
                f"The reset comes from as far away as the answers of TCP {trace.control}: every firewall between "
                "lets the port through, and nothing listens there, or the server's own firewall resets."
            ),
        )
    if first.kind is PlaceKind.THIS_MACHINE:
        return (
            f"TCP {trace.port} is reset before the first hop: by {_either(judged)}.",
            "The reset comes in before any router has counted the packet, so the server is not asked at all.",
        )
    return (
        f"TCP {trace.port} is reset by {_either(judged)}, in the server's name.",
        f"The reset comes from hop {first.hop or '?'}, by the life that it has left; the server is not asked at all."
        if judged.sure is Sureness.LIKELY
        else "The reset comes in for packets that can't have reached the server, or from nearer than its answers.",
    )


def _dropped(trace: Trace, judged: Judged) -> tuple[str, str]:
    kinds = [place.kind for place in judged.suspects]
    start = f"TCP {trace.port} is dropped"
    if PlaceKind.SERVER in kinds:
        return _dropped_at_the_end(trace, judged, start)
    if PlaceKind.THIS_MACHINE in kinds:
        heard = judged.suspects[-1]
        if len(kinds) == 2:  # noqa: PLR2004 # this machine and the first router
            return (
                f"{start} before the first hop: by {_either(judged)}.",
                f"Hop 1 ({heard.address}) answers for TCP {trace.control} and not for TCP {trace.port}.",
            )
        return (
            f"{start} before hop {heard.hop} ({heard.address}): by this machine, a router that hides, or that one.",
            f"The first router that tells anything answers for TCP {trace.control} only.",
        )
    if len(kinds) == 1:
        return (
            f"{start} behind hop {judged.last}, farther away than the server of TCP {trace.control}.",
            (
                "The port is forwarded to another machine than the one that answers the other port (NAT), and "
                "vanishes on the way there."
            ),
        )
    first, heard = judged.suspects[0], judged.suspects[-1]
    between = f"between hop {first.hop} ({first.address}) and hop {heard.hop} ({heard.address})"
    if len(kinds) > 2:  # noqa: PLR2004 # with routers between that hide
        return (
            f"{start} {between}; what is between them hides.",
            (
                f"Hop {first.hop} answers for both ports, hop {heard.hop} only for TCP {trace.control}. The routers "
                "between answer for neither, so any of these can be the one."
            ),
        )
    return (
        f"{start} {between}.",
        (
            f"Hop {first.hop} answers for both ports, hop {heard.hop} only for TCP {trace.control}. A router says "
            f"that a packet's life is over before it looks whether to forward it, hence hop {first.hop} is the "
            f"likelier: it drops the port as it forwards, or hop {heard.hop} does as it receives."
        ),
    )


def _dropped_at_the_end(trace: Trace, judged: Judged, start: str) -> tuple[str, str]:
    if judged.sure is not Sureness.LIKELY:
        last = f"behind hop {judged.last}" if judged.last else "somewhere on the way"
        return (
            f"{start} {last}, and no router after it tells where.",
            "The routers before the server hide from both ports: it can be any of them, the server, or the way back.",
        )
    routers = "Every router on the way answers for both ports" if judged.last else "No router is on the way"
    beyond = "" if judged.last else " or on this machine"
    return (
        f"{start} at the server{beyond}, or on the way back.",
        (
            f"{routers}; only the server does not answer for TCP {trace.port}. Its own firewall is the likeliest; "
            "the last router, as it forwards, and a firewall that stops the answers look the same from here."
        ),
    )


def _no_control(trace: Trace, judged: Judged) -> tuple[str, str]:
    other = "" if trace.control is None else f", and TCP {trace.control} neither"
    last = judged.suspects[0] if judged.suspects else None
    where = f"The last that says anything is hop {last.hop} ({last.address})" if last and last.hop else "No hop answers"
    return (
        f"TCP {trace.port} gets no answer from {trace.address}{other}: there is nothing to compare with.",
        (
            f"{where}. What follows may drop the packets, hide, or not be there; only a port of the same server that "
            "does answer could tell."
        ),
    )


def _unknown(trace: Trace, _judged: Judged) -> tuple[str, str]:
    if Fate.UNREACHABLE in (trace.end.port.fate, trace.end.control.fate):
        return (
            f"This machine has no way to {trace.address}.",
            "There is no route, or nobody on the local link answers for the address.",
        )
    return (
        f"Where TCP {trace.port} is blocked remains open: time ran out.",
        "Not every hop could be asked.",
    )


_STORIES: Final[dict[Way, Callable[[Trace, Judged], tuple[str, str]]]] = {
    Way.OPEN: _open,
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
    return places[0] if judged.sure in (Sureness.CERTAIN, Sureness.LIKELY) else " or ".join(places)


def _but_lets(trace: Trace) -> str:
    return f" and lets TCP {trace.control} through" if trace.control is not None else ""


# -- how sure, what to do, what else ----------------------------------------------------------------------------


def _sureness(judged: Judged) -> str:
    if judged.sure is Sureness.NONE:
        return "Not known."
    if judged.way is Way.OPEN or judged.sure is Sureness.CERTAIN:
        return "Certain."
    places = [place_text(place) for place in judged.suspects]
    if judged.sure is Sureness.LIKELY:
        return f"Likely: {places[0]}. Else: {'; '.join(places[1:])}."
    return f"One of these, and nothing seen from here tells which: {'; '.join(places)}."


def _remedies(trace: Trace, judged: Judged) -> Iterator[str]:
    if judged.way is Way.OPEN:
        return
    kinds = [place.kind for place in judged.suspects]
    allow = f"Allow TCP {trace.port} from {trace.local or 'this machine'} (and the other clients) to {trace.address}"
    if judged.way is Way.NO_CONTROL:
        yield "Name a port of the same server that answers, to compare with: `lmwire locate … --control PORT`."
        return
    if judged.way is Way.UNKNOWN:
        yield "Check this machine's route and VPN, and run it again."
        return
    if judged.way is Way.RESET and kinds == [PlaceKind.SERVER]:
        yield "Check on the server that the vendor daemon runs and on which port: `ss -ltnp` (Windows: `netstat -abn`)."
        yield f"{allow} on the server's own firewall, if it resets."
        return
    if kinds:
        yield f"{allow} on {place_text(judged.suspects[0])}."
    if PlaceKind.WAY_BACK in kinds:
        yield (
            f"To tell the rest apart, run `tcpdump -ni any tcp port {trace.port}` on the server, and this again: "
            "nothing comes in there: the last router; requests come in and nothing leaves: the server's own firewall; "
            "answers leave: the way back."
        )
    elif len(kinds) > 1:
        yield f"If it is allowed there: {'; '.join(place_text(place) for place in judged.suspects[1:])}."


def _notes(trace: Trace, judged: Judged) -> Iterator[str]:
    length = length_of(trace)
    first = next((hop.number for hop in trace.hops if hop.port.arrived), None)
    if judged.way is Way.OPEN:
        accepts = [
            seen.fate is Fate.ACCEPTED for seen in (trace.end.port, *(h.port for h in trace.hops if h.port.arrived))
        ]
        if not all(accepts):
            yield f"TCP {trace.port} accepts only sometimes: a rate limit, or packets are lost."
        if first and length and first < length:
            yield (
                f"TCP {trace.port} is accepted at hop {first} and TCP {trace.control} at hop {length}: something "
                "before the server accepts in its name (a proxy), and may have no way to the vendor daemon."
            )
    if first and length and first > length:
        yield f"TCP {trace.port} is {first} hops away and TCP {trace.control} {length}: NAT leads them to two machines."
    if judged.diverging:
        hops = ", ".join(map(str, judged.diverging[:8]))
        yield (
            f"The two ports take different routers at hop {hops} (load balancing): a router that answers for one need "
            "not be on the other's way."
        )
    if not trace.complete:
        yield "Time ran out before every hop was asked three times."
    if length is None and trace.end.control.arrived:
        yield f"The server is farther away than the {len(trace.hops)} hops that were tried: raise `--max-hops`."
