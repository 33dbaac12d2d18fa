"""How one attempt of a client ends, from the leg that shows what is there. Tables; every code was measured.

A client's report names the call that failed: connect (-15), read (-16), a closed connection (-7), a damaged answer
(-59), or an error that the server answered (its number and 274).
"""

from __future__ import annotations

from typing import Final

import msgspec

from lmwire.diagnosis.clientwalk.clients import ANSWER_WAIT, Client
from lmwire.diagnosis.clientwalk.reading import LEGACY_FRAME, ReadingEnd, read, received_bytes
from lmwire.evidence import Answer, Connect, Dialogue, Leg, Role

__all__ = ["CONNECT_FAILED", "TIMED_OUT", "End", "Met", "end_of", "featureless", "refused", "unresolved"]


class End(msgspec.Struct, frozen=True, kw_only=True):
    """How an attempt ended.

    Attributes:
        code: what the client would report if this were all, such as "-15,570"; empty when it was answered.
        system_error: the system's error that goes with it; None for none.
        seconds: it took.
        connected: TCP was established.
        replaces: in a list, this error takes the place of an earlier one that came over a connection.
        protects: it came over a connection, to lmgrd at least.
        answer: what a well-formed answer was.
        by_lmgrd: the error is one that lmgrd itself answered.
        final: the server answered an error or a damaged frame: no further attempt is made at a vendor daemon.
        damaged: the answer was damaged.
        left: bytes that stay in the client's buffer.
        unknown: why this cannot be known; empty otherwise.
    """

    code: str = ""
    system_error: int | None = None
    seconds: float = 0.0
    connected: bool = False
    replaces: bool = False
    protects: bool = False
    answer: Answer | None = None
    by_lmgrd: bool = False
    final: bool = False
    damaged: bool = False
    left: bytes = b""
    unknown: str = ""

    @property
    def served(self) -> bool:
        """Whether a vendor daemon answered the hello."""
        return self.answer is Answer.HELLO


CONNECT_FAILED: Final = "-15,10"
TIMED_OUT: Final = "-15,10032"
"""What Windows clients report of a connect that failed, and of one without an answer. [obs]"""

_IN_PROGRESS: Final = 115
"""What Linux clients name for a connect that failed while they waited for it: the error of the connect() before."""

# How a connect ended → code and system error, on Linux and on Windows. A system error of 0: none is named.
_UNCONNECTED: Final = {
    Connect.REFUSED: (("-15,570", _IN_PROGRESS), (CONNECT_FAILED, 10061)),
    Connect.REJECTED: (("-15,570", _IN_PROGRESS), (CONNECT_FAILED, 10065)),
    Connect.FILTERED: (("-15,570", _IN_PROGRESS), (TIMED_OUT, 0)),
    Connect.DENIED: (("-15,570", _IN_PROGRESS), (CONNECT_FAILED, 10065)),
}
_POLICY: Final = (("-15,570", 13), ("-15,578", 10013))  # connect() itself is forbidden
_NO_ROUTE: Final = (("-15,570", 101), ("-15,578", 10051))  # connect() itself finds no route
_NO_NEIGHBOUR: Final = (("-15,570", _IN_PROGRESS), (TIMED_OUT, 0))  # no machine has the address, after 3 s
_PERMISSION: Final = "Permission denied"
_AT_ONCE: Final = 0.5

_BROKEN_FRAMES: Final = {
    ReadingEnd.BAD_HEADER: {"11.16": "-59,650", "11.18": "-59,686", "11.19": "-59,688"},
    ReadingEnd.BAD_CHECKSUM: {"11.16": "-59,693", "11.18": "-59,729", "11.19": "-59,731"},
    ReadingEnd.BAD_LEGACY: {"11.16": "-59,698", "11.18": "-59,734", "11.19": "-59,736"},
}
_FAULTS: Final = {"sum": ReadingEnd.BAD_HEADER, "length": ReadingEnd.BAD_HEADER, "crc": ReadingEnd.BAD_CHECKSUM}
_CLOSED: Final = "-7,10015"
_SILENT: Final = "-16,287"
_INCOMPLETE: Final = "-16,10010"
_UNRESOLVED: Final = "-96,7"
_CLOSING: Final = frozenset({"HTTP", "TLS"})
"""Services that most often close after what they cannot read, where nobody looked. Others wait for more."""

_ROUND_TRIPS: Final = 2
"""A connect takes one, and an answer at once another."""

_SERVED: Final = {"11.16": "-5,412", "11.18": "-5,414", "11.19": "-5,414"}


class Met(msgspec.Struct, frozen=True, kw_only=True):
    """Who meets a server: the client, and what is left in its buffer."""

    who: Client
    buffer: bytes = b""


