"""How a connection ended, as far as a capture tells: from a flow to a leg. What it does not tell is left open.

"No answer in time" needs a time. A client that gives up sets it; else the capture must go on long enough.
"""

from __future__ import annotations

from typing import Final

import msgspec

from lmwire.capture.follow.flows import Flow
from lmwire.capture.packets.decode import address
from lmwire.evidence import Asked, Connect, Dialogue, Icmp, Leg, Role, Via
from lmwire.outcome import cut_short

__all__ = ["Place", "leg_of"]

CONNECT_PATIENCE: Final = 3.0
"""Seconds after which a SYN, or payload, counts as unanswered. A system acknowledges within a round trip, and none
takes so long; by then the client has sent it three times (after 1 s and 2 s more, or 1 s each)."""

_SYNS: Final = 3
"""SYNs after which a connect is unanswered however long it took: a capture often ends with the last of them."""

ANSWER_PATIENCE: Final = 10.0
"""Seconds after which an acknowledged question counts as unanswered: a real client waits as long for a program's
answer. [obs] A slow server must not be called silent."""

_HASTE: Final = 1.0
"""A client that leaves sooner than that was ended by somebody; it did not give up waiting."""


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a flow stands in its story.

    Attributes:
        began: Unix time at which the attempt began.
        moved_on: when the client turned to something else without having closed this; None when it did not.
        end: Unix time of the last packet of the capture.
    """

    role: Role
    via: Via
    host: str
    began: float
    moved_on: float | None
    end: float


def leg_of(flow: Flow, place: Place) -> Leg:
    """Return what became of `flow`."""
    leg = Leg(
        role=place.role,
        via=place.via,
        host=place.host,
        address=address(flow.server),
        port=flow.server_port,
        connect=Connect.ESTABLISHED,
        local=address(flow.client),
        at=max(0.0, flow.syn_at - place.began),
    )
    return _talk(flow, leg, place) if flow.established else _connect(flow, leg, place)


def _connect(flow: Flow, leg: Leg, place: Place) -> Leg:
    change = msgspec.structs.replace
    answered = (flow.answered_at or flow.syn_at) - flow.syn_at
    if flow.refused:
        return change(leg, connect=Connect.REFUSED, connect_seconds=answered, seconds=answered)
    if flow.error is not None:
        icmp = _icmp(flow)
        connect = _rejected_by(icmp, leg)
        own = f"ICMP type {flow.error.type} code {flow.error.code} from itself" if connect is Connect.DENIED else ""
        return change(leg, connect=connect, connect_seconds=answered, seconds=answered, icmp=icmp, detail=own)
    waited = max(flow.last_syn, place.moved_on or flow.syn_at) - flow.syn_at
    seen = place.end - flow.syn_at
    left = place.moved_on is not None or flow.left_at is not None
    if flow.syns < _SYNS and seen < CONNECT_PATIENCE and not (left and waited >= _HASTE):
        detail = f"the capture ends {seen:.1f} s after the first SYN to {leg.endpoint}"
        return change(leg, connect=Connect.UNKNOWN, detail=detail, connect_seconds=seen)
    detail = _ONE_WAY if flow.answered_at is not None else ""
    waited = max(waited, min(seen, CONNECT_PATIENCE))
    return change(leg, connect=Connect.FILTERED, connect_seconds=waited, seconds=waited, detail=detail)


_ONE_WAY: Final = (
    "the server accepts, as this capture shows, and the client never learns of it: the way back is blocked between "
    "here and the client"
)


def _icmp(flow: Flow) -> Icmp | None:
    error = flow.error
    if error is None:
        return None
    return Icmp(type=error.type, code=error.code, sender=address(error.sender), version=error.version)


def _rejected_by(icmp: Icmp | None, leg: Leg) -> Connect:
    if icmp is None or icmp.sender != leg.local or leg.address == leg.local:
        return Connect.REJECTED
    # The client's own system says so when nobody on the link answers for the address; else a rule of its own did it.
    nobody = (icmp.version, icmp.type, icmp.code) in {(4, 3, 1), (6, 1, 3)}
    return Connect.UNREACHABLE if nobody else Connect.DENIED


def _talk(flow: Flow, leg: Leg, place: Place) -> Leg:
    connect_seconds = (flow.answered_at or flow.syn_at) - flow.syn_at
    gave_up = _gave_up(flow, place)
    left = gave_up if flow.left_at is None else flow.left_at
    if left is not None:
        flow.give_up_legacy(left)
    flow.presume(flow.last)
    told = flow.told
    talked = told.leg if told is not None else _untold(flow, leg, gave_up, place)
    ended = flow.told_at if told is not None else min(gave_up or place.end, place.end)
    return msgspec.structs.replace(
        talked,
        role=leg.role,
        via=leg.via,
        host=leg.host,
        local=leg.local,
        at=leg.at,
        connect_seconds=connect_seconds,
        asked=_asked(flow),
        sent=flow.sent if told is not None else flow.up.top,
        acknowledged=None if not flow.up.begun else flow.acked >= flow.up.top,
        received=flow.received,
        start=flow.shown,
        seconds=max(0.0, ended - flow.syn_at),
    )


def _asked(flow: Flow) -> Asked:
    if flow.asked is not Asked.NOTHING or flow.told is None:
        return flow.asked
    return Asked.HELLO  # an answer whose question is not in the capture; or none was needed to be turned away


def _gave_up(flow: Flow, place: Place) -> float | None:
    """Return when the client stopped waiting; None when it did not, or left so soon that nobody can have waited."""
    left = flow.left_at if flow.left_at is not None else place.moved_on
    if left is None or left - (flow.asked_at or flow.syn_at) < _HASTE:
        return None
    return left


def _untold(flow: Flow, leg: Leg, gave_up: float | None, place: Place) -> Leg:
    """Return the leg of a talk that came to no end of its own."""
    asked_at = flow.asked_at if flow.asked_at is not None else flow.syn_at
    seen = place.end - asked_at
    change = msgspec.structs.replace
    hole = _hole(flow)
    if hole:
        return change(leg, detail=hole)
    if not flow.up.top:
        return change(leg, detail=_nothing_asked(flow))
    if flow.acked <= 0 and (gave_up is not None or seen >= CONNECT_PATIENCE):
        return change(leg, dialogue=Dialogue.LOST)
    if gave_up is None and (seen < ANSWER_PATIENCE or flow.left_at is not None):
        return change(leg, detail=_cut(flow, leg, seen))
    waited = min(seen, (gave_up or place.end) - asked_at)
    if flow.pending:
        return cut_short(leg, flow.start, f"{flow.received} bytes, then nothing more within {waited:.0f} s")
    return change(leg, dialogue=Dialogue.SILENT)


def _hole(flow: Flow) -> str:
    """Return what the capture itself lacks of the talk, in words."""
    if flow.abandoned:
        return f"{flow.received} bytes were answered, more than is kept of a talk without an end"
    if flow.down.snapped or flow.up.snapped:
        return "the capture keeps only the beginning of each packet; record whole ones (tcpdump -s 0)"
    if flow.down.missing and flow.seen_acked > flow.down.next:
        return f"the capture lacks {flow.down.missing} bytes of the answer, which the client did get"
    if flow.up.missing and flow.acked > flow.up.next:
        return f"the capture lacks {flow.up.missing} bytes of the question, which the server did get"
    return ""


def _nothing_asked(flow: Flow) -> str:
    return "" if flow.left_at is not None else "the capture ends before anything was asked"


def _cut(flow: Flow, leg: Leg, seen: float) -> str:
    if flow.left_at is not None:
        waited = flow.left_at - (flow.asked_at or flow.syn_at)
        return f"the client itself closed {waited:.1f} s after its question, before {leg.endpoint} answered"
    return f"the capture ends {seen:.1f} s after the question to {leg.endpoint}, and an answer may take longer"
