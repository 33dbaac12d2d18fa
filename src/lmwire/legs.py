"""How a connect and a talk ended, and the `Leg` assembled from both. Pure.

The live probe and the reader of captures both end here, so that the same bytes become the same evidence. A leg is
assembled once, by `make_leg`, and never changed afterwards.
"""

from __future__ import annotations

from typing import Final

import msgspec

from lmwire.addresses import endpoint
from lmwire.evidence import Answer, Asked, Connect, Dialogue, Icmp, Leg, Role, Via
from lmwire.session import Answered, Ended, Referred, Refused, TextReceived, identify, parse_daemons
from lmwire.session.events import ClientEvent
from lmwire.wire import MAGIC, HelloAnswer, Referral, RemoteProtocolError

__all__ = [
    "START",
    "ConnectEnd",
    "Destination",
    "TalkEnd",
    "Traffic",
    "broken",
    "cut_short",
    "foreign",
    "make_leg",
    "malformed",
    "rejected_by",
    "talk_end",
    "unanswered",
    "version_of",
]

START: Final = 128
"""The first bytes of a server's talk that are kept: they show which other protocol it speaks."""

_LEGACY_LETTERS: Final = frozenset({b"h", b"W", b"L", b"l", b"N", b"H"})

_NOBODY_ANSWERS: Final = frozenset({(4, 3, 1), (6, 1, 3)})
"""IP version, ICMP type and code of "host unreachable": a system sends it itself when ARP or NDP gets no answer."""


class Destination(msgspec.Struct, frozen=True, kw_only=True):
    """The address that a leg goes to. `host` is the name that led to `address`."""

    role: Role
    via: Via
    host: str
    address: str
    port: int

    @property
    def endpoint(self) -> str:
        """`address:port`, with brackets around IPv6."""
        return endpoint(self.address, self.port)


class ConnectEnd(msgspec.Struct, frozen=True, kw_only=True):
    """How a TCP connect ended, after `seconds`; see `Leg`."""

    connect: Connect
    seconds: float = 0.0
    icmp: Icmp | None = None
    detail: str = ""
    local: str = ""
    attempts: int = 1


class TalkEnd(msgspec.Struct, frozen=True, kw_only=True):
    """How the talk on an established connection ended; see `Leg`.

    Attributes:
        referral: the whole referral, when that was the answer.
        text: the whole text, when that was the answer.
        hello: the whole hello answer, when that was it.
    """

    dialogue: Dialogue | None = None
    answer: Answer | None = None
    code: int | None = None
    service: str = ""
    closes: bool | None = None
    fault: str = ""
    detail: str = ""
    legacy: bool = False
    peer: str = ""
    version: str = ""
    referral: Referral | None = None
    text: str = ""
    hello: HelloAnswer | None = None


class Traffic(msgspec.Struct, frozen=True, kw_only=True):
    """What went over a connection: the question, and payload bytes in both directions; see `Leg`."""

    asked: Asked = Asked.NOTHING
    first_error: int | None = None
    sent: int = 0
    acknowledged: bool | None = None
    received: int = 0
    start: str = ""


_NO_TALK: Final = TalkEnd()
_NO_TRAFFIC: Final = Traffic()


def make_leg(
    to: Destination,
    connect: ConnectEnd,
    talk: TalkEnd = _NO_TALK,
    traffic: Traffic = _NO_TRAFFIC,
    *,
    at: float = 0.0,
    seconds: float = 0.0,
) -> Leg:
    """Assemble a leg: where it went, how the connect ended, and how the talk ended if there was one.

    Args:
        to: where it went.
        connect: how the connect ended.
        talk: how the talk ended; left out when there was none.
        traffic: what was asked, and what went over the connection.
        at: when the connect began, in seconds from the start of the walk.
        seconds: from the start of the connect to the end of the talk.
    """
    return Leg(
        role=to.role,
        via=to.via,
        host=to.host,
        address=to.address,
        port=to.port,
        connect=connect.connect,
        connect_seconds=connect.seconds,
        icmp=connect.icmp,
        asked=traffic.asked,
        dialogue=talk.dialogue,
        answer=talk.answer,
        code=talk.code,
        service=talk.service,
        closes=talk.closes,
        fault=talk.fault,
        detail=talk.detail or connect.detail,
        legacy=talk.legacy,
        first_error=traffic.first_error,
        peer=talk.peer,
        version=talk.version,
        sent=traffic.sent,
        acknowledged=traffic.acknowledged,
        received=traffic.received,
        start="" if talk.text and parse_daemons(talk.text) is None else traffic.start,  # keys are nobody's business
        local=connect.local,
        at=at,
        seconds=seconds,
        attempts=connect.attempts,
    )


