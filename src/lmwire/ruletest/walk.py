"""Diagnose from inside a zone: one thread a zone, all its servers side by side."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, Final, TypeVar

import msgspec

from lmwire.defaults import CONNECT_WAIT
from lmwire.diagnosis import Diagnosis
from lmwire.licensepath import parse_path
from lmwire.netns import Namespace, Stop, Task
from lmwire.probe import Settings
from lmwire.ruletest.plan import Aim
from lmwire.workflows.checkup import check

__all__ = ["BRIEF", "WAITS", "Waits", "walk_all", "walk_one"]

T = TypeVar("T")


class Waits(msgspec.Struct, frozen=True):
    """Seconds to wait for a connect, and for an answer."""

    connect: float
    answer: float


WAITS: Final = Waits(CONNECT_WAIT, 4.0)
"""As a diagnosis does, but for answers: the servers are played here, and are never slow."""

BRIEF: Final = Waits(1.5, 2.5)
"""For a second look at what is known to fail: two SYNs, and a request that is sent twice."""


def walk_all(
    aims: Mapping[str, Sequence[Aim]],
    clients: Mapping[str, Namespace],
    waits: Waits,
    on_done: Callable[[], None] = lambda: None,
) -> dict[tuple[str, str], list[Diagnosis]]:
    """Return the diagnoses of each zone and server; `on_done` is called after each, from any thread."""
    tasks: dict[str, Task[list[list[Diagnosis]]]] = {
        zone: clients[zone].thread(_in_zone, aimed, waits, on_done) for zone, aimed in aims.items()
    }
    return {
        (zone, aim.server): found
        for zone, task in tasks.items()
        for aim, found in zip(aims[zone], task.result(), strict=True)
    }


def walk_one(client: Namespace, aim: Aim, waits: Waits) -> list[Diagnosis]:
    """Return the diagnoses of one server, made from `client`."""
    return client.thread(_in_zone, [aim], waits, lambda: None).result()[0]


def _in_zone(stop: Stop, aims: Sequence[Aim], waits: Waits, on_done: Callable[[], None]) -> list[list[Diagnosis]]:
    try:
        return asyncio.run(_unless(stop, _walks(aims, waits, on_done)))
    except asyncio.CancelledError:  # told to stop: nobody wants the rest
        return []


async def _unless(stop: Stop, work: Coroutine[Any, Any, T]) -> T:
    """Await `work`, and cancel it once `stop` is set."""
    task = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()
    loop.add_reader(stop.fileno(), task.cancel)
    try:
        return await task
    finally:
        loop.remove_reader(stop.fileno())


async def _walks(aims: Sequence[Aim], waits: Waits, on_done: Callable[[], None]) -> list[list[Diagnosis]]:
    async def walk(aim: Aim) -> list[Diagnosis]:
        settings = Settings(vendors=aim.vendors, connect_wait=waits.connect, answer_wait=waits.answer)
        found = await check(parse_path(aim.target), settings)
        on_done()
        return found

    return list(await asyncio.gather(*map(walk, aims)))
