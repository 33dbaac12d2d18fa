"""The measurement, with other ends of every kind: honest, lying, flooding, silent, gone."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from lmwire.idle.errors import IdleError
from lmwire.idle.introduction import OtherEnd
from lmwire.idle.judging import judge
from lmwire.idle.measure import measure
from lmwire.idle.model import Fate, Measured, Outcome
from lmwire.session.idle_echo import BUSY, GOODBYE, WILLING
from lmwire.wire import LegacyError, TextAnswer, encode
from lmwire_mockserver.server import AsyncMockServer
from tests.idle.talking import SECONDS, WILLING_BYTES

Behaviour = Callable[[int, asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
"""What a server does on its connection number 0, 1, 2, …, once it has promised to return bytes."""


def other_end(port: int, *, wait: float = 0.5) -> OtherEnd:
    return OtherEnd(host="127.0.0.1", address="127.0.0.1", port=port, connect_wait=4, answer_wait=1, wait=wait)


async def measured(port: int, *ages: float, wait: float = 0.5) -> Measured:
    end = other_end(port, wait=wait)
    await end.check()
    async with asyncio.timeout(SECONDS):
        return await measure(end, ages, lambda _so_far, _in_all, _survived: None)


def fates(seen: Measured) -> list[Fate]:
    return [probe.fate for probe in seen.probes]


def playing(behave: Behaviour, answer: bytes = WILLING_BYTES) -> contextlib.AbstractAsyncContextManager[int]:
    """A server that answers whatever is asked, and then behaves in its way."""

    async def serve(number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(4096)
        writer.write(answer)
        await behave(number, reader, writer)

    return serving_as(serve)


@contextlib.asynccontextmanager
async def serving_as(behave: Behaviour) -> AsyncIterator[int]:
    """A server that behaves in its way from the first byte on."""
    serving: list[asyncio.Task[None]] = []

    async def serve(number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await behave(number, reader, writer)
            await writer.drain()
            writer.close()
            await writer.wait_closed()
        except OSError:
            return
        finally:
            writer.transport.abort()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serving.append(asyncio.create_task(serve(len(serving), reader, writer)))

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in serving:
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)
        await asyncio.sleep(0)  # the transports' ends are reported by the event loop


async def honest(_number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(100):
        writer.write(data)


async def mute(_number: int, reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    while await reader.read(100):
        pass


async def test_every_connection_to_a_mock_survives() -> None:
    async with AsyncMockServer() as mock:
        seen = await measured(mock.lmgrd_port, 0.3, 0.1, 0.2)
        assert fates(seen) == [Fate.SURVIVED] * 3
        assert [probe.age for probe in seen.probes] == [0.1, 0.2, 0.3]
        assert (seen.gone, seen.slept) == ("", 0)
        conversations = await mock.wait_for_conversations(4)
        assert [one.bytes_out for one in conversations] == [len(WILLING_BYTES) + 1] * 4


async def test_progress_is_told() -> None:
    told: list[tuple[float, float | None]] = []
    async with AsyncMockServer() as mock:
        await measure(
            other_end(mock.lmgrd_port), [0.05, 0.1], lambda _now, in_all, survived: told.append((in_all, survived))
        )
    assert {in_all for in_all, _ in told} == {0.1}
    assert told[-1][1] is not None
    assert told[-1][1] >= 0.1


# Other ends that do not take part.


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (
            encode(LegacyError(text="-60")),
            "is not a gateway or a mock of this lmwire: it answers like a license server, with error -60",
        ),
        (encode(TextAnswer(text=BUSY)), "64 connections already"),
        (encode(TextAnswer(text="lmwire-idle/2")), "another version of lmwire"),
        (encode(TextAnswer(text="ibmratl\n")), "does not know what lmwire asks"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "speaks HTTP"),
        (WILLING_BYTES + b"\x80", "sends more than was asked"),
        (b"", "does not answer within 1 s"),
        (WILLING_BYTES[:9], "does not answer within 1 s"),
        (bytes(1 << 20), "does not speak FlexNet's protocol"),
    ],
    ids=["lmgrd", "busy", "version", "list", "http", "more", "mute", "half", "flood"],
)
async def test_who_does_not_take_part_is_left_at_once(answer: bytes, words: str) -> None:
    async with playing(mute, answer) as port:
        with pytest.raises(IdleError, match=words):
            await measured(port, 0.1)


async def test_who_closes_instead_of_answering_is_told() -> None:
    async def close(_number: int, _reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        return

    async with playing(close, b"") as port:
        with pytest.raises(IdleError, match="does not answer like a gateway or a mock"):
            await measured(port, 0.1)


async def test_a_port_on_which_nobody_listens_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(IdleError, match="cannot connect") as caught:
        await measured(port, 0.1)
    assert "lmwire gateway" in caught.value.hint


@pytest.mark.parametrize("said", [b"", b"\x01", b"x" * 100_000])
async def test_who_promises_and_does_not_keep_it_is_found_before_anything_grows_old(said: bytes) -> None:
    async def lie(_number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(said)
        await mute(0, reader, writer)

    async with playing(lie) as port:
        with pytest.raises(IdleError, match="as it promised"):
            await measured(port, 5)


# Other ends that take part, until one connection.


def lying_from(first: int, behave: Behaviour) -> Behaviour:
    async def either(number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await (behave if number >= first else honest)(number, reader, writer)

    return either


@pytest.mark.parametrize("said", [b"\x01", b"\x01" * 1000, bytes(1 << 20)])
async def test_other_bytes_end_the_measurement(said: bytes) -> None:
    async def lie(_number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(said)
        await mute(0, reader, writer)

    async with playing(lying_from(1, lie)) as port:
        assert fates(await measured(port, 0.05, 30)) == [Fate.WRONG, Fate.NOT_TRIED]


async def test_bytes_that_nobody_asked_for_end_the_measurement() -> None:
    async def flood(_number: int, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.1)
        for _ in range(1000):
            writer.write(bytes(1 << 16))
            await writer.drain()

    async with playing(lying_from(1, flood)) as port:
        assert Fate.WRONG in fates(await measured(port, 20, 30))


async def test_more_bytes_than_were_sent_are_other_bytes() -> None:
    async def twice(_number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(2 * await reader.read(1))
        await mute(0, reader, writer)

    async with playing(lying_from(1, twice)) as port:
        assert fates(await measured(port, 0.05)) == [Fate.WRONG]


async def test_a_byte_that_is_acknowledged_and_does_not_come_back_is_a_loss() -> None:
    """As behind an SSH tunnel whose own connection was lost. All the others are asked at once."""

    async def deaf(number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await (mute if number in {2, 3} else honest)(number, reader, writer)

    async with playing(deaf) as port:
        seen = await measured(port, 0.05, 0.1, 30)
    assert seen.gone == ""
    assert sorted(fates(seen), key=lambda fate: fate.value) == [Fate.NOT_RETURNED, Fate.NOT_RETURNED, Fate.SURVIVED]


async def test_a_reset_in_the_silence_is_a_loss_when_it_happens() -> None:
    async def reset(_number: int, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.2)
        raw = writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        writer.transport.abort()

    async def most(number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await (reset if number in {1, 2} else honest)(number, reader, writer)

    async with playing(most) as port:
        seen = await measured(port, 20, 30)
    assert set(fates(seen)) == {Fate.RESET}
    assert seen.gone == ""
    assert all(0.1 < probe.seconds < 5 for probe in seen.probes)


async def test_a_close_in_the_silence_is_a_loss_and_a_goodbye_is_none() -> None:
    async def close(_number: int, _reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.1)

    async def leave(_number: int, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.1)
        writer.write(GOODBYE)

    def once(behave: Behaviour) -> Behaviour:
        async def either(number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await (behave if number == 1 else honest)(number, reader, writer)

        return either

    async with playing(once(close)) as port:
        assert fates(await measured(port, 20)) == [Fate.CLOSED]
    async with playing(once(leave)) as port:
        assert fates(await measured(port, 20)) == [Fate.ENDED]


async def test_another_end_that_is_gone_is_not_taken_for_a_loss_on_the_path() -> None:
    both_are_open = asyncio.Event()

    async def wait(number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if number == 2:
            both_are_open.set()
        await mute(number, reader, writer)

    async with contextlib.AsyncExitStack() as stack:
        port = await stack.enter_async_context(playing(lying_from(1, wait)))
        measuring = asyncio.create_task(measured(port, 0.3, 30))
        await both_are_open.wait()
        await stack.aclose()
        seen = await measuring
    assert "cannot connect" in seen.gone
    assert fates(seen)[0] in {Fate.CLOSED, Fate.RESET}


async def test_one_that_stops_taking_part_in_between_is_an_error() -> None:
    async with playing(honest) as port:
        end = other_end(port)
        await end.check()
    with pytest.raises(IdleError, match="cannot connect"):
        await measure(end, [0.1, 0.2, 0.3], lambda _so_far, _in_all, _survived: None)


async def test_a_proxy_with_an_idle_timeout_is_found() -> None:
    """It closes both its connections after 0.2 s of silence, as HAProxy does."""

    async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(TimeoutError, OSError):
            while data := await asyncio.wait_for(reader.read(100), 0.2):
                writer.write(data)
        writer.close()

    async with AsyncMockServer() as mock:

        async def forward(_number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            near, far = await asyncio.open_connection("127.0.0.1", mock.lmgrd_port)
            try:
                await asyncio.gather(copy(reader, far), copy(near, writer))
            finally:
                far.transport.abort()

        async with serving_as(forward) as port:
            seen = await measured(port, 0.05, 5, 6)
    assert fates(seen) == [Fate.SURVIVED, Fate.CLOSED, Fate.CLOSED]
    assert judge(seen).outcome is Outcome.FORGETS


def test_the_answer_is_what_the_gateway_and_the_mock_say() -> None:
    assert encode(TextAnswer(text=WILLING)) == WILLING_BYTES
