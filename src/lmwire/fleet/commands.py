"""What `lmwire sweep` does: once, or again and again."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec

from lmwire.fleet.documents import Change, ServerState, SweepReport, SweepResult, changes
from lmwire.fleet.inventory import Entry, read_inventory
from lmwire.fleet.sweep import sweep
from lmwire.probe import Settings, this_machine

__all__ = ["SHORTEST_PAUSE", "run_sweep", "watch_servers"]

SHORTEST_PAUSE: Final = 30.0
"""Seconds between two looks at a server: each costs it a short conversation for each vendor daemon."""

_JITTER: Final = 0.1
"""Share of the pause by which it varies, so that several sweeps do not knock together."""


def run_sweep(
    file: Path,
    settings: Settings,
    on_result: Callable[[int, int, SweepResult], None] = lambda _done, _all, _result: None,
) -> SweepReport:
    """Diagnose every server of a list once.

    Args:
        file: the list, see `read_inventory`.
        settings: how to probe.
        on_result: called with servers done, servers in all, and the result, as soon as it is there.

    Raises:
        FleetError: the list cannot be used.
    """
    entries = read_inventory(file)
    began = time.monotonic()
    results = asyncio.run(_counted(entries, _named(settings), on_result))
    return SweepReport(results=results, seconds=time.monotonic() - began)


async def _counted(
    entries: Sequence[Entry], settings: Settings, on_result: Callable[[int, int, SweepResult], None]
) -> tuple[SweepResult, ...]:
    done = 0

    def take(_place: int, result: SweepResult) -> None:
        nonlocal done
        done += 1
        on_result(done, len(entries), result)

    return await sweep(entries, settings, take)


def watch_servers(
    file: Path,
    settings: Settings,
    pause: float,
    on_report: Callable[[SweepReport, tuple[Change, ...]], bool],
) -> None:
    """Diagnose every server of a list again and again, until `on_report` returns False.

    Args:
        file: the list; read once.
        settings: how to probe.
        pause: seconds from the start of one look to the start of the next.
        on_report: called with each look, and with what changed since the one before; nothing at the first.
    """
    asyncio.run(_watch(read_inventory(file), _named(settings), pause, on_report))


async def _watch(
    entries: Sequence[Entry],
    settings: Settings,
    pause: float,
    on_report: Callable[[SweepReport, tuple[Change, ...]], bool],
) -> None:
    known: list[tuple[ServerState, datetime] | None] = [None] * len(entries)
    loop = asyncio.get_running_loop()
    while True:
        began = loop.time()
        results = await sweep(entries, settings, lambda _place, _result: None)
        found: list[Change] = []
        for place, result in enumerate(results):
            before = known[place]
            if before is not None:
                found += changes(result.name, *before, result.state, result.time)
            if before is None or before[0] != result.state:
                known[place] = (result.state, result.time)
        if not on_report(SweepReport(results=results, seconds=loop.time() - began), tuple(found)):
            return
        varied = pause * random.uniform(1 - _JITTER, 1)  # noqa: S311 - not a secret
        await asyncio.sleep(max(varied - (loop.time() - began), 0))


def _named(settings: Settings) -> Settings:
    return msgspec.structs.replace(settings, identity=this_machine())