def rejected_by(icmp: Icmp, *, local: str, address: str) -> Connect:
    """Return how a connect ended that an ICMP error answered: the sender of the error decides.

    Args:
        icmp: the error.
        local: the client's own address.
        address: the address that the client connected to.
    """
    if icmp.sender != local or address == local:
        return Connect.REJECTED
    # The client's own system sent it: no machine on the link has the address, or a rule of its own forbids it.
    nobody = (icmp.version, icmp.type, icmp.code) in _NOBODY_ANSWERS
    return Connect.UNREACHABLE if nobody else Connect.DENIED


def talk_end(event: ClientEvent) -> TalkEnd:
    """Return the end of a talk whose last event is `event`. `FellBack` is not a last event: TypeError."""
    match event:
        case Referred(message, legacy):
            return TalkEnd(dialogue=Dialogue.ANSWERED, answer=Answer.REFERRAL, legacy=legacy, referral=message)
        case Answered(message, legacy):
            return TalkEnd(
                dialogue=Dialogue.ANSWERED,
                answer=Answer.HELLO,
                legacy=legacy,
                peer=message.vendor,
                version=version_of(message),
                hello=message,
            )
        case Refused(code, text, legacy):
            return TalkEnd(dialogue=Dialogue.ERROR, code=code, detail="" if code is not None else text, legacy=legacy)
        case TextReceived(text):
            return TalkEnd(dialogue=Dialogue.ANSWERED, answer=Answer.TEXT, text=text)
        case Ended():
            return TalkEnd(dialogue=Dialogue.CLOSED)
        case _:
            raise TypeError(event)


def version_of(message: HelloAnswer) -> str:
    """Return the FlexNet version of a hello answer, such as "11.19"."""
    return f"{message.version_major}.{message.version_minor}"


def malformed(start: bytes, error: RemoteProtocolError) -> TalkEnd:
    """Return the end of a talk in which the server's bytes, beginning with `start`, are not the protocol."""
    # A frame whose checksums were right, or nearly so, is FlexNet's; of the rest the first bytes must look like it.
    sure = error.kind in {"order", "body", "crc", "length"}
    if error.kind == "magic" or not (sure or _looks_like_flexnet(start)):
        return foreign(identify(start) or "unknown")
    return TalkEnd(dialogue=Dialogue.GARBLED, fault=error.kind, detail=error.reason)


def cut_short(start: bytes, detail: str) -> TalkEnd:
    """Return the end of a talk in which the server began an answer, with `start`, and did not complete it."""
    if not _looks_like_flexnet(start):
        return foreign(identify(start) or "unknown")
    return TalkEnd(dialogue=Dialogue.GARBLED, fault="truncated", detail=detail)


def foreign(service: str) -> TalkEnd:
    """Return the end of a talk with a server that speaks another protocol."""
    return TalkEnd(dialogue=Dialogue.FOREIGN, service=service)


def unanswered(*, lost: bool, detail: str = "") -> TalkEnd:
    """Return the end of a talk that timed out. `lost`: the question itself was never acknowledged."""
    return TalkEnd(dialogue=Dialogue.LOST if lost else Dialogue.SILENT, detail=detail)


def broken(detail: str, *, lost: bool = False) -> TalkEnd:
    """Return the end of a talk whose connection broke. `lost`: because nothing was acknowledged, not by a reset."""
    return TalkEnd(dialogue=Dialogue.LOST if lost else Dialogue.RESET, detail=detail)


def _looks_like_flexnet(start: bytes) -> bool:
    """Whether `start` may be a damaged frame: modern by its first byte, legacy by its letter and NUL padding."""
    return start[:1] == bytes((MAGIC,)) or (start[:1] in _LEGACY_LETTERS and b"\0" in start[2:])
