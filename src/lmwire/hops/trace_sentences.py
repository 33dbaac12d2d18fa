"""The sentences of a judged trace: headline, cause, confidence, remedies and notes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from lmwire.hops.headlines import has_no_route, has_no_way, headline_and_cause, place_text
from lmwire.hops.judging import length_of, translator_of
from lmwire.hops.model import Fate, Judged, Place, PlaceKind, Seen, Sureness, Trace, Way

__all__ = ["TraceText", "fate_text", "tell"]


class TraceText(msgspec.Struct, frozen=True, kw_only=True):
    """Sentences about a trace. Only addresses in them come from the network."""

    headline: str
    cause: str
    sureness: str
    remedies: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def tell(trace: Trace, judged: Judged) -> TraceText:
    """Return the sentences of a judged trace."""
    sentences = headline_and_cause(trace, judged)
    return TraceText(
        headline=sentences.headline,
        cause=sentences.cause,
        sureness=_sureness(trace, judged),
        remedies=tuple(_remedies(trace, judged)),
        notes=tuple(_notes(trace, judged)),
    )


def fate_text(seen: Seen) -> str:
    """Return the result of a connect in a few words."""
    return f"rejected by {seen.sender}" if seen.fate is Fate.REJECTED else _FATES[seen.fate]


_FATES: Final = {
    Fate.PASSED: "forwarded",
    Fate.ACCEPTED: "accepts",
    Fate.RESET: "reset",
    Fate.SILENT: "no answer",
    Fate.DENIED: "blocked by this machine",
    Fate.UNREACHABLE: "no route from this machine",
    Fate.UNTRIED: "not tried",
}


def _sureness(trace: Trace, judged: Judged) -> str:
    if judged.sure is Sureness.NONE:
        return "Unknown."
    if judged.sure is Sureness.CERTAIN:
        return "Certain."
    if judged.way is Way.OPEN:
        return f"Likely. {_sources_text(trace)}".strip()
    places = [place_text(place) for place in judged.suspects]
    if judged.sure is Sureness.LIKELY:
        others = f" Otherwise: {'; '.join(places[1:])}." if places[1:] else ""
        doubt = (
            " Less sure than usual, because the two ports take different routers."
            if judged.diverging and judged.way is not Way.PARTLY
            else ""
        )
        return f"Likely: {places[0]}.{others}{doubt}"
    return f"One of these; from this machine they look the same: {'; '.join(places)}."


def _sources_text(trace: Trace) -> str:
    checks = trace.checks
    if not checks.sources:
        return ""
    if checks.partly:
        return f"{checks.accepted} of {checks.connects} connects passed, from {checks.sources} source ports."
    return f"Connections from {checks.passed} of {checks.sources} source ports passed."


def _remedies(trace: Trace, judged: Judged) -> Iterator[str]:
    return _REMEDIES.get(judged.way, _to_the_rules)(trace, judged)


def _to_nothing(_trace: Trace, _judged: Judged) -> Iterator[str]:
    yield from ()


def _to_a_handshake(trace: Trace, _judged: Judged) -> Iterator[str]:
    yield "Run `lmwire diagnose`: it waits longer for an answer and tells what it gets."
    yield (
        f"On the server, run `tcpdump -ni any tcp port {trace.port}`, and here this command again. If no request "
        "arrives, a device on the path accepts the connections in the server's place."
    )


def _to_one_of_several_paths(trace: Trace, judged: Judged) -> Iterator[str]:
    if trace.checks.by_source and judged.suspects:
        yield from _changes(trace, judged)
    yield "Compare the rules of all routers over which the network balances connections to the server."


def _to_no_control(_trace: Trace, _judged: Judged) -> Iterator[str]:
    yield "Name a working port of the same server to compare with: `lmwire locate … --control PORT`."


def _to_the_unknown(trace: Trace, _judged: Judged) -> Iterator[str]:
    yield (
        f"On this machine, check the address {trace.address}, the route to it, and the VPN."
        if has_no_way(trace)
        else "Run the command again with a longer `--timeout`. This also raises the time limit of the whole run."
    )


def _to_the_rules(trace: Trace, judged: Judged) -> Iterator[str]:
    if judged.way is Way.REJECTED and has_no_route(trace):
        yield f"Check the address {trace.address}. On {place_text(judged.suspects[0])}, check the route to it."
        return
    kinds = [place.kind for place in judged.suspects]
    if judged.way is Way.RESET and PlaceKind.SERVER in kinds:
        listens = f"On the server, check that the daemon listens on TCP {trace.port}"
        yield f"{listens}: `ss -ltnp` (Windows: `netstat -abn`)."
    if judged.way is Way.INTERCEPTED:
        yield f"On that device, exclude TCP {trace.port} to {trace.address} from interception."
        yield "Run `lmwire diagnose` to see the answer over such a connection."
        return
    if PlaceKind.WAY_BACK in kinds:
        yield (
            f"On the server, run `tcpdump -ni any tcp port {trace.port}`, and here this command again. If no request "
            "arrives, a router blocks it. If requests arrive but no answer leaves, the server's own firewall blocks "
            "it. If answers leave, the return path blocks them."
        )
    yield from _changes(trace, judged)
    if len(kinds) > 1 and judged.sure is Sureness.LIKELY and PlaceKind.WAY_BACK not in kinds:
        yield f"If it is already allowed there, check {'; '.join(_rules_of(place) for place in judged.suspects[1:])}."


_REMEDIES: Final = {
    Way.OPEN: _to_nothing,
    Way.HANDSHAKE: _to_a_handshake,
    Way.PARTLY: _to_one_of_several_paths,
    Way.NO_CONTROL: _to_no_control,
    Way.UNKNOWN: _to_the_unknown,
}


def _changes(trace: Trace, judged: Judged) -> Iterator[str]:
    """Yield the rules to change, with the machine."""
    allow = f"Allow TCP {trace.port} from {trace.local or 'this machine'} (and the other clients) to {trace.address}"
    nat = translator_of(trace)
    if nat and trace.control and any(place.hop == nat for place in judged.suspects):
        yield (
            f"On hop {nat} ({trace.address}), a NAT, forward TCP {trace.port} to the license server like TCP "
            f"{trace.control}. Use the same port number outside and inside."
        )
    if judged.sure is Sureness.ONE_OF and len(judged.suspects) > 1:
        rules = [_rules_of(place) for place in judged.suspects if place.kind is not PlaceKind.WAY_BACK]
        yield f"{allow} on the one of these that blocks it: {'; '.join(rules)}."
    elif judged.suspects:
        doubt = ", if it resets" if judged.way is Way.RESET and judged.suspects[0].kind is PlaceKind.SERVER else ""
        yield f"{allow} on {_rules_of(judged.suspects[0])}{doubt}."


def _rules_of(place: Place) -> str:
    """Return the machine and the rules to change."""
    text = place_text(place)
    for kind, manner, rules in (
        (PlaceKind.HOP_OUT, ", when forwarding", "in the rules for forwarded packets"),
        (PlaceKind.HOP_IN, ", when receiving", "in the rules for incoming packets"),
    ):
        if place.kind is kind:
            return f"{text.removesuffix(manner)}, {rules}"
    own = {PlaceKind.THIS_MACHINE: "this machine's own firewall", PlaceKind.SERVER: "the server's own firewall"}
    return own.get(place.kind, text)


def _notes(trace: Trace, judged: Judged) -> Iterator[str]:
    length = length_of(trace)
    first = next((hop.number for hop in trace.hops if hop.port.arrived), None)
    if judged.way is Way.OPEN:
        yield from _notes_on_open(trace, first, length)
    if first and length and first > length and _passes(trace, length):
        yield (
            f"TCP {trace.port} is {first} hops away, TCP {trace.control} {length}: a NAT forwards them to two "
            f"machines, their paths differ in length, or a device accepts TCP {trace.control} in the server's place."
        )
    nat = translator_of(trace)
    if nat:
        yield f"Hop {nat} has the address {trace.address} and forwards packets: it is a NAT before the server."
        if judged.way is Way.DROPPED and judged.last >= nat:
            yield f"On the NAT, check that TCP {trace.port} goes to the same machine as TCP {trace.control}."
    if judged.diverging:
        hops = ", ".join(map(str, judged.diverging[:8]))
        yield (
            f"The two ports take different routers at hop {hops} (load balancing). A router that answers for one "
            "port may not be on the path of the other."
        )
    if not trace.complete:
        yield "Time ran out before every hop was asked three times."
    if length is None and trace.end.control.arrived:
        yield f"The server is farther away than {len(trace.hops)} hops: raise `--max-hops`."


def _passes(trace: Trace, number: int) -> bool:
    """Whether a router forwards the port's packets at this hop."""
    return any(hop.number == number and hop.port.fate is Fate.PASSED for hop in trace.hops)


def _notes_on_open(trace: Trace, first: int | None, length: int | None) -> Iterator[str]:
    arrived = [trace.end.port, *(hop.port for hop in trace.hops if hop.port.arrived)]
    if trace.checks.stray_accepts:
        yield (
            f"TCP {trace.checks.stray_port} accepts connections, too, although no daemon announces it: a device on "
            "the path may accept every connection."
        )
    if first and length and first < length:
        yield f"A device at hop {first} accepts the connections and passes them on to the server."
    if trace.checks.partly or not all(seen.fate is Fate.ACCEPTED for seen in arrived):
        yield f"TCP {trace.port} accepts only some connects: a rate limit, or lost packets."
