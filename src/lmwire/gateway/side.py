"""One of the two connections of a session. Joined, the sides copy: bytes, the end of a stream and a reset, at once."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import sys
from typing import Final, Protocol

from lmwire.gateway.plan import Limits

__all__ = ["INHERITED", "Side", "SideOwner", "keep_alive", "no_keepalive"]

_LINGER: Final = struct.pack("ii", 1, 0)  # on, for 0 seconds: closing sends an RST
_HELD: Final = 1 << 18
"""Bytes that wait for a slow reader; more, and the other side is not read until they are gone."""


class SideOwner(Protocol):
    """The session, as a side sees it."""

    def made(self, side: Side) -> None:
        """Hear that a connection is there."""

    def said(self, side: Side, data: bytes) -> None:
        """Take bytes of a side that is not joined."""

    def closed(self, side: Side) -> None:
        """Hear that a side's other end sends no more."""

    def full(self, side: Side, *, full: bool) -> None:
        """Hear that a side that is not joined takes no more for now, or takes it again."""

    def lost(self, side: Side, error: Exception | None) -> None:
        """Hear that a side's connection is over; `error` is None when it was closed in order."""


class Side(asyncio.Protocol):
    """A connection: the client's, or the one to a server.

    Attributes:
        received: bytes so far.
        ended: whether the other end sends no more.
        full: whether it takes no more for now.
    """

    __slots__ = ("_dead", "_owner", "_partner", "ended", "full", "received", "transport")

    def __init__(self, owner: SideOwner) -> None:
        self._owner = owner
        self._partner: Side | None = None
        self._dead = False
        self.transport: asyncio.Transport | None = None
        self.received = 0
        self.ended = self.full = False

    @property
    def alive(self) -> bool:
        """Whether the connection is there."""
        return self.transport is not None and not self._dead

    @property
    def is_stuck(self) -> bool:
        """Whether bytes wait for the other end to read."""
        return self.transport is not None and self.transport.get_write_buffer_size() > 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See `asyncio.Protocol`."""
        if not isinstance(transport, asyncio.Transport):
            raise TypeError(transport)
        self.transport = transport
        transport.set_write_buffer_limits(high=_HELD)
        self._owner.made(self)

    def data_received(self, data: bytes) -> None:
        """See `asyncio.Protocol`."""
        self.received += len(data)
        if self._partner is None:
            self._owner.said(self, data)
        elif (onward := self._partner.transport) is not None:
            onward.write(data)

    def eof_received(self) -> bool:
        """See `asyncio.Protocol`. True keeps the way back open."""
        self.ended = True
        self._owner.closed(self)
        if self._partner is not None:
            self._pass_on_the_end(self._partner)
        return True

    def _pass_on_the_end(self, partner: Side) -> None:
        """Let the partner send no more; when both directions have ended, so have both connections."""
        partner.end_of_stream()
        if partner.ended:
            partner.finish(reset=False)
            self.finish(reset=False)

    def pause_writing(self) -> None:
        """See `asyncio.Protocol`: this side's reader is slow."""
        self.full = True
        if self._partner is None:
            self._owner.full(self, full=True)
        elif not self._partner.ended:
            self._partner.pause()

    def resume_writing(self) -> None:
        """See `asyncio.Protocol`."""
        self.full = False
        if self._partner is None:
            self._owner.full(self, full=False)
        else:
            self._partner.resume()

    def connection_lost(self, exc: Exception | None) -> None:
        """See `asyncio.Protocol`."""
        self._dead = True
        self._owner.lost(self, exc)

    def pause(self) -> None:
        """Read no more for now."""
        if self.transport is not None and not self._dead:
            self.transport.pause_reading()

    def resume(self) -> None:
        """Read again."""
        if self.transport is not None and not self._dead:
            self.transport.resume_reading()

    def join(self, partner: Side) -> None:
        """Copy what comes to `partner` from now on, and the end of the stream, if it has come."""
        self._partner = partner
        (self.pause if partner.full else self.resume)()
        if self.ended:
            self._pass_on_the_end(partner)

    def send(self, data: bytes) -> None:
        """Send bytes, if the connection is there."""
        if self.transport is not None and data and not self._dead:
            self.transport.write(data)

    def end_of_stream(self) -> None:
        """Send no more; what is still to be sent goes first."""
        if self.transport is not None and not self._dead and not self.transport.is_closing():
            with contextlib.suppress(OSError):  # the other end has gone meanwhile
                self.transport.write_eof()

    def finish(self, *, reset: bool) -> None:
        """End the connection now: by RST, or once all is sent."""
        if self.transport is None or self._dead:
            return
        if not reset:
            self.transport.close()
            return
        opened = self.transport.get_extra_info("socket")
        with contextlib.suppress(OSError):
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER)
        self.transport.abort()


INHERITED: Final = sys.platform == "linux"
"""Whether accepted sockets have the settings of the one that listens."""


def keep_alive(sock: socket.socket, limits: Limits) -> None:
    """Let the kernel probe a silent connection, and end one whose other end is gone."""
    with contextlib.suppress(OSError):  # a client that is gone already
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    probes = 6
    idle = max(1, round(limits.keepalive))
    every = max(1, round((limits.dead_after - limits.keepalive) / probes))
    settings = {
        "TCP_KEEPIDLE": idle,
        "TCP_KEEPALIVE": idle,  # macOS
        "TCP_KEEPINTVL": every,
        "TCP_KEEPCNT": probes,
        "TCP_USER_TIMEOUT": round(limits.dead_after * 1000),  # also for bytes that are never acknowledged
    }
    for name, value in settings.items():
        if name == "TCP_KEEPALIVE" and sys.platform != "darwin":
            continue
        option = getattr(socket, name, None)
        if option is not None:
            with contextlib.suppress(OSError):
                sock.setsockopt(socket.IPPROTO_TCP, option, value)


def no_keepalive(sock: socket.socket) -> None:
    """Let the connection be silent. A socket that was accepted has the settings of its listener."""
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 0)
