"""Memory after a flood of clients."""

from __future__ import annotations

import gc
import weakref

from lmwire_mockserver.connection import Connection
from lmwire_mockserver.memory import Tide, give_back
from lmwire_mockserver.scenario import scenario
from lmwire_mockserver.server import AsyncMockServer
from tests.mockserver.talking import hello


def test_a_flood_is_over_once_when_a_tenth_is_left() -> None:
    tide = Tide(flood=100)
    assert [tide.over(count) for count in (10, 99, 0)] == [False] * 3
    assert [tide.over(count) for count in (40, 400, 41, 40, 39, 0)] == [False, False, False, True, False, False]
    assert [tide.over(count) for count in (100, 9)] == [False, True]


async def test_a_connection_is_freed_when_it_has_ended_without_a_collection() -> None:
    seen: list[weakref.ref[Connection]] = []

    class Watching(AsyncMockServer):
        def opened(self, connection: Connection) -> None:
            seen.append(weakref.ref(connection))
            super().opened(connection)

    gc.disable()
    try:
        async with Watching(scenario("healthy")) as mock:
            await hello(mock.lmgrd_port)
            await mock.wait_for_conversations(1)
            await mock.take_in()
            assert [connection() for connection in seen] == [None]
            assert mock.connected == 0
    finally:
        gc.enable()


def test_giving_back_collects_garbage() -> None:
    class Knot:
        def __init__(self) -> None:
            self.self = self

    knot = weakref.ref(Knot())
    give_back()
    assert knot() is None
