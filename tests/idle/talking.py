"""The question of `lmwire idle`, asked by hand."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from lmwire.session import ClientSession, Identity, TextReceived
from lmwire.session.idle_echo import QUESTION, WILLING
from lmwire.wire import NeedData, TextAnswer, encode

__all__ = ["SECONDS", "WILLING_BYTES", "Streams", "asked"]

SECONDS = 10.0
WILLING_BYTES = encode(TextAnswer(text=WILLING))
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@contextlib.asynccontextmanager
async def asked(port: int, said: bytes = b"") -> AsyncIterator[tuple[Streams, str]]:
    """Connect, ask, and yield the streams and the answer; `said` goes along with the question."""
    session = ClientSession(Identity())
    session.ask_text(QUESTION)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(session.data_to_send() + said)
        while isinstance(event := session.next_event(), NeedData):
            session.receive_data(await asyncio.wait_for(reader.read(4096), SECONDS))
        assert isinstance(event, TextReceived), event
        yield (reader, writer), event.text
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
