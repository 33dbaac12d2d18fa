"""Find the places in a trace where the port can be blocked. Pure.

The result follows from the order in which a router handles a packet:

    receives → (prerouting, inbound list) → decrements the TTL, sends "time exceeded" → (forward, outbound list) → sends

Router k sends "time exceeded" for a packet with TTL k before its forward rules apply. So router k answers even if it
drops the port when it forwards. Router k+1 is silent both when k drops on output and when k+1 drops on input. The
suspects are therefore the last router that answered, the silent routers behind it, and the first router that answers
for the control port. If that one is the server, an answer lost on the return path looks the same.
A reset shows more: its remaining TTL, see `hop_trace`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from lmwire.hops.model import Fate, Hop, Judged, Place, PlaceKind, Reply, Seen, Sureness, Trace, Way

__all__ = ["address_of", "flows_of", "is_apart", "judge", "length_of", "routers_at", "translator_of"]

_FIRST_LIVES: Final = (64, 128, 255)
"""Initial TTLs of Linux and BSD, Windows, and routers."""


def judge(trace: Trace) -> Judged:
    """Return where the port of `trace` is blocked, and how sure the result is."""
    judged = _partly(trace) if trace.checks.disagree else _judge(trace)
    return _with(judged, trace, _last(trace))


def _judge(trace: Trace) -> Judged:
    for found, judged_by in _WAYS:
        if any(found(seen) for seen in _seen(trace)):
            return judged_by(trace, _last(trace))
    return _silence(trace, _last(trace))


def _last(trace: Trace) -> int:
    return max((hop.number for hop in trace.hops if hop.port.fate is Fate.PASSED), default=0)


def length_of(trace: Trace) -> int | None:
    """Return the number of hops to the server: the smallest TTL with which the control port answers."""
    return next((hop.number for hop in trace.hops if hop.control.arrived), None)


def address_of(trace: Trace, number: int) -> str:
    """Return the address of a hop on the port's path from a "time exceeded"; empty when none shows it.

    The port's own answer counts first. The control port's router is on the same path only as long as the last hop
    that answers for both ports before it is one router.
    """
    for hop in trace.hops:
        if hop.number == number:
            if hop.port.fate is Fate.PASSED:
                return hop.port.sender
            return "" if hop.control.fate is not Fate.PASSED or is_apart(trace, number) else hop.control.sender
    return ""


def is_apart(trace: Trace, number: int) -> bool:
    """Whether the two ports' packets were last seen at different routers, before hop `number`."""
    both = [hop for hop in trace.hops if hop.number < number and hop.control.fate is hop.port.fate is Fate.PASSED]
    return bool(both) and both[-1].control.sender != both[-1].port.sender


def routers_at(hop: Hop) -> tuple[str, ...]:
    """Return the addresses of all routers that answered with this TTL: two when the ports take different paths."""
    return tuple(dict.fromkeys(seen.sender for seen in (hop.control, hop.port) if seen.fate is Fate.PASSED))


def translator_of(trace: Trace) -> int:
    """Return the hop that has the target's address but forwards packets, which is a NAT; 0 for none."""
    return next((hop.number for hop in trace.hops if trace.address in routers_at(hop)), 0)


def _seen(trace: Trace) -> Iterator[Seen]:
    yield trace.end.port
    yield from (hop.port for hop in trace.hops)


def _with(judged: Judged, trace: Trace, last: int) -> Judged:
    parted = next((hop.number for hop in trace.hops if _differ(hop.control, hop.port)), 0)
    if not parted and _differ(trace.end.control, trace.end.port):
        parted = length_of(trace) or 0
    return Judged(
        way=judged.way,
        sure=judged.sure,
        suspects=judged.suspects,
        parted=0 if judged.way in _NOT_PARTED or trace.control is None else parted,
        last=last,
        diverging=tuple(hop.number for hop in trace.hops if _diverge(hop.control, hop.port)),
    )


