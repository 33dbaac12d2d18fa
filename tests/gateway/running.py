"""Gateways for tests: each in a thread with an event loop of its own, here or in a network namespace."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TypeVar

from lmwire.gateway.plan import GatewayPlan
from lmwire.gateway.records import SessionRecord
from lmwire.gateway.routes import Route
from lmwire.gateway.server import Gateway
from lmwire_mockserver.threaded import Inside

__all__ = ["Running", "running"]

SECONDS = 10.0
_T = TypeVar("_T")


@dataclass
class Running:
    """A gateway that runs, and all that it told."""

    gateway: Gateway
    loop: asyncio.AbstractEventLoop
    records: list[SessionRecord] = field(default_factory=list)
    failures: list[tuple[str, str]] = field(default_factory=list)
    moves: list[tuple[str, str, int | None, int]] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)

    @property
    def ports(self) -> tuple[int, ...]:
        """The ports of its listeners, in the plan's order."""
        return tuple(port for _, (_, port) in self.gateway.places)

    @property
    def port(self) -> int:
        """The port of its first listener."""
        return self.ports[0]

    def call(self, function: Callable[[], _T]) -> _T:
        """Call a function in the gateway's loop, and return what it returns."""

        async def run() -> _T:
            return function()

        return asyncio.run_coroutine_threadsafe(run(), self.loop).result(SECONDS)

    def ended(self, count: int, seconds: float = SECONDS) -> list[SessionRecord]:
        """Wait until so many sessions are over, and return them."""
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.records) >= count, seconds), self.records
            return list(self.records)


class _Watcher:
    def __init__(self) -> None:
        self.told: Running | None = None

    def ended(self, record: SessionRecord) -> None:
        assert self.told is not None
        with self.told.changed:
            self.told.records.append(record)
            self.told.changed.notify_all()

    def failed(self, route: Route, vendor: str) -> None:
        assert self.told is not None
        self.told.failures.append((route.name, vendor))

    def moved(self, route: Route, vendor: str, before: int | None, now: int) -> None:
        assert self.told is not None
        self.told.moves.append((route.name, vendor, before, now))


@contextlib.contextmanager
def running(plan: GatewayPlan, *, inside: Inside | None = None, drain: float = 0.0) -> Iterator[Running]:
    """Run a gateway until the block ends."""
    ready: Future[tuple[Running, asyncio.Event]] = Future()

    async def serve() -> None:
        watcher = _Watcher()
        gateway = Gateway(plan, watcher)
        watcher.told = told = Running(gateway, asyncio.get_running_loop())
        stop = asyncio.Event()
        try:
            await gateway.start()
        except BaseException as error:  # noqa: BLE001 - for the test
            ready.set_exception(error)
            return
        ready.set_result((told, stop))
        await stop.wait()
        await gateway.stop(drain)

    def run(_signal: object = None) -> None:
        asyncio.run(serve())

    if inside is None:
        thread = threading.Thread(target=run, name="gateway")
        thread.start()
        wait: Callable[[float], object] = thread.join
    else:
        wait = inside.thread(run).result
    told, stop = ready.result(SECONDS)
    try:
        yield told
    finally:
        told.loop.call_soon_threadsafe(stop.set)
        wait(SECONDS)
