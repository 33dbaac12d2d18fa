"""Walks to every server of a list, side by side, and tells each result as it is there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Final

from lmwire.diagnosis import Overall, overall_of
from lmwire.diagnosis.overall import state_of as overall_state
from lmwire.fleet.documents import SweepResult, state_of
from lmwire.fleet.inventory import Entry
from lmwire.probe import Settings
from lmwire.probe.path import PathWalker
from lmwire.text import printable
from lmwire.workflows.checkup import judged

__all__ = ["sweep"]

_SHOWN: Final = 200


async def sweep(
    entries: Sequence[Entry], settings: Settings, on_result: Callable[[int, SweepResult], None]
) -> tuple[SweepResult, ...]:
    """Diagnose every server of a list, each for itself.

    Names are resolved once; `settings.parallel` servers are walked to at a time; of entries that name the same server,
    one after the other.

    Args:
        entries: the list.
        settings: how to probe; vendor daemons of an entry go before those of the settings.
        on_result: called with each entry's place in the list and its result, as soon as it is there.

    Returns:
        The results in the list's order.
    """
    walker = PathWalker(settings)
    locks: dict[object, asyncio.Lock] = {}
    results: list[SweepResult | None] = [None] * len(entries)

    async def one(place: int, entry: Entry) -> None:
        servers = {server.folded for target in entry.path.targets for server in target.servers}
        held = [locks.setdefault(server, asyncio.Lock()) for server in sorted(servers, key=str)]
        for lock in held:  # in one order for all, so that none waits for another in a circle
            await lock.acquire()
        try:
            result = await _diagnosed(walker, entry)
        finally:
            for lock in held:
                lock.release()
        results[place] = result
        on_result(place, result)

    async with asyncio.TaskGroup() as group:
        for place, entry in enumerate(entries):
            group.create_task(one(place, entry))
    return tuple(result for result in results if result is not None)


async def _diagnosed(walker: PathWalker, entry: Entry) -> SweepResult:
    loop = asyncio.get_running_loop()
    time, began = datetime.now(UTC), loop.time()
    diagnoses = tuple(judged(await walker.path(entry.path, entry.vendors)))
    states = tuple(overall_state(each.verdict.id, each.verdict.severity) for each in diagnoses)
    return SweepResult(
        name=printable(entry.name, _SHOWN),
        path=printable(";".join(target.text for target in entry.path.targets), _SHOWN),
        tags=tuple(printable(tag, _SHOWN) for tag in entry.tags),
        time=time,
        seconds=round(loop.time() - began, 3),
        overall=overall_of(diagnoses) if diagnoses else Overall.INCONCLUSIVE,
        state=state_of(diagnoses, states),
        diagnoses=diagnoses,
    )
