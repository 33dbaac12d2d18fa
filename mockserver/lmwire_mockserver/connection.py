"""One accepted connection: reads requests, says what the script says, keeps to the limits, remembers."""

from __future__ import annotations

import asyncio
import functools
import ipaddress
import socket
import struct
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Concatenate, Final, ParamSpec, Protocol

import msgspec

from lmwire.session import Ended as StreamEnded
from lmwire.session import ServerSession
from lmwire.session.idle_echo import GOODBYE
from lmwire.text import printable
from lmwire.wire import NeedData
from lmwire_mockserver.behaviour import ECHO, ECHO_BUSY, SCRIPTS, DaemonFacts, Reply, answer
from lmwire_mockserver.conversation import (
    Conversation,
    EndReason,
    Request,
    Speaker,
    describe_answer,
    describe_request,
    speaker,
)
from lmwire_mockserver.fault_pipeline import FaultPipeline
from lmwire_mockserver.faults import ConnectionEnd, Wait, compose

__all__ = ["Connection", "House", "Limits"]

_LINGER: Final = struct.pack("ii", 1, 0)  # on, for 0 seconds: closing sends an RST
_REMEMBERED: Final = 16
_SHOWN: Final = 24
_P = ParamSpec("_P")


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """The limits of a client; the mock closes the connection of one that exceeds them. A normal client stays far below.

    Attributes:
        bytes: payload that one connection may send.
        requests: on one connection.
        idle: seconds without payload, unless it is the server that is waited for.
        lifetime: seconds of one connection.
        connections: at a time; one more, and the one that was idle longest goes. Fewer where the system allows this
            process fewer open files.
        remembered: conversations that are kept; older ones are forgotten.
    """

    bytes: int = 1 << 14
    requests: int = 64
    idle: float = 30.0
    lifetime: float = 600.0
    connections: int = 256
    remembered: int = 10_000


class House(Protocol):
    """The parts of the server that a connection uses."""

    @property
    def limits(self) -> Limits:
        """The limits of a client."""

    def opened(self, connection: Connection) -> None:
        """Hear that a client was accepted."""

    def active(self, connection: Connection) -> None:
        """Hear that a client sent something."""

    def may_echo(self, connection: Connection) -> bool:
        """Whether one more connection may return what its client sends, without the limits of the others."""

    def closed(self, connection: Connection, conversation: Conversation) -> None:
        """Note that a connection ended."""

    def failed(self, error: Exception) -> None:
        """Take a fault of the mock's own, to raise it where somebody sees it."""


def _guarded(method: Callable[Concatenate[Connection, _P], None]) -> Callable[Concatenate[Connection, _P], None]:
    """Let nothing that `method` raises get lost in the event loop: the house hears of it, the connection ends."""

    @functools.wraps(method)
    def call(self: Connection, /, *args: _P.args, **kwargs: _P.kwargs) -> None:
        try:
            method(self, *args, **kwargs)
        except Exception as error:  # noqa: BLE001 - carried to the owner, who raises it
            self.fail(error)

    return call