_NOT_PARTED: Final = frozenset({Way.OPEN, Way.UNKNOWN, Way.HANDSHAKE, Way.PARTLY})
_NOTHING_SAID: Final = frozenset({Reply.NONE, Reply.CLOSED})


def _differ(control: Seen, port: Seen) -> bool:
    return control.fate is not port.fate and Fate.UNTRIED not in (control.fate, port.fate)


def _diverge(control: Seen, port: Seen) -> bool:
    return control.fate is port.fate is Fate.PASSED and control.sender != port.sender


# -- each outcome -----------------------------------------------------------------------------------------------


def _open(trace: Trace, _last: int) -> Judged:
    first, length, checks = _first(trace, Fate.ACCEPTED), length_of(trace), trace.checks
    if checks.disagree:
        return _partly(trace)
    if checks.reply is Reply.FLEXNET:  # a device that accepts in the server's place passes the talk on
        return Judged(way=Way.OPEN, sure=Sureness.LIKELY if checks.partly else Sureness.CERTAIN)
    if first and length and first < length:
        place = _hop(trace, first, PlaceKind.HOP)
        sure = Sureness.LIKELY if any(_diverge(hop.control, hop.port) for hop in trace.hops) else Sureness.CERTAIN
        return Judged(way=Way.INTERCEPTED, sure=sure, suspects=(place,))
    if checks.stray_accepts or checks.reply in _NOTHING_SAID:
        return Judged(way=Way.HANDSHAKE)
    return Judged(way=Way.OPEN, sure=Sureness.LIKELY)


def _partly(trace: Trace) -> Judged:
    """Compare a connect that fails with one that is accepted, both to the port, from two own ports."""
    checks = trace.checks
    if not checks.by_source:  # each connect takes a path by chance: the first routers that differ are all there is
        places = tuple(Place(kind=PlaceKind.HOP, hop=checks.branch, address=one) for one in checks.branches)
        return Judged(way=Way.PARTLY, sure=Sureness.ONE_OF if places else Sureness.NONE, suspects=places)
    found = _judge(flows_of(trace))
    sure = Sureness.LIKELY if found.sure in (Sureness.CERTAIN, Sureness.LIKELY) else found.sure
    return Judged(way=Way.PARTLY, sure=sure if found.suspects else Sureness.NONE, suspects=found.suspects)


def flows_of(trace: Trace) -> Trace:
    """Return the trace of the port with itself: connects that are accepted beside those that fail."""
    flows = trace.checks.flows
    blank = Hop(number=0, control=Seen(fate=Fate.ACCEPTED), port=Seen(fate=Fate.SILENT))
    end, hops = (flows[0], flows[1:]) if flows else (blank, ())
    return Trace(
        address=trace.address, port=trace.port, control=trace.port, local=trace.local, end=end, hops=hops, leaves=True
    )


def _denied(_trace: Trace, _last: int) -> Judged:
    return Judged(way=Way.DENIED, sure=Sureness.CERTAIN, suspects=(Place(kind=PlaceKind.THIS_MACHINE),))


def _rejected(trace: Trace, _last: int) -> Judged:
    """Find the hop that sent the error: by its address, else by the smallest TTL that gets the error."""
    said = next(seen for seen in _seen(trace) if seen.fate is Fate.REJECTED)
    named = [hop.number for hop in trace.hops if said.sender in routers_at(hop)]
    if named:
        place = Place(kind=PlaceKind.HOP, hop=named[0], address=said.sender)
        return Judged(way=Way.REJECTED, sure=Sureness.CERTAIN, suspects=(place,))
    first = _first(trace, Fate.REJECTED)
    length = length_of(trace)
    if said.sender == trace.address and (None in (first, length) or first == length):
        place = Place(kind=PlaceKind.SERVER, hop=length or 0, address=said.sender)
        # The router before the server uses its own address as sender.
        return Judged(way=Way.REJECTED, sure=Sureness.CERTAIN, suspects=(place,))
    # No hop with that address answered: a silent router, or one with another address on this side.
    near = [number for number in (first - 1, first) if number > 0] if first else []
    hiding = [number for number in near if not _answers(trace, number) and number != length]
    places = tuple(Place(kind=PlaceKind.HOP, hop=number, address=said.sender) for number in hiding or near)
    if not places:
        places = (Place(kind=PlaceKind.HOP, address=said.sender),)
    sure = Sureness.CERTAIN if len(places) == 1 and places[0].hop else Sureness.ONE_OF
    return Judged(way=Way.REJECTED, sure=sure, suspects=places)


