"""A connection to a gateway or a mock that takes part: nothing grows old before the other end has said so."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import socket
import time
from typing import Final

import msgspec

from lmwire.addresses import endpoint
from lmwire.evidence import Connect, Role, Via
from lmwire.idle.errors import IdleError
from lmwire.legs import Destination
from lmwire.probe.connect import connect, open_socket
from lmwire.session import ClientSession, Identity, Refused, TextReceived, identify
from lmwire.session.events import ClientEvent
from lmwire.session.idle_echo import BUSY, MOST_ECHOES, QUESTION, WILLING
from lmwire.text import printable
from lmwire.wire import NeedData, RemoteProtocolError

__all__ = ["OtherEnd", "mark"]

_CHUNK: Final = 4096
_START: Final = (
    "start one at the other end of the path, and name it here: `lmwire gateway 27000@licsrv --listen ADDRESS:PORT`, "
    "or `lmwire mock --bind ADDRESS --lmgrd-port PORT`"
)


class OtherEnd(msgspec.Struct, frozen=True, kw_only=True):
    """Where to measure to, and how patiently, in seconds.

    Attributes:
        connect_wait: for a connect.
        answer_wait: for the answer to the question.
        wait: for the answer to the byte after the silence.
    """

    host: str
    address: str
    port: int
    connect_wait: float
    answer_wait: float
    wait: float
    identity: Identity = Identity()

    @property
    def place(self) -> str:
        """ADDRESS:PORT."""
        return endpoint(self.address, self.port)

    async def open(self) -> socket.socket:
        """Connect and ask; return the socket once the other end returns what it gets.

        Raises:
            IdleError: it cannot be reached, or does not take part.
            ProbeError: this machine gives no socket.
        """
        to = Destination(role=Role.LMGRD, via=Via.TARGET, host=self.host, address=self.address, port=self.port)
        sock = open_socket(self.address, "")  # keepalive is off for a new socket
        try:
            end = await connect(sock, to, self.connect_wait)
            if end.connect is Connect.ESTABLISHED:
                await self._introduce(sock)
                return sock
        except BaseException:
            sock.close()
            raise
        sock.close()
        raise IdleError(f"cannot connect to {self.place}: {end.connect.value}", _START)

    async def _introduce(self, sock: socket.socket) -> None:
        session = ClientSession(self.identity)
        session.ask_text(QUESTION, now=int(time.time()))
        try:
            async with asyncio.timeout(self.answer_wait):
                answer = await _answer(session, sock)
        except TimeoutError:
            raise self._other(f"does not answer within {self.answer_wait:g} s") from None
        except OSError as error:
            raise self._other(f"ends the connection: {error.strerror or error}") from None
        except RemoteProtocolError:
            raise self._other("does not speak FlexNet's protocol") from None
        match answer:
            case TextReceived(text) if text == WILLING and not session.pending:
                return
            case str():
                raise self._other(f"speaks {answer}")
            case TextReceived(text) if text == WILLING:
                raise self._other("sends more than was asked")
            case TextReceived(text) if text == BUSY:
                raise IdleError(f"{self.place} measures with {MOST_ECHOES} connections already", "try again later")
            case TextReceived(text) if text.startswith(WILLING.partition("/")[0]):
                raise self._other(f"answers {printable(text, 60)}: another version of lmwire")
            case Refused():
                raise IdleError(
                    f"{self.place} is not a gateway or a mock of this lmwire: it answers like a license server, with "
                    f"error {printable(answer.text, 20)}",
                    _START,
                )
            case _:
                raise self._other("does not know what lmwire asks")

    def _other(self, what: str) -> IdleError:
        return IdleError(f"{self.place} does not answer like a gateway or a mock of this lmwire: it {what}", _START)

    async def check(self) -> None:
        """Make a new connection, and have a byte returned.

        Raises:
            IdleError: that does not work.
        """
        byte, loop = mark(), asyncio.get_running_loop()
        sock = await self.open()
        with contextlib.closing(sock):
            try:
                async with asyncio.timeout(self.wait):
                    await loop.sock_sendall(sock, byte)
                    returned = await loop.sock_recv(sock, _CHUNK)
            except TimeoutError:
                raise IdleError(f"{self.place} does not return a byte within {self.wait:g} s, as it promised") from None
            except OSError as error:
                raise IdleError(f"{self.place} ends the connection: {error.strerror or error}") from None
        if returned != byte:
            raise IdleError(f"{self.place} does not return the byte that it was sent, as it promised")


async def _answer(session: ClientSession, sock: socket.socket) -> ClientEvent | str:
    """Return the answer, or the name of the protocol that the other end speaks instead."""
    loop, start = asyncio.get_running_loop(), b""
    await loop.sock_sendall(sock, session.data_to_send())
    while isinstance(event := session.next_event(), NeedData):
        data = await loop.sock_recv(sock, _CHUNK)
        start = (start + data)[:_CHUNK]
        service = identify(start)
        if service is not None:
            return service
        session.receive_data(data)
    return event


def mark() -> bytes:
    """Return a byte to send: not one that could be foreseen, nor one of the other end's own words."""
    return bytes((0x80 | secrets.randbelow(0x80),))
