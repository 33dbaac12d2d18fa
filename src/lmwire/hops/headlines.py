"""Headline and cause of a judged trace: one function for each outcome."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from lmwire.diagnosis.phrases import icmp_text
from lmwire.hops.judging import is_apart, length_of
from lmwire.hops.model import Fate, Judged, Place, PlaceKind, Reply, Seen, Sureness, Trace, Way

__all__ = ["HeadlineAndCause", "has_no_route", "has_no_way", "headline_and_cause", "place_text"]

_NO_ROUTE: Final = frozenset({(4, 3, 0), (4, 3, 1), (6, 1, 0), (6, 1, 3)})
"""ICMP version, type and code of net and host unreachable, no route, and address unreachable."""


class HeadlineAndCause(NamedTuple):
    """The headline says what blocks the port; the cause says how lmwire knows."""

    headline: str
    cause: str


def headline_and_cause(trace: Trace, judged: Judged) -> HeadlineAndCause:
    """Return headline and cause of a judged trace."""
    return _BY_WAY[judged.way](trace, judged)


def place_text(place: Place) -> str:
    """Return a place as part of a sentence."""
    hop = f"hop {place.hop}" if place.hop else "a router at an unknown distance"
    named = f"{hop} ({place.address})" if place.address else f"{hop}, which does not answer"
    return {
        PlaceKind.THIS_MACHINE: "this machine itself",
        PlaceKind.HOP_OUT: f"{named}, when forwarding",
        PlaceKind.HOP_IN: f"{named}, when receiving",
        PlaceKind.HOP: named,
        PlaceKind.NAT: f"{named}, the NAT",
        PlaceKind.FARTHER: "a router farther away",
        PlaceKind.SERVER: f"the server itself ({place.address})",
        PlaceKind.WAY_BACK: "the return path of the answers",
    }[place.kind]


def has_no_route(trace: Trace) -> bool:
    """Whether a router reports that it has no route to the server's address. Such an error is not about one port."""
    said = next((seen.icmp for seen in _all(trace) if seen.fate is Fate.REJECTED), None)
    return said is not None and not trace.end.control.arrived and (said.version, said.type, said.code) in _NO_ROUTE


def has_no_way(trace: Trace) -> bool:
    """Whether this machine reports that it cannot reach the server, and no answer contradicts it."""
    if trace.end.control.arrived or any(
        seen.fate is Fate.PASSED for hop in trace.hops for seen in (hop.port, hop.control)
    ):
        return False
    return any(seen.fate is Fate.UNREACHABLE for seen in (trace.end.control, *_all(trace)))


def _open(trace: Trace, judged: Judged) -> HeadlineAndCause:
    if judged.sure is Sureness.CERTAIN:
        return HeadlineAndCause(
            f"Nothing blocks TCP {trace.port}: {trace.address} answers a hello there.",
            "No firewall on the path blocks this port. If the application still fails, run `lmwire diagnose`.",
        )
    seen = {
        Reply.OTHER: "A program answers there, but not a license server.",
        Reply.FLEXNET: "A license server answers there.",
    }.get(trace.checks.reply, "lmwire saw only the handshake: a device that accepts in the server's place looks alike.")
    return HeadlineAndCause(
        f"Nothing seems to block TCP {trace.port}: {trace.address} accepts it.",
        f"{seen} If the application still fails, run `lmwire diagnose`.",
    )


def _handshake(trace: Trace, _judged: Judged) -> HeadlineAndCause:
    checks = trace.checks
    if checks.stray_accepts:
        return HeadlineAndCause(
            f"TCP {trace.port} accepts connections, but so does TCP {checks.stray_port}, which no daemon announces.",
            "A device on the path, or the server, accepts every connection. So an accepted connection does not show "
            f"that TCP {trace.port} reaches the vendor daemon, and no license server answered a hello there.",
        )
    what = "closes them without an answer" if checks.reply is Reply.CLOSED else "does not answer on them"
    return HeadlineAndCause(
        f"TCP {trace.port} accepts connections, but {what}.",
        "lmwire said hello there, as a client does. A proxy or a firewall may accept in the server's place (SYN proxy) "
        "and lose the rest; or the daemon hangs, or is not a license server.",
    )


def _partly(trace: Trace, judged: Judged) -> HeadlineAndCause:
    checks, port = trace.checks, trace.port
    control = f" TCP {trace.control} accepts {checks.control_accepted} of {checks.control_connects}."
    also = control if checks.control_connects else ""
    if not checks.by_source:
        routers = f" At hop {checks.branch}, packets take several routers: {', '.join(checks.branches[:8])}."
        return HeadlineAndCause(
            f"TCP {port} accepts only {checks.accepted} of {checks.connects} connects, from {checks.sources} source "
            f"ports.{also}",
            "The network sends connections along several paths (ECMP, a link bundle) and one of them blocks the port, "
            f"or a rate limit for this port drops some.{routers if checks.branches else ''}",
        )
    place = judged.suspects[:1]
    where = f" It ends at or behind {place_text(place[0])}." if place and place[0].hop else ""
    return HeadlineAndCause(
        f"TCP {port} is blocked on one of several paths: {checks.passed} of {checks.sources} source ports pass.",
        f"{checks.failed} of {checks.sources} source ports fail each time. A router sends connections along several "
        f"paths, chosen by their ports (ECMP, a link bundle), and one path blocks them.{where}{also}",
    )