def _reset(trace: Trace, _last: int) -> Judged:
    """Find the hop by the smallest TTL that gets a reset, and by the remaining TTL of the resets."""
    first, length = _first(trace, Fate.RESET), length_of(trace)
    if first is None:
        return Judged(way=Way.RESET)
    length = length or first  # without a control port, the first reset can come from the server
    server = Place(kind=PlaceKind.SERVER, hop=length, address=trace.address)
    if first >= length and trace.reset_as_control:
        # As far away as the machine that answers on the control port.
        return Judged(way=Way.RESET, sure=Sureness.CERTAIN, suspects=(server,))
    (out,) = _outbound(trace, first - 1)
    at = server if first >= length else _hop(trace, first, PlaceKind.HOP_IN)
    away = _distance(trace.reset_left)
    if (
        first == 1
        or away not in (out.hop, at.hop)
        or (first >= length and trace.end.control.arrived and trace.reset_as_control is None)
    ):
        # This machine and its neighbour have the same distance; so have two machines with different initial TTLs.
        return Judged(way=Way.RESET, sure=Sureness.ONE_OF, suspects=(out, at))
    # The count is right if the return path is as long as the forward path.
    suspects = (out, at) if away == out.hop else (at, out)
    return Judged(way=Way.RESET, sure=Sureness.LIKELY, suspects=suspects)


def _nowhere(trace: Trace, last: int) -> Judged:
    """Judge that this machine cannot reach the server. A missing neighbour shows only with later packets."""
    if last:
        return _silence(trace, last)
    if not trace.end.control.arrived:
        return Judged(way=Way.UNKNOWN)
    # A routing rule may match one port. If only some packets failed, no rule matches all of them.
    tried = [seen.fate for seen in (*(hop.port for hop in trace.hops), trace.end.port)]
    every = all(fate in {Fate.UNREACHABLE, Fate.UNTRIED} for fate in tried)
    return _denied(trace, last) if every else _silence(trace, last)


def _silence(trace: Trace, last: int) -> Judged:
    length = length_of(trace)
    heard = next((hop for hop in trace.hops if hop.number > last and hop.control.fate in _HEARD), None)
    if trace.leaves is False:
        return Judged(way=Way.DROPPED, sure=Sureness.CERTAIN, suspects=(Place(kind=PlaceKind.THIS_MACHINE),))
    if trace.end.port.fate in _OPEN_QUESTION or (heard and heard.port.fate is Fate.UNTRIED):
        return Judged(way=Way.UNKNOWN)
    if length is None and not trace.end.control.arrived:
        way = Way.UNKNOWN if trace.end.control.fate is Fate.UNREACHABLE else Way.NO_CONTROL
        return Judged(way=way, suspects=_outbound(trace, last))
    if length is not None and last >= length:  # farther away than the control port: another machine
        return Judged(way=Way.DROPPED, sure=Sureness.ONE_OF, suspects=_outbound(trace, last))
    return _dropped(trace, last, heard)


