"""Test a rule set: diagnose from every zone of a network at work, and find the rules behind what differs."""

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
from lmwire.ruletest.walk import WAITS, walk_all

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
    notes = [] if differing == looked else [f"the deciding rules of only the first {LOOKS} differences were looked for"]
    try:
        count.expect(len(looked))
        explained = explain(plan, folder, ground, looked, count) if looked else {}
    except NetworkError as error:
        explained = {}
        notes = [f"the rules that decided can't be told: {error}"]
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

    def expect(self, more: int) -> None:
        """Take note that there is more to do."""
        self._total += more

    def __call__(self) -> None:
        with self._lock:
            self._on_progress(next(self._done), self._total)
