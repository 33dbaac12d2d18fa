"""Test a rule set: run diagnoses in every zone of a running network, and find the rules behind each difference."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from lmwire.netns import NetworkError
from lmwire.ruletest.build import Playground
from lmwire.ruletest.find_rules import explain
from lmwire.ruletest.judge import judge
from lmwire.ruletest.model import Result
from lmwire.ruletest.plan import Plan
from lmwire.ruletest.zone_diagnosis import WAITS, walk_all

__all__ = ["LOOKS", "Progress", "run_plan"]

Progress = Callable[[int, int], None]
"""Called with the number of cells done and the number of all cells."""

LOOKS: Final = 12
"""Most cells whose rules lmwire looks for. Each needs a separate run, so that every packet belongs to one cell."""


def run_plan(
    plan: Plan, folder: Path, ground: Playground, on_progress: Progress = lambda _done, _total: None
) -> Result:
    """Return the result of testing `plan` in its running network.

    Args:
        plan: the plan.
        folder: the folder of its rule files.
        ground: the running network that `build` made.
        on_progress: see `Progress`; called from any thread, one at a time.
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
    looked = differing[:LOOKS]
    notes = (
        [] if differing == looked else [f"lmwire looked for the deciding rules of only the first {LOOKS} differences"]
    )
    try:
        count.expect(len(looked))
        explained = explain(plan, folder, ground, looked, count) if looked else {}
    except NetworkError as error:
        explained = {}
        notes = [f"lmwire cannot find the rules that decided: {error.one_line}"]
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
    """Counts finished cells, from several threads."""

    def __init__(self, total: int, on_progress: Progress) -> None:
        self._lock = threading.Lock()
        self._done, self._total = itertools.count(1), total
        self._on_progress = on_progress
        on_progress(0, total)

    def expect(self, more: int) -> None:
        """Add cells to do."""
        self._total += more

    def __call__(self) -> None:
        with self._lock:
            self._on_progress(next(self._done), self._total)