def _dropped(trace: Trace, last: int, heard: Hop | None) -> Judged:
    """Judge a port whose packets end behind hop `last`; `heard`: the next hop that answers for the control port."""
    if is_apart(trace, last + 1):
        return _on_another_path(trace, last)
    if heard:
        hidden = tuple(_hop(trace, number, PlaceKind.HOP) for number in range(last + 1, heard.number))
    else:  # the server is farther away than the last hop asked
        hidden = (Place(kind=PlaceKind.FARTHER),)
    out = _outbound(trace, last)
    every = heard is not None and heard.number == last + 1
    if heard and heard.number == translator_of(trace):
        # The target's address is the NAT's own: what it does not forward ends there.
        nat = _hop(trace, heard.number, PlaceKind.NAT)
        sure = Sureness.LIKELY if every else Sureness.ONE_OF
        return Judged(way=Way.DROPPED, sure=sure, suspects=(*hidden, nat, *out))
    if heard is None or heard.number == length_of(trace):
        return _at_the_end(trace, (*out, *hidden), every_router=every)
    sure = Sureness.LIKELY if every and (last or trace.leaves) else Sureness.ONE_OF
    return Judged(way=Way.DROPPED, sure=sure, suspects=(*out, *hidden, _hop(trace, heard.number, PlaceKind.HOP_IN)))


def _on_another_path(trace: Trace, last: int) -> Judged:
    """Judge a path on which the control port's routers are not: what comes next there, nobody showed."""
    after = Place(kind=PlaceKind.FARTHER)
    server = Place(kind=PlaceKind.SERVER, hop=length_of(trace) or 0, address=trace.address)
    back = Place(kind=PlaceKind.WAY_BACK)
    return Judged(way=Way.DROPPED, sure=Sureness.LIKELY, suspects=(*_outbound(trace, last), after, server, back))


def _answers(trace: Trace, number: int) -> bool:
    return any(hop.number == number and routers_at(hop) for hop in trace.hops)


def _at_the_end(trace: Trace, before: tuple[Place, ...], *, every_router: bool) -> Judged:
    server = Place(kind=PlaceKind.SERVER, hop=length_of(trace) or 0, address=trace.address)
    back = Place(kind=PlaceKind.WAY_BACK)
    # A firewall directly in front of the server is as common as one on it.
    sure = Sureness.LIKELY if every_router and not before else Sureness.ONE_OF
    return Judged(way=Way.DROPPED, sure=sure, suspects=(*before, server, back))


_OPEN_QUESTION: Final = frozenset({Fate.UNREACHABLE, Fate.UNTRIED})
_HEARD: Final = frozenset({Fate.PASSED, Fate.ACCEPTED, Fate.RESET})
_WAYS: Final[tuple[tuple[Callable[[Seen], bool], Callable[[Trace, int], Judged]], ...]] = (
    (lambda seen: seen.fate is Fate.ACCEPTED, _open),
    (lambda seen: seen.fate is Fate.DENIED, _denied),
    (lambda seen: seen.fate is Fate.REJECTED, _rejected),
    (lambda seen: seen.fate is Fate.RESET, _reset),
    (lambda seen: seen.fate is Fate.UNREACHABLE, _nowhere),
)
"""Result seen at least once → function that judges it; the first match wins. No match: the packets are dropped."""


def _first(trace: Trace, fate: Fate) -> int | None:
    return next((hop.number for hop in trace.hops if hop.port.fate is fate), None)


def _outbound(trace: Trace, last: int) -> tuple[Place, ...]:
    """Return the device that had the packet after the last hop that answered; before the first hop, this machine.

    None when the packet is known to have left this machine.
    """
    if last:
        return (_hop(trace, last, PlaceKind.HOP_OUT),)
    return () if trace.leaves else (Place(kind=PlaceKind.THIS_MACHINE),)


def _hop(trace: Trace, number: int, kind: PlaceKind) -> Place:
    return Place(kind=kind, hop=number, address=address_of(trace, number))


def _distance(left: int | None) -> int | None:
    """Return the hop of a sender from the remaining TTL of its packets."""
    if left is None:
        return None
    first = next((life for life in _FIRST_LIVES if left <= life), None)
    return None if first is None else first - left + 1
