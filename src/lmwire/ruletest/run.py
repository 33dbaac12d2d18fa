"""Test a rule set: run diagnoses in every zone of a running network, and find the rules behind each difference."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from lmwire.netns import NetworkError
from lmwire.ruletest.build import Playground
from lmwire.ruletest.failures import failures_of
from lmwire.ruletest.find_rules import explain
from lmwire.ruletest.judge import judge_clients
from lmwire.ruletest.model import Cell, Result
from lmwire.ruletest.plan import Plan
from lmwire.ruletest.steady import is_steady
from lmwire.ruletest.zone_diagnosis import STEADY, WAITS, walk_all

__all__ = ["Progress", "run_plan"]

Progress = Callable[[int, int], None]
"""Called with the number of cells done and the number of all cells."""


def run_plan(
    plan: Plan,
    folder: Path,
    ground: Playground,
    on_progress: Progress = lambda _done, _total: None,
    *,
    changed: bool = False,
) -> Result:
    """Return the result of testing `plan` in its running network.

    Args:
        plan: the plan.
        folder: the folder of its rule files.
        ground: the running network that `build` made.
        on_progress: see `Progress`; called from any thread, one at a time.
        changed: whether the network's rules may differ from the plan's, so that lmwire looks for deciding rules in it.
    """
    began = time.monotonic()
    aims, expected = plan.aims(), plan.expected()
    walks = {(zone, aim.server): ground.clients_for(plan, zone, aim) for zone, aimed in aims.items() for aim in aimed}
    count = _Count(sum(map(len, walks.values())), on_progress)
    steady = is_steady(plan, folder, ground)
    found = walk_all(aims, walks, STEADY if steady else WAITS, count)
    cells = [
        judge_clients(zone, aim, expected[zone, aim.server], found[zone, aim.server])
        for zone, aimed in aims.items()
        for aim in aimed
    ]
    differing = [cell for cell in cells if not cell.agrees]
    notes = [*ground.notes, *_unasked(plan, cells)]
    try:
        explained = explain(plan, folder, differing, count.further, running=ground if changed else None, steady=steady)
        if len(explained) < len(differing):
            notes.append(
                f"lmwire looked for the deciding rules of only {len(explained)} of {len(differing)} differences"
            )
    except NetworkError as error:
        explained = {}
        notes.append(f"lmwire cannot find the rules that decided: {error.one_line}")
    cells = [explained.get((cell.zone, cell.server), cell) for cell in cells]
    return Result(
        plan=plan.name,
        mode="network",
        agrees=not differing,
        seconds=time.monotonic() - began,
        notes=tuple(notes),
        cells=tuple(cells),
        failures=failures_of(cells),
    )


def _unasked(plan: Plan, cells: Sequence[Cell]) -> Iterator[str]:
    """Yield a note on the cells whose client and server share a zone: no router's rules are between them."""
    same = [
        f"{cell.zone} to {cell.server}"
        for cell in cells
        if plan.server(cell.server).zone == cell.zone and not plan.server(cell.server).has_rules
    ]
    if same:
        yield (
            f"{', '.join(same)}: client and server are in the same zone, so no rule was asked. On a host with bridges, "
            "such as Docker's, the kernel may apply its rules to such packets, too (net.bridge.bridge-nf-call-iptables)"
        )


class _Count:
    """Counts finished cells, from several threads."""

    def __init__(self, total: int, on_progress: Progress) -> None:
        self._lock = threading.Lock()
        self._done, self._total = itertools.count(1), total
        self._on_progress = on_progress
        on_progress(0, total)

    def further(self, more: int) -> None:
        """Add cells to do; 0: one is done."""
        if more:
            self._total += more
        else:
            self()

    def __call__(self) -> None:
        with self._lock:
            self._on_progress(next(self._done), self._total)
