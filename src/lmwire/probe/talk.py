"""The talk on one established connection: feeds a sans-IO session and tells how it ended."""

from __future__ import annotations

import asyncio
import errno
import socket
import time
from typing import Final

import msgspec

from lmwire.evidence import Asked, Dialogue
from lmwire.legs import START, TalkEnd, Traffic, broken, cut_short, foreign, malformed, talk_end, unanswered
from lmwire.probe.kernel import SOFT_ERRORS, unacknowledged
from lmwire.probe.settings import Settings
from lmwire.session import ClientSession, FellBack, identify
from lmwire.text import printable
from lmwire.wire import NeedData, RemoteProtocolError

__all__ = ["talk"]

_CHUNK: Final = 1 << 16
_CLOSING: Final = 0.5
"""Seconds in which a server of another protocol closes what it cannot read, if it does so at all."""

_TRICKLE: Final = 4
"""What still comes in the last quarter of the wait trickles."""


class _Stream:
    """The socket, with what is to be known of it in the end."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.start = bytearray()
        self.sent = 0
        self.received = 0
        self.soft = 0
        self.last = 0.0

    async def send(self, data: bytes) -> None:
        if data:
            await asyncio.get_running_loop().sock_sendall(self.sock, data)
            self.sent += len(data)

    async def receive(self) -> bytes:
        """Return what came; empty at the end of the stream. Raises OSError when the connection broke."""
        while True:
            try:
                data = await asyncio.get_running_loop().sock_recv(self.sock, _CHUNK)
            except OSError as error:
                if error.errno not in SOFT_ERRORS:
                    raise
                self.soft += 1
                continue
            self.received += len(data)
            self.last = asyncio.get_running_loop().time()
            self.start += data[: START - len(self.start)]
            return data

    async def is_closed(self) -> bool:
        """Whether the other side closes the connection in a moment: what a client makes of junk hangs on it."""
        try:
            async with asyncio.timeout(_CLOSING):
                while await self.receive():
                    pass
        except TimeoutError:
            return False
        except OSError:
            return True
        return True


async def talk(sock: socket.socket, asked: Asked, vendor: str, settings: Settings) -> tuple[TalkEnd, Traffic]:
    """Ask, and wait for the answer at most `settings.answer_wait` seconds."""
    session = ClientSession(settings.identity)
    if asked is Asked.DLIST:
        session.ask_text("dlist", vendor=vendor, now=int(time.time()))
    else:
        session.say_hello(vendor, now=int(time.time()))
    stream = _Stream(sock)
    end = await _converse(session, stream, settings.answer_wait)
    if end.dialogue is Dialogue.FOREIGN:
        end = msgspec.structs.replace(end, closes=await stream.is_closed())
    unacked = unacknowledged(sock)
    return end, Traffic(
        asked=asked,
        first_error=session.fell_back.code if session.fell_back is not None else None,
        sent=stream.sent,
        received=stream.received,
        acknowledged=None if unacked is None else unacked == 0,
        start=printable(bytes(stream.start)),
    )


async def _converse(session: ClientSession, stream: _Stream, wait: float) -> TalkEnd:
    try:
        async with asyncio.timeout(wait) as limit:
            await stream.send(session.data_to_send())
            return await _until_answered(session, stream, limit, wait)
    except TimeoutError:
        return _timed_out(stream, wait, pending=session.pending)
    except OSError as error:
        return _broken(stream, error, pending=session.pending)
    except RemoteProtocolError as error:
        return malformed(bytes(stream.start), error)


async def _until_answered(session: ClientSession, stream: _Stream, limit: asyncio.Timeout, wait: float) -> TalkEnd:
    while True:
        event = session.next_event()
        if isinstance(event, NeedData):
            data = await stream.receive()
            service = identify(bytes(stream.start))
            if service is not None:
                return foreign(service)
            session.receive_data(data)
        elif isinstance(event, FellBack):
            limit.reschedule(asyncio.get_running_loop().time() + wait)  # a client waits as long for its answer [obs]
            await stream.send(session.data_to_send())
        else:
            return talk_end(event)


def _timed_out(stream: _Stream, wait: float, *, pending: int) -> TalkEnd:
    if pending:
        trickles = asyncio.get_running_loop().time() - stream.last < wait / _TRICKLE
        after = f"in {wait:g} s, and not the end: it trickles" if trickles else f"then nothing more within {wait:g} s"
        return cut_short(bytes(stream.start), f"{stream.received} bytes{' ' if trickles else ', '}{after}")
    detail = "the system reports an unreachable network meanwhile" if stream.soft else ""
    return unanswered(lost=bool(unacknowledged(stream.sock)), detail=detail)


def _broken(stream: _Stream, error: OSError, *, pending: int) -> TalkEnd:
    if pending:
        return cut_short(bytes(stream.start), f"{stream.received} bytes, then {error.strerror}")
    return broken(error.strerror or "", lost=error.errno == errno.ETIMEDOUT)
