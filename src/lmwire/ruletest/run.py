"""Test a rule set: run diagnoses in every zone of a running network, and find the rules behind each difference."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lmwire.netns import NetworkError
from lmwire.ruletest.build import Playground, build
from lmwire.ruletest.failures import failures_of
from lmwire.ruletest.find_rules import explain
from lmwire.ruletest.judge import judge_clients, judge_looks
from lmwire.ruletest.model import Cell, Result
from lmwire.ruletest.plan import Plan
from lmwire.ruletest.steady import is_steady
from lmwire.ruletest.zone_diagnosis import STEADY, WAITS, Waits, ports_of_look, walk_all

__all__ = ["Progress", "run_plan"]

Progress = Callable[[int, int], None]
"""Called with the number of cells done and the number of all cells."""

_ROUNDS_AT_ONCE: Final = 4


def run_plan(
    plan: Plan,
    folder: Path,
    ground: Playground,
    on_progress: Progress = lambda _done, _total: None,
    *,
    changed: bool = False,
    looks: int = 1,
) -> Result:
    """Return the result of testing `plan` in its running network.

    Args:
        plan: the plan.
        folder: the folder of its rule files.
        ground: the running network that `build` made.
        on_progress: see `Progress`; called from any thread, one at a time.
        changed: whether the network's rules may differ from the plan's, so that lmwire looks for deciding rules in it.
        looks: how many times to look at each cell: first in the running network, then each time in a fresh one.
    """
    began = time.monotonic()
    steady = is_steady(plan, folder, ground)
    every = [(zone, aim.server) for zone, aimed in plan.aims().items() for aim in aimed]
    count = _Count(on_progress)
    rounds = _Rounds(plan, folder, STEADY if steady else WAITS, count)
    with ThreadPoolExecutor(_ROUNDS_AT_ONCE) as pool:
        later = [pool.submit(rounds.fresh, number) for number in range(1, looks)]
        seen = [rounds.within(ground, 0 if looks > 1 else None), *(each.result() for each in later)]
    cells = [judge_looks([cells[key] for cells in seen]) for key in every]
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


@dataclass(frozen=True, slots=True)
class _Rounds:
    """Looks at all cells of a plan."""

    plan: Plan
    folder: Path
    waits: Waits
    count: _Count

    def fresh(self, number: int) -> dict[tuple[str, str], Cell]:
        """Look in a network of its own."""
        with build(self.plan, self.folder) as ground:
            return self.within(ground, number)

    def within(self, ground: Playground, number: int | None) -> dict[tuple[str, str], Cell]:
        """Look in a running network; with a number, from the ports of this look."""
        plan = self.plan
        aims, expected = plan.aims(), plan.expected()
        keys = [(zone, aim) for zone, aimed in aims.items() for aim in aimed]
        clients = {(zone, aim.server): ground.clients_for(plan, zone, aim) for zone, aim in keys}
        self.count.further(sum(map(len, clients.values())))
        ports = {} if number is None else dict.fromkeys(clients, ports_of_look(number))
        found = walk_all(aims, clients, self.waits, self.count, ports)
        return {
            (zone, aim.server): judge_clients(zone, aim, expected[zone, aim.server], found[zone, aim.server])
            for zone, aim in keys
        }


class _Count:
    """Counts finished cells, from several threads."""

    def __init__(self, on_progress: Progress) -> None:
        self._lock = threading.Lock()
        self._done = self._total = 0
        self._on_progress = on_progress

    def further(self, more: int) -> None:
        """Add cells to do; 0: one is done."""
        with self._lock:
            self._done += not more
            self._total += more
            self._on_progress(self._done, self._total)

    def __call__(self) -> None:
        self.further(0)
