"""The talk on one established connection: feeds a sans-IO session and tells how it ended."""

from __future__ import annotations

import asyncio
import errno
import socket
import time
from typing import Final

import msgspec

from lmwire.evidence import Answer, Asked, Dialogue, Leg
from lmwire.probe.kernel import unacknowledged
from lmwire.probe.settings import Settings
from lmwire.session import Answered, ClientSession, Ended, FellBack, Referred, Refused, TextReceived, identify
from lmwire.session.events import ClientEvent
from lmwire.text import printable
from lmwire.wire import MAGIC, NeedData, Referral, RemoteProtocolError

__all__ = ["Told", "talk"]

_CHUNK: Final = 1 << 16
_START: Final = 128
_LEGACY_LETTERS: Final = frozenset({b"h", b"W", b"L", b"l", b"N", b"H"})
# What ICMP errors become. A connection that a firewall calls unreachable stays open for us, as it would for an
# application: go on waiting. There may be one for each retransmission, five a second: "host unreachable" keeps Linux
# from slowing down (RFC 6069).
_SOFT_NAMES: Final = (
    *("EHOSTUNREACH", "ENETUNREACH", "ECONNREFUSED", "EACCES", "EPROTO"),
    *("ENOPROTOOPT", "EOPNOTSUPP", "EHOSTDOWN", "ENONET", "EMSGSIZE"),
)
_SOFT: Final = frozenset(getattr(errno, name) for name in _SOFT_NAMES if hasattr(errno, name))


_PAUSE: Final = 0.01
"""Seconds that a server has, beside a round trip, to speak or hang up before it is asked."""


class Told(msgspec.Struct, frozen=True):
    """A leg, and what it brought: the referral or the text, when it was answered with one."""

    leg: Leg
    referral: Referral | None = None
    text: str = ""


