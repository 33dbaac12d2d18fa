"""Clients for the tests of the mock: honest ones through `ClientSession`, others by hand."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncIterator

from lmwire.session import ClientSession, FellBack, Identity
from lmwire.session.events import ClientEvent
from lmwire.wire import NeedData
from lmwire_mockserver.scenario import DEFAULT_VENDOR

HOST = "127.0.0.1"
SECONDS = 10.0
WHO = Identity(user="ada", host="wks7", display=":0", pid=4711)


@contextlib.asynccontextmanager
async def connected(port: int, host: str = HOST) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """Connect, and close afterwards whatever happened."""
    async with asyncio.timeout(SECONDS):
        reader, writer = await asyncio.open_connection(host, port)
    try:
        yield reader, writer
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


async def told(port: int, data: bytes, *, host: str = HOST, half_close: bool = False) -> bytes:
    """Send `data`, and return all that comes until the server ends it; a reset ends it too."""
    async with connected(port, host) as (reader, writer), asyncio.timeout(SECONDS):
        writer.write(data)
        if half_close:
            writer.write_eof()
        received = b""
        with contextlib.suppress(ConnectionError):
            while piece := await reader.read(65536):
                received += piece
        return received


async def converse(port: int, session: ClientSession, *, host: str = HOST) -> ClientEvent:
    """Return what came of a question that `session` was already told to ask; a fall-back is not the end."""
    async with connected(port, host) as (reader, writer), asyncio.timeout(SECONDS):
        while True:
            writer.write(session.data_to_send())
            event = session.next_event()
            if isinstance(event, NeedData):
                session.receive_data(await reader.read(65536))
            elif not isinstance(event, FellBack):
                return event


async def hello(port: int, vendor: str = DEFAULT_VENDOR, *, host: str = HOST, identity: Identity = WHO) -> ClientEvent:
    """Say hello, and return what came of it."""
    session = ClientSession(identity)
    session.say_hello(vendor)
    return await converse(port, session, host=host)


async def text(port: int, command: str, *, host: str = HOST) -> ClientEvent:
    """Ask for a text, and return what came of it."""
    session = ClientSession(WHO)
    session.ask_text(command)
    return await converse(port, session, host=host)


def hang_up(client: socket.socket) -> None:
    """Close so that the server gets an RST."""
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()
