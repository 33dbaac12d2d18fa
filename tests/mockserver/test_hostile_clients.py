"""Whatever one client does, the next honest one is served, and memory stays where it was."""

from __future__ import annotations

import asyncio
import contextlib
import resource
import socket
import tracemalloc
from collections.abc import Awaitable, Callable, Iterator

import pytest

from lmwire.session import Referred
from lmwire.wire import Hello, encode
from lmwire_mockserver.connection import Limits
from lmwire_mockserver.conversation import EndReason
from lmwire_mockserver.server import AsyncMockServer
from tests.mockserver.talking import HOST, SECONDS, connected, hang_up, hello, told

HELLO = encode(Hello(vendor="ibmratl"))
MEGABYTE = 1 << 20


async def endless(port: int, piece: bytes) -> None:
    """Send `piece` again and again until the server ends it."""
    async with connected(port) as (reader, writer), asyncio.timeout(SECONDS):
        swallow = asyncio.create_task(reader.read(-1))
        with contextlib.suppress(ConnectionError):
            while not swallow.done():
                writer.write(piece)
                await writer.drain()
        with contextlib.suppress(ConnectionError):
            await swallow


async def zeros(port: int) -> None:
    await endless(port, bytes(65536))


async def frames(port: int) -> None:
    await endless(port, HELLO)


async def a_lie_about_the_length(port: int) -> None:
    await told(port, b"\x2f\x00\x00\x00\xff\xff\x01\x02" + bytes(12) + bytes(200), half_close=True)


async def a_frame_that_never_ends(port: int) -> None:
    await told(port, HELLO[:-1], half_close=True)


async def escape_sequences(port: int) -> None:
    await told(port, encode(Hello(vendor="\x1b]0;x\x07", user="\x9b31m", host="\r\n\x1b[2J")), half_close=True)


async def a_reset(port: int) -> None:
    client = socket.create_connection((HOST, port))
    client.sendall(HELLO)
    hang_up(client)


async def nothing_at_all(port: int) -> None:
    async with connected(port):
        pass


@pytest.mark.parametrize(
    ("attack", "ended"),
    [
        (zeros, {EndReason.BYTES, EndReason.REQUESTS}),
        (frames, {EndReason.BYTES, EndReason.REQUESTS}),
        (a_lie_about_the_length, {EndReason.BY_CLIENT}),
        (a_frame_that_never_ends, {EndReason.BY_CLIENT}),
        (escape_sequences, {EndReason.BY_CLIENT}),
        (a_reset, {EndReason.RESET_BY_CLIENT, EndReason.BY_CLIENT}),
        (nothing_at_all, {EndReason.BY_CLIENT}),
    ],
)
async def test_the_next_honest_client_is_served(
    attack: Callable[[int], Awaitable[None]], ended: set[EndReason]
) -> None:
    async with AsyncMockServer() as mock:
        for port in (mock.lmgrd_port, *mock.vendors.values()):
            await attack(port)
        for seen in await mock.wait_for_conversations(2):
            assert seen.ended in ended
            assert seen.line().isprintable()
        assert isinstance(await hello(mock.lmgrd_port), Referred)


async def test_a_client_that_says_nothing_for_too_long_is_shown_the_door() -> None:
    async with AsyncMockServer(limits=Limits(idle=0.05)) as mock:
        assert await told(mock.lmgrd_port, HELLO[:5]) == b""
        (seen,) = await mock.wait_for_conversations(1)
        assert seen.ended is EndReason.IDLE


async def test_a_client_that_sends_a_byte_now_and_then_is_shown_the_door_as_well() -> None:
    async with AsyncMockServer(limits=Limits(lifetime=0.2, idle=60.0)) as mock:
        async with connected(mock.lmgrd_port) as (reader, writer), asyncio.timeout(SECONDS):
            with contextlib.suppress(ConnectionError):
                while True:
                    writer.write(b"\x2f")
                    with contextlib.suppress(TimeoutError):
                        # Seven bytes at most: twenty would be a whole header, which is answered.
                        async with asyncio.timeout(0.03):
                            assert await reader.read(1) == b""
                            break
        (seen,) = await mock.wait_for_conversations(1)
        assert seen.ended is EndReason.LIFETIME
        assert isinstance(await hello(mock.lmgrd_port), Referred)


@pytest.fixture
def many_sockets() -> Iterator[None]:
    """Let this process hold the sockets of a thousand clients and of the server."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(4096, hard)), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.usefixtures("many_sockets")
async def test_a_thousand_connections_cost_the_idlest_ones_their_place_and_little_memory() -> None:
    clients: list[socket.socket] = []
    loop = asyncio.get_running_loop()
    async with AsyncMockServer(limits=Limits(connections=50)) as mock, asyncio.timeout(60):
        tracemalloc.start()
        before, _ = tracemalloc.get_traced_memory()
        try:
            for _ in range(1000):
                client = socket.socket()
                client.setblocking(False)
                clients.append(client)
                await loop.sock_connect(client, (HOST, mock.lmgrd_port))
                with contextlib.suppress(ConnectionError):
                    await loop.sock_sendall(client, bytes(146))
            assert isinstance(await hello(mock.lmgrd_port), Referred)
            after, _ = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
            for client in clients:
                client.close()
        seen = await mock.wait_for_conversations(1001, timeout=30)
    assert sum(each.ended is EndReason.EVICTED for each in seen) >= 951
    assert sum(each.asked == ("hello",) for each in seen) == 1
    assert after - before < 8 * MEGABYTE


async def test_what_is_remembered_of_one_connection_has_an_end() -> None:
    async with AsyncMockServer() as mock:
        await told(mock.lmgrd_port, encode(Hello(vendor="\x01" * 1000, user="\x02" * 1000)) * 10, half_close=True)
        await frames(mock.lmgrd_port)
        for seen in await mock.wait_for_conversations(2):
            assert len(seen.line()) < 4096
            assert max(len(seen.asked), len(seen.answered)) <= 16
