"""Servers that mean harm, each a function that talks to one connection until the client has had enough."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

from lmwire.wire import (
    LegacyError,
    LegacyText,
    Referral,
    Unknown,
    definitions,
    encode,
    encode_raw,
    header_sum,
)

__all__ = ["HOSTILE", "Talk", "serving"]

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter, int], Awaitable[None]]
"""A hostile talk: reader, writer, and the server's own port."""

ESCAPES = "\x1b]0;owned\x07\x1b[2J\x1b[31m\x9b1m\rFAKE healthy\n\u00ad\x7f"


async def _flood(writer: asyncio.StreamWriter, data: bytes) -> None:
    """Send `data` again and again, up to a gigabyte, as fast as the client takes it."""
    for _ in range((1 << 30) // len(data)):
        writer.write(data)
        await writer.drain()


async def _until_left(reader: asyncio.StreamReader) -> None:
    """Say nothing more until the client has gone."""
    while await reader.read(1 << 16):
        pass


async def endless_frames(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _port: int) -> None:
    await _flood(writer, encode(Unknown(number=0x0999, body=bytes(1000))) * 60)


async def endless_not_understood(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _port: int) -> None:
    await _flood(writer, encode(LegacyError(text="-60")) * 400)


async def endless_text(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _port: int) -> None:
    await _flood(writer, encode(LegacyText(remaining="99999999999", chunk=b"x" * 134)) * 400)


async def gigabyte_of_zeros(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _port: int) -> None:
    await _flood(writer, bytes(1 << 16))


async def gigabyte_of_letters(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _port: int) -> None:
    await _flood(writer, b"W" * (1 << 16))


async def gigabyte_in_one_frame(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _port: int) -> None:
    writer.write(_lying_header((1 << 17) - 1))
    await _flood(writer, bytes(1 << 16))


async def length_too_long(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _port: int) -> None:
    writer.write(_lying_header((1 << 24) - 1))
    await writer.drain()
    await _until_left(reader)


async def length_too_short(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _port: int) -> None:
    writer.write(_lying_header(3))
    await writer.drain()
    await _until_left(reader)


async def a_byte_a_second(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int) -> None:
    for byte in encode(Referral(host="127.0.0.1", port=port)):
        writer.write(bytes((byte,)))
        await writer.drain()
        await asyncio.sleep(1)


async def escapes_in_the_referral(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _port: int) -> None:
    writer.write(encode(Referral(host=ESCAPES, port=27001)))
    await writer.drain()


async def shell_in_the_referral(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _port: int) -> None:
    writer.write(encode(Referral(host="$(touch owned);`touch owned`|touch owned", port=27001)))
    await writer.drain()


async def markup_in_the_referral(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _port: int) -> None:
    writer.write(encode(Referral(host="[bold red]{0}{endpoint}%s</td>|`", port=27001)))
    await writer.drain()


async def an_endless_name(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _port: int) -> None:
    await reader.read(4096)  # unread bytes would turn the close into a reset
    writer.write(encode(Referral(host="a" * 100_000, port=27001)))
    await writer.drain()


async def escapes_in_the_error(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _port: int) -> None:
    await reader.read(4096)
    writer.write(encode(LegacyError(text=ESCAPES.encode("latin-1").decode("latin-1")[:100])))
    await writer.drain()


async def escapes_as_a_banner(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _port: int) -> None:
    writer.write(ESCAPES.encode("latin-1") * 20)
    await writer.drain()
    await _until_left(reader)


async def refers_to_itself(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int) -> None:
    writer.write(encode(Referral(host="127.0.0.1", port=port)) * 10_000)
    await writer.drain()


async def refers_in_a_circle(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int) -> None:
    # Another address of the same server: not the one asked, so it is followed, and met with a referral again.
    writer.write(encode(Referral(host="127.0.0.2", port=port)))
    await writer.drain()


async def a_body_that_lies(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _port: int) -> None:
    writer.write(encode_raw(0x0113, b"x" * 40))
    await writer.drain()
    await _until_left(reader)


async def resets_in_the_middle(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _port: int) -> None:
    writer.write(encode(Referral(host="licsrv", port=27001))[:25])
    await writer.drain()
    writer.transport.abort()


def _lying_header(length: int) -> bytes:
    header = bytearray(encode_raw(0x0113, b"")[: definitions.HEADER_SIZE])
    header[4:6] = (length & 0xFFFF).to_bytes(2, "big")
    header[17] = length >> 16
    header[1] = header_sum(header)
    return bytes(header)


HOSTILE: dict[str, tuple[Talk, set[str]]] = {
    "endless frames": (endless_frames, {"lmgrd-garbled"}),
    "endless W -60": (endless_not_understood, {"lmgrd-error"}),
    "endless text": (endless_text, {"lmgrd-garbled"}),
    "a gigabyte of zeros": (gigabyte_of_zeros, {"lmgrd-foreign"}),
    "a gigabyte of letters": (gigabyte_of_letters, {"lmgrd-foreign"}),
    "a gigabyte in one frame": (gigabyte_in_one_frame, {"lmgrd-garbled"}),
    "a length too long": (length_too_long, {"lmgrd-garbled"}),
    "a length too short": (length_too_short, {"lmgrd-garbled"}),
    "a byte a second": (a_byte_a_second, {"lmgrd-garbled"}),
    "escapes in the referral": (escapes_in_the_referral, {"referral-unresolvable"}),
    "shell in the referral": (shell_in_the_referral, {"referral-unresolvable"}),
    "markup in the referral": (markup_in_the_referral, {"referral-unresolvable"}),
    "an endless name": (an_endless_name, {"referral-unresolvable"}),
    "escapes in the error": (escapes_in_the_error, {"lmgrd-closes"}),
    "escapes as a banner": (escapes_as_a_banner, {"lmgrd-foreign"}),
    "refers to itself": (refers_to_itself, {"referral-invalid"}),
    "refers in a circle": (refers_in_a_circle, {"vendor-garbled"}),
    "a body that lies": (a_body_that_lies, {"lmgrd-garbled"}),
    "resets in the middle": (resets_in_the_middle, {"lmgrd-garbled"}),
}
"""Name → how it talks, and the verdicts that are right."""


@contextlib.asynccontextmanager
async def serving(talk: Talk) -> AsyncIterator[int]:
    """Serve `talk` on any free port of every loopback address; the block gets the port."""
    tasks: set[asyncio.Task[None]] = set()
    ended: set[asyncio.Task[None]] = set()
    port = 0

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            tasks.add(task)
            task.add_done_callback(tasks.discard)
        # The client leaves in the middle, as it should, or the test is over.
        with contextlib.suppress(OSError, asyncio.CancelledError):
            await talk(reader, writer, port)
        writer.transport.abort() if task in ended else writer.close()

    server = await asyncio.start_server(connected, "0.0.0.0", 0)  # all of 127.0.0.0/8
    async with server:
        port = server.sockets[0].getsockname()[1]
        yield port
        ended |= tasks
        for task in ended:
            task.cancel()
        await asyncio.gather(*ended)
