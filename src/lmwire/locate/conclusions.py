"""A judged trace in words: what is blocked where, how sure that is, and what to do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from lmwire.locate.headlines import has_no_route, has_no_way, place_text, story_of
from lmwire.locate.judging import length_of, translator_of
from lmwire.locate.model import Fate, Judged, Place, PlaceKind, Seen, Sureness, Trace, Way

__all__ = ["Told", "fate_text", "tell"]


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """Sentences about a trace. Nothing in them came from the network but addresses."""

    headline: str
    cause: str
    sureness: str
    remedies: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def tell(trace: Trace, judged: Judged) -> Told:
    """Return what a judged trace means."""
    story = story_of(trace, judged)
    return Told(
        headline=story.headline,
        cause=story.cause,
        sureness=_sureness(judged),
        remedies=tuple(_remedies(trace, judged)),
        notes=tuple(_notes(trace, judged)),
    )


def fate_text(seen: Seen) -> str:
    """Return what became of a connect, in a few words."""
    return f"rejected by {seen.sender}" if seen.fate is Fate.REJECTED else _FATES[seen.fate]


_FATES: Final = {
    Fate.PASSED: "comes through",
    Fate.ACCEPTED: "accepts",
    Fate.RESET: "reset",
    Fate.SILENT: "no answer",
    Fate.DENIED: "forbidden by this machine",
    Fate.UNREACHABLE: "no way from here",
    Fate.UNTRIED: "not tried",
}


def _sureness(judged: Judged) -> str:
    if judged.sure is Sureness.NONE:
        return "Not known."
    if judged.way is Way.OPEN or judged.sure is Sureness.CERTAIN:
        return "Certain."
    places = [place_text(place) for place in judged.suspects]
    if judged.sure is Sureness.LIKELY:
        others = f" Else: {'; '.join(places[1:])}." if places[1:] else ""
        doubt = " Less so than usual, because the two ports take different routers." if judged.diverging else ""
        return f"Likely: {places[0]}.{others}{doubt}"
    return f"One of these, and nothing seen from here tells which: {'; '.join(places)}."


def _remedies(trace: Trace, judged: Judged) -> Iterator[str]:
    if judged.way is Way.OPEN:
        return
    if judged.way is Way.NO_CONTROL:
        yield "Name a port of the same server that answers, to compare with: `lmwire locate … --control PORT`."
        return
    if judged.way is Way.UNKNOWN:
        yield (
            f"Check the address {trace.address}, and this machine's route to it, its VPN among them."
            if has_no_way(trace)
            else "Run it again with a longer `--timeout`: it then has more time in all, too."
        )
        return
    if judged.way is Way.REJECTED and has_no_route(trace):
        yield f"Check the address {trace.address}, and the route to it on {place_text(judged.suspects[0])}."
        return
    kinds = [place.kind for place in judged.suspects]
    if judged.way is Way.RESET and PlaceKind.SERVER in kinds:
        listens = f"Check on the server whether the daemon listens on TCP {trace.port}"
        yield f"{listens}: `ss -ltnp` (Windows: `netstat -abn`)."
    if judged.way is Way.INTERCEPTED:
        yield f"Except TCP {trace.port} to {trace.address} from what that device intercepts."
        yield "See what comes back over such a connection: `lmwire diagnose`."
        return
    if PlaceKind.WAY_BACK in kinds:
        yield (
            f"To tell them apart, run `tcpdump -ni any tcp port {trace.port}` on the server, and this again: nothing "
            "comes in there: a router; requests come in and nothing leaves: the server's own firewall; answers leave: "
            "the way back."
        )
    yield from _changes(trace, judged)
    if len(kinds) > 1 and judged.sure is Sureness.LIKELY and PlaceKind.WAY_BACK not in kinds:
        yield f"If it is allowed there, look at {'; '.join(_rules_of(place) for place in judged.suspects[1:])}."


def _changes(trace: Trace, judged: Judged) -> Iterator[str]:
    """Yield which rules to change, and on what."""
    allow = f"Allow TCP {trace.port} from {trace.local or 'this machine'} (and the other clients) to {trace.address}"
    nat = translator_of(trace)
    if nat and trace.control and any(place.hop == nat for place in judged.suspects):
        yield (
            f"On hop {nat} ({trace.address}), a NAT, forward TCP {trace.port} to the license server as TCP "
            f"{trace.control} is, with the same number outside as inside."
        )
    if judged.sure is Sureness.ONE_OF and len(judged.suspects) > 1:
        rules = [_rules_of(place) for place in judged.suspects if place.kind is not PlaceKind.WAY_BACK]
        yield f"{allow} on whichever of these turns out to block it: {'; '.join(rules)}."
    elif judged.suspects:
        doubt = ", if it resets" if judged.way is Way.RESET and judged.suspects[0].kind is PlaceKind.SERVER else ""
        yield f"{allow} on {_rules_of(judged.suspects[0])}{doubt}."


def _rules_of(place: Place) -> str:
    """Return where a rule is to be changed."""
    text = place_text(place)
    for kind, manner, rules in (
        (PlaceKind.HOP_OUT, ", as it forwards", "among the rules for what it forwards"),
        (PlaceKind.HOP_IN, ", as it receives", "among the rules for what comes in"),
    ):
        if place.kind is kind:
            return f"{text.removesuffix(manner)}, {rules}"
    own = {PlaceKind.THIS_MACHINE: "this machine's own firewall", PlaceKind.SERVER: "the server's own firewall"}
    return own.get(place.kind, text)


def _notes(trace: Trace, judged: Judged) -> Iterator[str]:
    length = length_of(trace)
    first = next((hop.number for hop in trace.hops if hop.port.arrived), None)
    if judged.way is Way.OPEN:
        accepts = [
            seen.fate is Fate.ACCEPTED for seen in (trace.end.port, *(h.port for h in trace.hops if h.port.arrived))
        ]
        if not all(accepts):
            yield f"TCP {trace.port} accepts only sometimes: a rate limit, or packets are lost."
    if first and length and first > length:
        yield f"TCP {trace.port} is {first} hops away and TCP {trace.control} {length}: NAT leads them to two machines."
    nat = translator_of(trace)
    if nat:
        yield f"Hop {nat} has the address {trace.address} itself and passes packets on: a NAT before the server."
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