def _dropped_elsewhere(trace: Trace, judged: Judged, start: str) -> HeadlineAndCause:
    where = place_text(judged.suspects[0])
    return HeadlineAndCause(
        f"{start} at or behind {where}, on a path that TCP {trace.control} does not take.",
        f"The two ports take different routers. {_first_upper(where)}, is the last router that answers for TCP "
        f"{trace.port}. The routers behind it are unknown, because TCP {trace.control} does not pass them.",
    )


def _dropped_at_nat(trace: Trace, judged: Judged, start: str) -> HeadlineAndCause:
    nat = next(place for place in judged.suspects if place.kind is PlaceKind.NAT)
    sure = judged.suspects[0] is nat
    return HeadlineAndCause(
        f"{start} {'by' if sure else 'by, or before,'} hop {nat.hop} ({nat.address}), a NAT.",
        f"Hop {nat.hop} has the address {trace.address} and forwards TCP {trace.control} to the license server. "
        f"For TCP {trace.port} it is silent: no rule of the NAT forwards this port, or a hop before it drops the port.",
    )


def _first_upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def _intercepted(trace: Trace, judged: Judged) -> HeadlineAndCause:
    (place,) = judged.suspects
    return HeadlineAndCause(
        f"TCP {trace.port} is accepted at {place_text(place)}, not by the server {trace.address}.",
        f"The server answers TCP {trace.control} from farther away. A proxy or a redirecting firewall accepts the "
        "connection, so a successful connect does not prove that the vendor daemon is reachable.",
    )


def _denied(trace: Trace, _judged: Judged) -> HeadlineAndCause:
    return HeadlineAndCause(
        f"This machine itself blocks TCP {trace.port} to {trace.address}, before the first hop.",
        "Its firewall, security policy or routing rule rejects the connection. No packet leaves this machine.",
    )


def _rejected(trace: Trace, judged: Judged) -> HeadlineAndCause:
    said = next(seen for seen in _all(trace) if seen.fate is Fate.REJECTED)
    what = icmp_text(said.icmp) if said.icmp else "an ICMP error"
    if judged.suspects[0].kind is PlaceKind.SERVER:
        return HeadlineAndCause(
            f"TCP {trace.port} is rejected at the server: {what}, sent by {said.sender}.",
            "Every router forwards it. The server's own firewall rejects it.",
        )
    if has_no_route(trace):
        return HeadlineAndCause(
            f"TCP {trace.port} stops at {_either(judged)}: {what}, sent by {said.sender}.",
            f"{said.sender} cannot deliver packets to {trace.address}: its route is missing, or no machine on its "
            "network has the address.",
        )
    lets = f", but not TCP {trace.control}" if trace.end.control.arrived else ""
    return HeadlineAndCause(
        f"TCP {trace.port} is rejected by {_either(judged)}: {what}, sent by {said.sender}.",
        f"A rule on {said.sender} rejects it{lets}.",
    )


def _reset(trace: Trace, judged: Judged) -> HeadlineAndCause:
    if not judged.suspects:
        return HeadlineAndCause(
            f"TCP {trace.port} is reset by an unknown machine.",
            "Only packets with the usual TTL got an answer, so the distance of the sender is unknown.",
        )
    first = judged.suspects[0]
    if judged.sure is Sureness.ONE_OF:
        return HeadlineAndCause(
            f"TCP {trace.port} is reset{_before_first(first)} by {_either(judged)}.",
            "Packets whose TTL ends there get the reset. The TTL of the reset does not show which of the two sends it.",
        )
    if first.kind is PlaceKind.SERVER:
        measure = f"as far away as the answers of TCP {trace.control}" if trace.reset_as_control else f"hop {first.hop}"
        return HeadlineAndCause(
            f"TCP {trace.port} is reset at the server itself ({trace.address}), not on the path to it.",
            f"By their remaining TTL, the resets come from {measure}: nothing listens on the port, or the server's own "
            "firewall resets it.",
        )
    return HeadlineAndCause(
        f"TCP {trace.port} is reset by {_either(judged)}, not by the server.",
        f"By their remaining TTL, the resets come from hop {first.hop}. The packets do not reach the server.",
    )


def _before_first(first: Place) -> str:
    return " before the first hop," if first.kind is PlaceKind.THIS_MACHINE else ""