class _Stream:
    """The socket, with what is to be known of it in the end."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.start = bytearray()
        self.sent = 0
        self.received = 0
        self.soft = 0
        self.early: bytes | None = None

    async def listen_first(self, seconds: float) -> None:
        """Wait a moment for a server that speaks first, or hangs up before it is asked; keep what it says."""
        # Readiness first and the data after it: a time-out can then not fall between the two and lose the data.
        loop = asyncio.get_running_loop()
        ready = asyncio.Event()
        loop.add_reader(self.sock, ready.set)
        try:
            async with asyncio.timeout(seconds):
                await ready.wait()
        except TimeoutError:
            return
        finally:
            loop.remove_reader(self.sock)
        self.early = await self.receive()

    async def send(self, data: bytes) -> None:
        # Nothing is said to one who has spoken already, or left: what it did shows best by itself.
        if data and self.early is None:
            await asyncio.get_running_loop().sock_sendall(self.sock, data)
            self.sent += len(data)

    async def receive(self) -> bytes:
        """Return what came; empty at the end of the stream. Raises OSError when the connection broke."""
        if self.early is not None:
            data, self.early = self.early, None
            return data
        while True:
            try:
                data = await asyncio.get_running_loop().sock_recv(self.sock, _CHUNK)
            except OSError as error:
                if error.errno not in _SOFT:
                    raise
                self.soft += 1
                continue
            self.received += len(data)
            self.start += data[: _START - len(self.start)]
            return data


async def talk(sock: socket.socket, leg: Leg, asked: Asked, vendor: str, settings: Settings) -> Told:
    """Ask, wait for the answer at most `settings.answer_wait` seconds, and return `leg` with what came of it."""
    session = ClientSession(settings.identity)
    if asked is Asked.DLIST:
        session.ask_text("dlist", vendor=vendor, now=int(time.time()))
    else:
        session.say_hello(vendor, now=int(time.time()))
    stream = _Stream(sock)
    told = await _converse(session, stream, leg, settings.answer_wait)
    unacked = unacknowledged(sock)
    finished = msgspec.structs.replace(
        told.leg,
        asked=asked,
        sent=stream.sent,
        received=stream.received,
        acknowledged=None if unacked is None else unacked == 0,
        start=printable(bytes(stream.start)),
    )
    return msgspec.structs.replace(told, leg=finished)


async def _converse(session: ClientSession, stream: _Stream, leg: Leg, wait: float) -> Told:
    try:
        async with asyncio.timeout(wait):
            await stream.listen_first(leg.connect_seconds + _PAUSE)
            await stream.send(session.data_to_send())
            return await _until_answered(session, stream, leg)
    except TimeoutError:
        return Told(_timed_out(stream, leg, wait, pending=session.pending))
    except OSError as error:
        return Told(_broken(stream, leg, error, pending=session.pending))
    except RemoteProtocolError as error:
        return Told(_malformed(stream, leg, error))


async def _until_answered(session: ClientSession, stream: _Stream, leg: Leg) -> Told:
    while True:
        event = session.next_event()
        if isinstance(event, NeedData):
            data = await stream.receive()
            service = identify(bytes(stream.start))
            if service is not None:
                return Told(_foreign(leg, service))
            session.receive_data(data)
        elif isinstance(event, FellBack):
            await stream.send(session.data_to_send())
        elif isinstance(event, Ended):
            return Told(msgspec.structs.replace(leg, dialogue=Dialogue.CLOSED))
        else:
            return _told(leg, event)


def _told(leg: Leg, event: ClientEvent) -> Told:
    """Return what a well-formed answer says."""
    change = msgspec.structs.replace
    match event:
        case Referred(message, legacy):
            return Told(change(leg, dialogue=Dialogue.ANSWERED, answer=Answer.REFERRAL, legacy=legacy), message)
        case Answered(message, legacy):
            answered = change(
                leg,
                dialogue=Dialogue.ANSWERED,
                answer=Answer.HELLO,
                legacy=legacy,
                peer=message.vendor,
                version=f"{message.version_major}.{message.version_minor}",
            )
            return Told(answered)
        case Refused(code, text, legacy):
            detail = "" if code is not None else text
            return Told(change(leg, dialogue=Dialogue.ERROR, code=code, detail=detail, legacy=legacy))
        case TextReceived(text):
            return Told(change(leg, dialogue=Dialogue.ANSWERED, answer=Answer.TEXT), text=text)
        case _:
            raise TypeError(event)


def _timed_out(stream: _Stream, leg: Leg, wait: float, *, pending: int) -> Leg:
    if pending:
        return _cut_short(stream, leg, f"{stream.received} bytes, then nothing more within {wait:g} s")
    lost = bool(unacknowledged(stream.sock))
    detail = "the system reports an unreachable network meanwhile" if stream.soft else ""
    return msgspec.structs.replace(leg, dialogue=Dialogue.LOST if lost else Dialogue.SILENT, detail=detail)


def _broken(stream: _Stream, leg: Leg, error: OSError, *, pending: int) -> Leg:
    if pending:
        return _cut_short(stream, leg, f"{stream.received} bytes, then {error.strerror}")
    gone = error.errno == errno.ETIMEDOUT
    return msgspec.structs.replace(leg, dialogue=Dialogue.LOST if gone else Dialogue.RESET, detail=error.strerror or "")


def _malformed(stream: _Stream, leg: Leg, error: RemoteProtocolError) -> Leg:
    # A frame whose checksums were right, or nearly so, is FlexNet's; of the rest the first bytes must look like it.
    sure = error.kind in {"order", "body", "crc", "length"}
    if error.kind == "magic" or not (sure or _looks_like_flexnet(bytes(stream.start))):
        return _foreign(leg, identify(bytes(stream.start)) or "unknown")
    return msgspec.structs.replace(leg, dialogue=Dialogue.GARBLED, fault=error.kind, detail=error.reason)


def _cut_short(stream: _Stream, leg: Leg, detail: str) -> Leg:
    start = bytes(stream.start)
    if not _looks_like_flexnet(start):
        return _foreign(leg, identify(start) or "unknown")
    return msgspec.structs.replace(leg, dialogue=Dialogue.GARBLED, fault="truncated", detail=detail)


def _looks_like_flexnet(start: bytes) -> bool:
    """Whether `start` may be a damaged frame: modern by its first byte, legacy by its letter and NUL padding."""
    return start[:1] == bytes((MAGIC,)) or (start[:1] in _LEGACY_LETTERS and b"\0" in start[2:])


def _foreign(leg: Leg, service: str) -> Leg:
    return msgspec.structs.replace(leg, dialogue=Dialogue.FOREIGN, service=service)
