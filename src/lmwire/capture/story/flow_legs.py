"""From a flow to a leg: how a connection ended, as far as the capture shows it. The leg leaves the rest open.

"No answer in time" needs a time. A client that gives up sets it; else the capture must go on long enough.
"""

from __future__ import annotations

from typing import Final

import msgspec

from lmwire.capture.follow.flows import TcpFlow
from lmwire.capture.packets.decode import Error, address
from lmwire.evidence import Asked, Connect, Dialogue, Icmp, Leg, Role, Via
from lmwire.legs import ConnectEnd, Destination, TalkEnd, Traffic, cut_short, make_leg, rejected_by, unanswered

__all__ = ["ANSWER_PATIENCE", "CONNECT_PATIENCE", "LegContext", "leg_of"]

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


class LegContext(msgspec.Struct, frozen=True, kw_only=True):
    """What the story around a flow adds to it.

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


def leg_of(flow: TcpFlow, context: LegContext) -> Leg:
    """Return what became of `flow`."""
    to = Destination(
        role=context.role,
        via=context.via,
        host=context.host,
        address=address(flow.server),
        port=flow.server_port,
    )
    at = max(0.0, flow.syn_at - context.began)
    if flow.established:
        return _talked(flow, to, context, at)
    connect, seconds = _connect_end(flow, to, context)
    return make_leg(to, connect, at=at, seconds=seconds)


def _connect_end(flow: TcpFlow, to: Destination, context: LegContext) -> tuple[ConnectEnd, float]:
    """Return how a connect without success ended, and the leg's seconds."""
    local = address(flow.client)
    answered = (flow.answered_at or flow.syn_at) - flow.syn_at
    if flow.refused:
        return ConnectEnd(connect=Connect.REFUSED, seconds=answered, local=local), answered
    if flow.error is not None:
        icmp = _icmp(flow.error)
        connect = rejected_by(icmp, local=local, address=to.address)
        own = f"ICMP type {icmp.type} code {icmp.code} from itself" if connect is Connect.DENIED else ""
        return ConnectEnd(connect=connect, seconds=answered, icmp=icmp, detail=own, local=local), answered
    waited = max(flow.last_syn, context.moved_on or flow.syn_at) - flow.syn_at
    seen = context.end - flow.syn_at
    left = context.moved_on is not None or flow.left_at is not None
    if flow.syns < _SYNS and seen < CONNECT_PATIENCE and not (left and waited >= _HASTE):
        detail = f"the capture ends {seen:.1f} s after the first SYN to {to.endpoint}"
        return ConnectEnd(connect=Connect.UNKNOWN, seconds=seen, detail=detail, local=local), 0.0
    detail = _ONE_WAY if flow.answered_at is not None else ""
    waited = max(waited, min(seen, CONNECT_PATIENCE))
    return ConnectEnd(connect=Connect.FILTERED, seconds=waited, detail=detail, local=local), waited


_ONE_WAY: Final = (
    "the server accepts, as this capture shows, but the client never gets the answer: the way back is blocked between "
    "this point and the client"
)


def _icmp(error: Error) -> Icmp:
    return Icmp(type=error.type, code=error.code, sender=address(error.sender), version=error.version)


def _talked(flow: TcpFlow, to: Destination, context: LegContext, at: float) -> Leg:
    gave_up = _gave_up(flow, context)
    left = gave_up if flow.left_at is None else flow.left_at
    if left is not None:
        flow.give_up_legacy(left)
    flow.presume(flow.last)
    seen = flow.talk_end
    talk = seen if seen is not None else _unfinished(flow, to, gave_up, context)
    if talk.dialogue is Dialogue.FOREIGN:
        talk = msgspec.structs.replace(talk, closes=_server_closes(flow))
    ended = flow.ended_at if seen is not None else min(gave_up or context.end, context.end)
    connect = ConnectEnd(
        connect=Connect.ESTABLISHED,
        seconds=(flow.answered_at or flow.syn_at) - flow.syn_at,
        local=address(flow.client),
    )
    traffic = Traffic(
        asked=_asked(flow),
        first_error=flow.fell_back.code if flow.fell_back is not None else None,
        sent=flow.sent if seen is not None else flow.up.top,
        acknowledged=None if not flow.up.begun else flow.acked >= flow.up.top,
        received=flow.received,
        start=flow.shown,
    )
    return make_leg(to, connect, talk, traffic, at=at, seconds=max(0.0, ended - flow.syn_at))


def _server_closes(flow: TcpFlow) -> bool | None:
    """Whether the server closed by itself; None when the capture shows neither side close."""
    if flow.server_left_at is None:
        return None if flow.left_at is None else False
    return flow.left_at is None or flow.server_left_at <= flow.left_at


def _asked(flow: TcpFlow) -> Asked:
    if flow.asked is not Asked.NOTHING or flow.talk_end is None:
        return flow.asked
    return Asked.HELLO  # an answer whose question is not in the capture; or none was needed to be turned away


def _gave_up(flow: TcpFlow, context: LegContext) -> float | None:
    """Return when the client stopped waiting; None when it did not, or left too soon for a wait."""
    left = flow.left_at if flow.left_at is not None else context.moved_on
    if left is None or left - (flow.asked_at or flow.syn_at) < _HASTE:
        return None
    return left


def _unfinished(flow: TcpFlow, to: Destination, gave_up: float | None, context: LegContext) -> TalkEnd:
    """Return the end of a talk of which the capture does not show the end."""
    asked_at = flow.asked_at if flow.asked_at is not None else flow.syn_at
    seen = context.end - asked_at
    hole = _hole(flow)
    if hole:
        return TalkEnd(detail=hole)
    if not flow.up.top:
        return TalkEnd(detail=_nothing_asked(flow))
    if flow.acked <= 0 and (gave_up is not None or seen >= CONNECT_PATIENCE):
        return unanswered(lost=True)
    if gave_up is None and (seen < ANSWER_PATIENCE or flow.left_at is not None):
        return TalkEnd(detail=_cut(flow, to, seen))
    waited = min(seen, (gave_up or context.end) - asked_at)
    if flow.pending:
        return cut_short(flow.start, f"{flow.received} bytes, then nothing more within {waited:.0f} s")
    return unanswered(lost=False)


def _hole(flow: TcpFlow) -> str:
    """Return what the capture itself lacks of the talk, in words."""
    if flow.abandoned:
        return f"{flow.received} bytes came without an end of the answer: lmwire keeps no more of one conversation"
    if flow.down.snapped or flow.up.snapped:
        return "the capture keeps only the beginning of each packet: capture whole packets (tcpdump -s 0)"
    if flow.down.missing and flow.seen_acked > flow.down.next:
        return f"the capture lacks {flow.down.missing} bytes of the answer, which the client did get"
    if flow.up.missing and flow.acked > flow.up.next:
        return f"the capture lacks {flow.up.missing} bytes of the question, which the server did get"
    return ""


def _nothing_asked(flow: TcpFlow) -> str:
    return "" if flow.left_at is not None else "the capture ends before the client asked anything"


def _cut(flow: TcpFlow, to: Destination, seen: float) -> str:
    if flow.left_at is not None:
        waited = flow.left_at - (flow.asked_at or flow.syn_at)
        return (
            f"the client itself closed the connection {waited:.1f} s after its question, before {to.endpoint} answered"
        )
    return f"the capture ends {seen:.1f} s after the question to {to.endpoint}, and an answer may take longer"