def _dropped(trace: Trace, judged: Judged) -> HeadlineAndCause:
    start = f"TCP {trace.port} is dropped"
    kinds = [place.kind for place in judged.suspects]
    if kinds == [PlaceKind.THIS_MACHINE]:
        return HeadlineAndCause(
            f"{start} by this machine itself, before the first hop.",
            "Its own firewall drops the packets: the system reports that none of them left.",
        )
    if kinds == [PlaceKind.HOP_OUT]:
        return HeadlineAndCause(
            f"{start} behind hop {judged.last}, farther away than what answers TCP {trace.control}.",
            f"A NAT forwards the two ports to different machines, or a device before the server accepts TCP "
            f"{trace.control} in the server's place. Packets to TCP {trace.port} are lost behind hop {judged.last}.",
        )
    if PlaceKind.NAT in kinds:
        return _dropped_at_nat(trace, judged, start)
    if is_apart(trace, judged.last + 1):
        return _dropped_elsewhere(trace, judged, start)
    if PlaceKind.SERVER in kinds:
        return _dropped_at_the_end(trace, judged, start)
    return _dropped_on_the_way(trace, judged, start)


def _dropped_on_the_way(trace: Trace, judged: Judged, start: str) -> HeadlineAndCause:
    heard, last = judged.suspects[-1], judged.suspects[0]
    at = f"hop {heard.hop} ({heard.address})"
    only = f"hop {heard.hop} only for TCP {trace.control}"
    if judged.last and heard.hop == judged.last + 1:
        return HeadlineAndCause(
            f"{start} between hop {last.hop} ({last.address}) and {at}.",
            f"Hop {last.hop} answers for both ports, {only}. A router reports an expired TTL before it applies its "
            f"forward rules. So hop {last.hop} drops the port when it forwards, or hop {heard.hop} drops it when it "
            "receives.",
        )
    if judged.last:
        return HeadlineAndCause(
            f"{start} between hop {last.hop} ({last.address}) and {at}. The routers between them do not answer.",
            f"Hop {last.hop} answers for both ports, {only}. The routers between them answer for neither.",
        )
    left = "The packets leave this machine. " if trace.leaves else ""
    if heard.hop == 1:
        where = (
            f"when {at} receives it, or before that" if trace.leaves else f"by this machine, or when {at} receives it"
        )
        return HeadlineAndCause(
            f"{start} before the first hop answers: {where}.",
            f"{left}Hop 1 answers only for TCP {trace.control}. A device before it can also drop the port: a cloud's "
            "security group or a switch.",
        )
    return HeadlineAndCause(
        f"{start} before {at}. The routers before it do not answer.",
        f"{left}The first router that answers does so only for TCP {trace.control}.",
    )


def _dropped_at_the_end(trace: Trace, judged: Judged, start: str) -> HeadlineAndCause:
    hide = any(place.kind is PlaceKind.HOP for place in judged.suspects)
    if hide or not (trace.end.control.arrived and length_of(trace)):
        last = f"behind hop {judged.last}" if judged.last else "somewhere on the path"
        silence = "The routers before the server answer for neither port" if hide else "No later hop answered"
        return HeadlineAndCause(
            f"{start} {last}. No later router answers, so the exact hop is unknown.",
            f"{silence}: a router, the server or the return path can block it.",
        )
    if judged.last:
        return HeadlineAndCause(
            f"{start} behind hop {judged.last}: by that router when it forwards, at the server, or on the return path.",
            f"Every router on the path answers for both ports. Only the server does not answer for TCP {trace.port}. "
            "From this machine the three places look the same.",
        )
    return HeadlineAndCause(
        f"{start} at the server, or on the return path.",
        f"No router is on the path. Only the server does not answer for TCP {trace.port}. Its own firewall is the "
        "likeliest cause. A firewall that drops the answers looks the same from this machine.",
    )


def _no_control(trace: Trace, judged: Judged) -> HeadlineAndCause:
    other = "" if trace.control is None else f", nor does TCP {trace.control}"
    last = next((place for place in judged.suspects if place.hop), None)
    where = f"The last hop that answers is hop {last.hop} ({last.address})" if last else "No hop answers"
    return HeadlineAndCause(
        f"TCP {trace.port} gets no answer from {trace.address}{other}: lmwire has no working port to compare with.",
        f"{where}. The next device may drop the packets, not answer, or not exist. Only a working port of the same "
        "server shows which.",
    )


def _unknown(trace: Trace, _judged: Judged) -> HeadlineAndCause:
    if has_no_way(trace):
        return HeadlineAndCause(
            f"This machine cannot reach {trace.address}.",
            "It has no route, or no machine on the local link has the address.",
        )
    return HeadlineAndCause(
        f"Time ran out before lmwire found where TCP {trace.port} is blocked.", "Not every hop was asked."
    )


_BY_WAY: Final[dict[Way, Callable[[Trace, Judged], HeadlineAndCause]]] = {
    Way.OPEN: _open,
    Way.HANDSHAKE: _handshake,
    Way.PARTLY: _partly,
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
