"""The other end: a mock and a gateway return bytes for as long as it takes, silently, and within bounds."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import msgspec
import pytest

from lmwire.gateway.handshake import Echo, Handshake, HandshakeState, ToLmgrd
from lmwire.gateway.plan import GatewayPlan, GatewayServer
from lmwire.gateway.plan import Limits as GatewayLimits
from lmwire.gateway.server import Gateway
from lmwire.session.idle_echo import BUSY, GOODBYE, MOST_ECHOES, QUESTION, WILLING
from lmwire.wire import TextRequest, encode
from lmwire_mockserver.connection import Limits
from lmwire_mockserver.server import AsyncMockServer
from tests.idle.talking import SECONDS, WILLING_BYTES, Streams, asked

_NOWHERE = GatewayServer(server="1@127.0.0.1", listen="127.0.0.1:0")


class _Deaf:
    def ended(self, record: object) -> None: ...
    def failed(self, route: object, vendor: str) -> None: ...
    def moved(self, route: object, vendor: str, before: int | None, now: int) -> None: ...


@asynccontextmanager
async def gateway(**limits: float) -> AsyncIterator[Gateway]:
    """A gateway whose license server is down: it must not be asked."""
    made = Gateway(GatewayPlan(servers=(_NOWHERE,), limits=msgspec.convert(limits, GatewayLimits)), _Deaf())
    await made.start()
    try:
        yield made
    finally:
        await made.stop(0)


@asynccontextmanager
async def a_gateway() -> AsyncIterator[int]:
    async with gateway() as made:
        yield made.places[0][1][1]


@asynccontextmanager
async def a_mock() -> AsyncIterator[int]:
    async with AsyncMockServer() as mock:
        yield mock.lmgrd_port


@asynccontextmanager
async def a_vendor_daemon() -> AsyncIterator[int]:
    async with AsyncMockServer() as mock:
        yield mock.vendors["ibmratl"]


def _asked(made: Gateway) -> contextlib.AbstractAsyncContextManager[tuple[Streams, str]]:
    return asked(made.places[0][1][1])


Played = Callable[[], contextlib.AbstractAsyncContextManager[int]]
every_end = pytest.mark.parametrize("played", [a_gateway, a_mock, a_vendor_daemon])
either = pytest.mark.parametrize("played", [a_gateway, a_mock])


@every_end
async def test_what_is_sent_comes_back(played: Played) -> None:
    async with played() as port, asked(port) as ((reader, writer), answer):
        assert answer == WILLING
        for data in (b"\x80", b"\xff\x00\x01", encode(TextRequest(command="dlist"))):
            writer.write(data)
            assert await asyncio.wait_for(reader.readexactly(len(data)), SECONDS) == data
        writer.write_eof()
        assert await asyncio.wait_for(reader.read(), SECONDS) == b""


@either
async def test_more_than_the_bound_are_told_to_come_later(played: Played) -> None:
    async with played() as port, contextlib.AsyncExitStack() as open_ones:
        for _ in range(MOST_ECHOES):
            assert (await open_ones.enter_async_context(asked(port)))[1] == WILLING
        async with asked(port) as (_, answer):
            assert answer == BUSY
        await open_ones.aclose()
        await _until_welcome(port)


async def _until_welcome(port: int) -> None:
    async with asyncio.timeout(SECONDS):
        while True:
            async with asked(port) as (_, answer):
                if answer == WILLING:
                    return


@either
async def test_who_sends_and_never_reads_is_not_read_either(played: Played) -> None:
    """Else the other end's memory would hold all that such a client sends."""
    async with played() as port, asked(port) as ((reader, writer), _):
        reader._transport.pause_reading()  # type: ignore[attr-defined]
        stuck = 0
        for _ in range(400):  # 100 MB, far above what both kernels hold
            writer.write(bytes(1 << 18))
            try:
                await asyncio.wait_for(writer.drain(), 0.2)
            except TimeoutError:
                stuck += 1
                break
        assert stuck
        writer.transport.abort()


async def test_a_gateway_is_silent_itself_and_has_no_limit_for_silence() -> None:
    async with gateway(hello_seconds=0.05, keepalive=1, dead_after=2) as made, _asked(made) as ((reader, writer), _):
        (session,) = made.sessions
        assert session.client.transport is not None
        accepted = session.client.transport.get_extra_info("socket")
        assert accepted.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 0
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.read(1), 0.2)
        writer.write(b"\x90")
        assert await asyncio.wait_for(reader.read(1), SECONDS) == b"\x90"
        assert session.record().asked == (QUESTION,)


async def test_a_mock_has_no_limit_for_silence() -> None:
    limits = Limits(idle=0.05, lifetime=0.1, bytes=60)
    async with AsyncMockServer(limits=limits) as mock, asked(mock.lmgrd_port) as ((reader, writer), _):
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.read(1), 0.4)
        writer.write(b"\x90" * 20)
        assert await asyncio.wait_for(reader.readexactly(20), SECONDS) == b"\x90" * 20


async def test_who_stops_says_so() -> None:
    async with contextlib.AsyncExitStack() as stack:
        mock = await stack.enter_async_context(AsyncMockServer())
        (reader, _), _ = await stack.enter_async_context(asked(mock.lmgrd_port))
        await mock._stop()
        assert await asyncio.wait_for(reader.read(), SECONDS) == GOODBYE
    async with contextlib.AsyncExitStack() as stack:
        made = await stack.enter_async_context(gateway())
        (reader, _), _ = await stack.enter_async_context(asked(made.places[0][1][1]))
        await asyncio.wait_for(made.stop(60), SECONDS)  # a measurement is nothing to wait for
        assert await asyncio.wait_for(reader.read(), SECONDS) == GOODBYE


async def test_the_connection_that_was_idle_longest_makes_room_with_a_word() -> None:
    async with AsyncMockServer(limits=Limits(connections=1)) as mock, asked(mock.lmgrd_port) as ((reader, _), _):
        await _until_welcome(mock.lmgrd_port)
        assert await asyncio.wait_for(reader.read(), SECONDS) == GOODBYE


async def test_a_measurement_makes_room_for_a_license() -> None:
    async with gateway(sessions=1, waiting=5) as made, _asked(made) as ((reader, _), _):
        _, client = await asyncio.open_connection("127.0.0.1", made.places[0][1][1])
        assert await asyncio.wait_for(reader.read(), SECONDS) == GOODBYE
        client.close()
        await client.wait_closed()


def test_the_gateways_handshake_answers_by_itself() -> None:
    handshake = Handshake()
    (action,) = handshake.client_said(encode(TextRequest(command=QUESTION)))
    assert action == Echo(WILLING_BYTES)
    assert (handshake.state, handshake.asked) == (HandshakeState.ECHOING, [QUESTION])


@pytest.mark.parametrize("command", ["lmwire-idle ", "LMWIRE-IDLE", "lmwire-idle/1", "lmwire"])
def test_only_that_question_is_answered_so(command: str) -> None:
    handshake = Handshake()
    actions = handshake.client_said(encode(TextRequest(command=command)))
    assert not any(isinstance(action, Echo | ToLmgrd) for action in actions)
    assert handshake.state is HandshakeState.LISTENING


def test_a_port_for_one_vendor_daemon_takes_part_too() -> None:
    """In the mode "referral": its clients go through the same gateway, over the same path."""
    (action,) = Handshake(straight=("licsrv", 27001)).client_said(encode(TextRequest(command=QUESTION)))
    assert isinstance(action, Echo)