class Connection(asyncio.Protocol):
    """One connection of the daemon with these `facts`."""

    def __init__(self, house: House, facts: DaemonFacts, loop: asyncio.AbstractEventLoop) -> None:
        self.since = self.touched = loop.time()
        self._house = house
        self._facts = facts
        self._script = SCRIPTS[facts.setting.dialogue]
        self._loop = loop
        self._time = datetime.now(UTC)
        self._session = ServerSession()
        faults = facts.setting.faults
        self._requests = FaultPipeline(compose(faults, "request"), self._take, loop)
        self._answers = FaultPipeline(compose(faults, "answer"), self._send, loop)
        self._transport: asyncio.Transport | None = None
        self._local = self._peer = ("", 0)
        self._ended: EndReason | None = None
        self.echoes = False
        """Whether it returns what its client sends, because the client measures how long its path remembers."""
        self._client_done = False
        self._spoken_to = False
        self._count = self._bytes_in = self._bytes_out = 0
        self._asked: list[str] = []
        self._answered: list[str] = []
        self._speaker = Speaker()

    @property
    def waited_for(self) -> bool:
        """Whether the server has yet to read or say something, so that the client is not the idle one."""
        return not (self._answers.idle and self._requests.idle)

    @_guarded
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See `asyncio.Protocol`."""
        if not isinstance(transport, asyncio.Transport):
            raise TypeError(transport)
        self._transport = transport
        self._local = _endpoint(transport.get_extra_info("sockname"))
        self._peer = _endpoint(transport.get_extra_info("peername"))
        self._house.opened(self)
        self._say(self._script.greeting)

    @_guarded
    def data_received(self, data: bytes) -> None:
        """See `asyncio.Protocol`."""
        self.touched = self._loop.time()
        self._house.active(self)
        self._bytes_in += len(data)
        if self.echoes:
            self._return(data)
        elif self._bytes_in > self._house.limits.bytes:
            self.end(EndReason.BYTES)
        elif self._ended is None:
            self._requests.feed(data)

    def _return(self, data: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._bytes_out += len(data)
            self._transport.write(data)

    def pause_writing(self) -> None:
        """See `asyncio.Protocol`: who does not read what is returned is not read either."""
        if self.echoes and self._transport is not None:
            self._transport.pause_reading()

    def resume_writing(self) -> None:
        """See `asyncio.Protocol`."""
        if self.echoes and self._transport is not None:
            self._transport.resume_reading()

    def eof_received(self) -> bool:
        """See `asyncio.Protocol`: the mock still answers requests from before the client closed its side."""
        self._ended = self._ended or EndReason.BY_CLIENT
        self._client_done = True
        return self.waited_for

    def connection_lost(self, exc: Exception | None) -> None:
        """See `asyncio.Protocol`."""
        self._requests.close()
        self._answers.close()
        ended = self._ended or (EndReason.BY_CLIENT if exc is None else EndReason.RESET_BY_CLIENT)
        self._house.closed(self, self._conversation(ended))

    def end(self, why: EndReason) -> None:
        """Reset the connection, so that nothing of it lingers."""
        self._ended = why
        self._requests.stop()
        self._answers.stop()
        if self.echoes and self._transport is not None:
            self._transport.write(GOODBYE)
            if not self._transport.get_write_buffer_size():
                self._transport.close()
                return
        if self._transport is not None:
            accepted = self._transport.get_extra_info("socket")
            if accepted.fileno() >= 0:
                accepted.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER)
            self._transport.abort()

    def fail(self, error: Exception) -> None:
        """End the connection for a fault of the mock's own."""
        self._house.failed(error)
        self.end(EndReason.FAILED)

    @_guarded
    def _take(self, step: bytes | ConnectionEnd) -> None:
        if isinstance(step, ConnectionEnd):
            self._send(step)
            return
        if self._script.first is not None and not self._spoken_to:
            self._spoken_to = True
            self._say(self._script.first)
        self._session.receive_data(step)
        while self._ended is not EndReason.REQUESTS and not self.echoes:
            event = self._session.next_event()
            if isinstance(event, NeedData | StreamEnded):
                break
            self._heed(event)
        self._close_if_done()

    def _heed(self, request: Request) -> None:
        self._count += 1
        if self._count > self._house.limits.requests:
            self.end(EndReason.REQUESTS)
            return
        if len(self._asked) < _REMEMBERED:
            self._asked.append(describe_request(request))
        self._speaker = speaker(request) or self._speaker
        reply = answer(self._facts, request)
        if ECHO in reply:
            self.echoes = self._house.may_echo(self)
            reply = reply if self.echoes else (ECHO_BUSY,)
        self._say(reply)

    def _say(self, reply: Reply) -> None:
        for part in reply:
            if isinstance(part, Wait):
                self._answers.feed(part)
            elif isinstance(part, ConnectionEnd):
                self._remember(f"the server {part.value}")
                self._answers.feed(part)
            elif isinstance(part, bytes):
                self._remember(f"not FlexNet: {printable(part, _SHOWN)}")
                self._answers.feed(part)
            else:
                self._remember(describe_answer(part))
                self._answers.feed(self._session.send(part))

    def _remember(self, answered: str) -> None:
        if len(self._answered) < _REMEMBERED:
            self._answered.append(answered)

    @_guarded
    def _send(self, step: bytes | ConnectionEnd) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        if step is ConnectionEnd.RESET:
            self.end(EndReason.RESET_BY_SERVER)
        elif step is ConnectionEnd.CLOSE:
            self._ended = self._ended or EndReason.BY_SERVER
            self._transport.close()
        else:
            self.touched = self._loop.time()
            self._bytes_out += len(step)
            self._transport.write(step)
            self._close_if_done()

    def _close_if_done(self) -> None:
        if self._client_done and not self.waited_for and self._transport is not None:
            self._transport.close()

    @property
    def so_far(self) -> Conversation:
        """The conversation until now."""
        return self._conversation(EndReason.NOT_YET)

    def _conversation(self, ended: EndReason) -> Conversation:
        return Conversation(
            time=self._time,
            role=self._facts.role,
            daemon=self._facts.name,
            port=self._local[1],
            peer=self._peer[0],
            peer_port=self._peer[1],
            asked=tuple(self._asked),
            answered=tuple(self._answered),
            client=self._speaker,
            bytes_in=self._bytes_in,
            bytes_out=self._bytes_out,
            seconds=round(self._loop.time() - self.since, 6),
            ended=ended,
        )


def _endpoint(name: tuple[str, int] | tuple[str, int, int, int] | None) -> tuple[str, int]:
    if not name:  # a client that has disconnected has none
        return ("", 0)
    mapped = getattr(ipaddress.ip_address(name[0].partition("%")[0]), "ipv4_mapped", None)
    return (name[0] if mapped is None else str(mapped), name[1])