def featureless(who: Client) -> End:
    """Return the end of a client that is served by a vendor daemon without the feature, as the mock is."""
    return End(code=_SERVED[who.generation], connected=True, replaces=True, protects=True)


def unresolved(system_error: int | None) -> End:
    """Return the end of an attempt at a name without an address."""
    return End(code=_UNRESOLVED, system_error=system_error, replaces=True)


def refused(met: Met) -> End:
    """Return the end of a connect that is refused at once, as that to port 0 is."""
    code, number = _UNCONNECTED[Connect.REFUSED][met.who.on_windows]
    return End(code=code, system_error=number, left=met.buffer)


def end_of(leg: Leg, met: Met) -> End:
    """Return how the attempt that `leg` shows ends for this client."""
    if leg.connect is Connect.UNKNOWN:
        return End(unknown=leg.detail or "how the connect ended was not seen")
    if not leg.established:
        return _unconnected(leg, met)
    if leg.dialogue is None:
        return End(unknown=leg.detail or "nothing was asked of the port that accepts")
    return _talked(leg, met)


def _unconnected(leg: Leg, met: Met) -> End:
    pair, seconds = _UNCONNECTED.get(leg.connect, _NO_ROUTE), leg.connect_seconds
    if leg.connect is Connect.FILTERED:
        seconds = met.who.connect_wait
    elif leg.connect is Connect.UNREACHABLE and seconds > _AT_ONCE:
        pair = _NO_NEIGHBOUR
    elif leg.connect is Connect.DENIED and _PERMISSION in leg.detail:
        pair = _POLICY
    code, number = pair[met.who.on_windows]
    return End(code=code, system_error=number or None, seconds=seconds, left=met.buffer)


def _over_tcp(code: str, seconds: float, **more: object) -> End:
    return msgspec.convert(
        {"code": code, "seconds": seconds, "connected": True, "replaces": True, "protects": True, **more}, End
    )


def _talked(leg: Leg, met: Met) -> End:
    if leg.dialogue is Dialogue.RESET:
        if met.who.on_windows:
            return _over_tcp(_CLOSED, leg.seconds)
        return _over_tcp("-16,10009", leg.seconds, system_error=104)
    if leg.dialogue is Dialogue.GARBLED and leg.fault in {"body", "order"}:
        return End(unknown="what a client makes of such a message was not measured")
    if not met.buffer:
        if leg.dialogue in (Dialogue.ANSWERED, Dialogue.ERROR):
            return _answered(leg)
        if leg.dialogue is Dialogue.GARBLED and leg.fault in _FAULTS:
            return _damaged(_FAULTS[leg.fault], leg.seconds, met.who)
    return _unread(leg, met)


def _unread(leg: Leg, met: Met) -> End:
    """Return the end of an attempt whose bytes, with what is left of earlier ones, are no proper answer."""
    waited = leg.connect_seconds + ANSWER_WAIT
    received = received_bytes(leg.start, leg.received)
    if leg.first_error is not None:
        received = received[LEGACY_FRAME:]  # the error, which the client read before it said the legacy hello
    if not (met.buffer or received):
        return _over_tcp(_CLOSED, leg.seconds) if _closes(leg) else _over_tcp(_SILENT, waited)
    reading = read(met.buffer, received)
    if reading.end is not ReadingEnd.INCOMPLETE:
        # It fails when the bytes are there; lmwire may have waited for more.
        return _damaged(reading.end, min(leg.seconds, _ROUND_TRIPS * leg.connect_seconds), met.who)
    end = _over_tcp(_CLOSED, leg.seconds) if _closes(leg) else _over_tcp(_INCOMPLETE, waited)
    return msgspec.structs.replace(end, left=reading.left)


def _answered(leg: Leg) -> End:
    if leg.dialogue is Dialogue.ANSWERED:
        return End(connected=True, answer=leg.answer, seconds=leg.seconds)
    if leg.code is None:
        return End(unknown="what a client makes of an error without a number was not measured")
    return _over_tcp(f"{leg.code},274", leg.seconds, by_lmgrd=leg.role is Role.LMGRD, final=True)


def _damaged(how: ReadingEnd, seconds: float, who: Client) -> End:
    return _over_tcp(_BROKEN_FRAMES[how][who.generation], seconds, damaged=True, final=True)


def _closes(leg: Leg) -> bool:
    """Whether the server closes the connection after what it sent."""
    if leg.dialogue is Dialogue.FOREIGN:
        return leg.service in _CLOSING if leg.closes is None else leg.closes
    return leg.dialogue is Dialogue.CLOSED or "the stream ends" in leg.detail
