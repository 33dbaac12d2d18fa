"""Test a rule set: diagnose from every zone of a network at work, and find the rules behind what differs."""

from __future__ import annotations

import contextlib
import itertools
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec

from lmwire.firewalltest.build import Playground
from lmwire.firewalltest.decide import decisions, nothing_decided
from lmwire.firewalltest.judge import is_healthy, judge, worst
from lmwire.firewalltest.model import Cell, Result
from lmwire.firewalltest.plan import Aim, Plan
from lmwire.firewalltest.sources import Sources
from lmwire.firewalltest.walk import BRIEF, WAITS, walk_all, walk_one
from lmwire.firewalltest.watch import Watch

__all__ = ["LOOKS", "Progress", "run_plan"]

Progress = Callable[[int, int], None]
"""Called with cells done and cells in all."""

LOOKS: Final = 12
"""Cells whose rules are looked for: each takes a run of its own, alone, so that no packet is another's."""


def run_plan(
    plan: Plan, folder: Path, ground: Playground, on_progress: Progress = lambda _done, _total: None
) -> Result:
    """Return what a test of `plan` comes to, in the network that was built from it.

    Args:
        plan: what is expected.
        folder: what its rule files are relative to.
        ground: what `build` made of it.
        on_progress: see `Progress`; called from any thread, one at a time.

    Raises:
        NetworkError: the kernel does not tell which rules decide.
    """
    began = time.monotonic()
    aims, expected = plan.aims(), plan.expected()
    count = _Count(len(expected), on_progress)
    found = walk_all(aims, ground.clients, WAITS, count)
    cells = [
        judge(zone, aim, expected[zone, aim.server], found[zone, aim.server])
        for zone, aimed in aims.items()
        for aim in aimed
    ]
    differing = [cell for cell in cells if not cell.agrees]
    explained = _explained(plan, folder, ground, differing[:LOOKS]) if differing else {}
    notes = [] if len(differing) <= LOOKS else [f"the rules behind the first {LOOKS} differences were looked for"]
    cells = [explained.get((cell.zone, cell.server), cell) for cell in cells]
    return Result(
        plan=plan.name,
        mode="network",
        agrees=not differing,
        seconds=time.monotonic() - began,
        notes=tuple(notes),
        cells=tuple(cells),
    )


class _Count:
    """Counts cells that are done, from several threads."""

    def __init__(self, total: int, on_progress: Progress) -> None:
        self._lock = threading.Lock()
        self._done, self._total = itertools.count(1), total
        self._on_progress = on_progress
        on_progress(0, total)

    def __call__(self) -> None:
        with self._lock:
            self._on_progress(next(self._done), self._total)


# -- why ------------------------------------------------------------------------------------------------------


def _explained(plan: Plan, folder: Path, ground: Playground, cells: Sequence[Cell]) -> Mapping[tuple[str, str], Cell]:
    """Return the cells with the rules that decided: each is diagnosed again, while all rules are watched."""
    machines = {**ground.routers, **ground.servers}
    ruled = [machine for machine in (*plan.routers, *plan.servers) if machine.has_rules]
    with contextlib.ExitStack() as stack:
        watches = {machine.name: Watch(machines[machine.name]) for machine in ruled}
        for watch in watches.values():
            stack.callback(watch.close)
        sources = Sources(plan, folder, watches)
        return {(cell.zone, cell.server): _explain(plan, ground, watches, sources, cell) for cell in cells}


def _explain(plan: Plan, ground: Playground, watches: Mapping[str, Watch], sources: Sources, cell: Cell) -> Cell:
    server = plan.server(cell.server)
    for watch in watches.values():
        watch.seen()
    aim = Aim(server=server.name, target=cell.target, vendors=tuple(server.vendors))
    again = worst(walk_one(ground.clients[cell.zone], aim, BRIEF))
    ways = {name: watch.seen() for name, watch in watches.items()}
    if again is None:  # nobody asked for a vendor daemon; a plan has at least one
        return cell
    hooks = {name: watch.hooks() for name, watch in watches.items()}
    told = decisions(
        ways,
        hooks,
        found=again,
        expected=cell.expected,
        server=server,
        source=sources,
    )
    notes = []
    if again.verdict.id != cell.found:
        notes.append(f"a second run, alone, found {again.verdict.id}: the rules depend on how much comes, or when")
    if not is_healthy(again) and not any(one.action in ("dropped", "rejected") for one in told):
        notes.append(nothing_decided(ways, hooks, again))
    return msgspec.structs.replace(cell, decisions=told, note="; ".join(notes))
