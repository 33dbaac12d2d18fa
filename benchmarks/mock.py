"""Conversations a second: the mock against a bare asyncio server that sends the same number of bytes."""

from __future__ import annotations

import asyncio
import time

from benchmarks.figure import Figure
from lmwire.wire import Hello, Referral, encode
from lmwire_mockserver.server import AsyncMockServer

__all__ = ["conversations"]

_COUNT = 1500
_AT_ONCE = 16
_PAIRS = 5
_HELLO = encode(Hello(vendor="ibmratl", user="carol", host="ws7"))


async def _load(port: int) -> float:
    """Hold `_COUNT` conversations, `_AT_ONCE` at a time, and return how many a second."""
    left = _COUNT

    async def client() -> None:
        nonlocal left
        while left > 0:
            left -= 1
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(_HELLO)
            if not await reader.read(4096):
                raise AssertionError("the server closed without an answer")
            writer.close()
            await writer.wait_closed()

    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(_AT_ONCE):
            group.create_task(client())
    return _COUNT / (time.perf_counter() - began)


class _Bare(asyncio.Protocol):
    answer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:  # noqa: ARG002 # the answer is always the same
        self.transport.write(self.answer)  # type: ignore[attr-defined] # TCP gives a Transport


async def _measure() -> list[tuple[float, float]]:
    async with AsyncMockServer() as mock:
        port = next(iter(mock.vendors.values()))
        _Bare.answer = bytes(len(encode(Referral(host="127.0.0.1", port=port))))
        bare = await asyncio.get_running_loop().create_server(_Bare, "127.0.0.1", 0)
        async with bare:
            bare_port = bare.sockets[0].getsockname()[1]
            await _load(bare_port)
            await _load(mock.lmgrd_port)
            return [(await _load(mock.lmgrd_port), await _load(bare_port)) for _ in range(_PAIRS)]


def conversations() -> Figure:
    """Measure in pairs; client, mock and bare server share one process and one core alike."""
    pairs = sorted(asyncio.run(_measure()), key=lambda pair: pair[0] / pair[1])
    ours, bare = pairs[len(pairs) // 2]
    return Figure(
        name="conversations of the mock, against a bare asyncio server that sends as many bytes",
        measured=f"{ours / bare:.2f} of its rate ({ours:,.0f} against {bare:,.0f} a second)",
        goal="at least 0.50",
        met=ours / bare >= 1 / 2,
    )
