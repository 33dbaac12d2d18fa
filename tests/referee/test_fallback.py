"""The unmodified client and lmwire's probe, side by side at a server that answers a modern hello in an unusual way.

The legacy hello is referred to a vendor daemon that answers: whoever repeats the hello is served.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterator

import pytest

from lmwire.evidence import Answer, Leg
from lmwire.probe import Resolver, Settings, Walk, walk
from lmwire.wire import (
    HelloAnswer,
    LegacyError,
    LegacyHello,
    LegacyMessage,
    LegacyText,
    Referral,
    Unknown,
    encode,
    encode_raw,
)
from tests.referee.clients import NEWEST, VENDOR
from tests.referee.running import run_client

pytestmark = pytest.mark.real_client

SERVED = "-5,414"
HOST = "127.0.0.1"

# (first answer, what the client reports, lmwire's `first_error`)
CASES = {
    "W -97": (encode(LegacyError(text="-97")), SERVED, -97),
    "W -60": (encode(LegacyError(text="-60")), SERVED, -60),
    "W 0": (encode(LegacyError(text="0")), SERVED, 0),
    "W busy": (encode(LegacyError(text="busy")), SERVED, None),
    "H": (encode(LegacyError(text="-119", letter="H")), SERVED, None),
    "L": (encode(LegacyText(remaining="10", chunk=bytes(134))), SERVED, None),
    "N": (encode(LegacyMessage(letter="N", body=bytes(145))), SERVED, None),
    "h": (encode(LegacyHello(vendor="x")), SERVED, None),
    "type 0": (encode(Unknown(number=0)), SERVED, None),
    "type 103": (encode(Unknown(number=0x0103, body=b"a\0")), SERVED, None),
    "type 107": (encode(Unknown(number=0x0107, body=b"a\0b\0c\0")), SERVED, None),
    "type 13b": (encode(Unknown(number=0x013B, body=b"a\0b\0")), SERVED, None),
    "type 149": (encode_raw(0x0149, b""), SERVED, None),
    "type 101": (encode(Unknown(number=0x0101)), "-42,459", None),
    "type 103, empty": (encode(Unknown(number=0x0103)), "-42,459", None),
    "type 107, cut": (encode(Unknown(number=0x0107, body=b"a\0b\0c")), "-42,459", None),
    "type 999": (encode(Unknown(number=0x0999)), "-140,10006", None),
}


class Server:
    """lmgrd and vendor daemon in a thread with a loop of its own, between entry and exit."""

    def __init__(self, first: bytes) -> None:
        self._first = first
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="unusual server", daemon=True)
        self._servers: list[asyncio.Server] = []

    def __enter__(self) -> int:
        self._thread.start()
        return asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(10)

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _start(self) -> int:
        self._servers.append(await asyncio.start_server(self._vendor, HOST, 0))
        self._servers.append(await asyncio.start_server(self._lmgrd, HOST, 0))
        self._vendor_port, port = (int(server.sockets[0].getsockname()[1]) for server in self._servers)
        return port

    async def _stop(self) -> None:
        for server in self._servers:
            server.close()
        talks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in talks:
            task.cancel()
        await asyncio.gather(*talks, return_exceptions=True)
        await asyncio.sleep(0)  # closed transports let go of their sockets in the loop's next turn

    async def _talk(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answer: Callable[[bytes], bytes]
    ) -> None:
        with contextlib.suppress(ConnectionError, asyncio.CancelledError):
            while data := await reader.read(4096):
                writer.write(answer(data))
        writer.transport.abort()

    async def _lmgrd(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        referral = encode(Referral(host=HOST, port=self._vendor_port))
        await self._talk(reader, writer, lambda data: referral if data[:1] == b"h" else self._first)

    async def _vendor(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._talk(reader, writer, lambda _data: encode(HelloAnswer(vendor=VENDOR, host="licsrv")))


@pytest.fixture(params=CASES.values(), ids=list(CASES))
def case(request: pytest.FixtureRequest) -> Iterator[tuple[int, str, int | None]]:
    first, code, error = request.param
    with Server(first) as port:
        yield port, code, error


def probed(port: int) -> list[Leg]:
    settings = Settings(vendors=(VENDOR,))
    plan = Walk(target=f"{port}@{HOST}", host=HOST, port=port)
    (seen,) = asyncio.run(walk(plan, settings, Resolver(family=None, wait=5)))
    return list(seen.legs)


def test_the_probe_falls_back_where_the_client_does(case: tuple[int, str, int | None]) -> None:
    port, code, error = case
    legs = probed(port)
    assert run_client(NEWEST, f"{port}@{HOST}").first.code == code
    assert (legs[0].answer is Answer.REFERRAL) == (code == SERVED)
    assert legs[0].first_error == error
    assert legs[0].legacy == (code == SERVED)
