"""Playing plans: in this process, several side by side, since they mostly wait for time-outs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from lmwire.ruletest import Cell, Result, read_plan, require_network
from lmwire.ruletest.build import build
from lmwire.ruletest.run import run_plan

__all__ = ["PLANS", "all_at_once", "cell_of", "play"]

PLANS = Path(__file__).parent / "plans"

T = TypeVar("T")
R = TypeVar("R")


def play(file: Path, looks: int = 1) -> Result:
    plan = read_plan(file)
    require_network(plan, file)
    with build(plan, file.parent) as ground:
        return run_plan(plan, file.parent, ground, looks=looks)


def all_at_once(function: Callable[[T], R], values: Sequence[T]) -> list[R]:
    with ThreadPoolExecutor(len(values)) as pool:
        return list(pool.map(function, values))


def cell_of(result: Result, zone: str, server: str = "licsrv") -> Cell:
    [cell] = [cell for cell in result.cells if (cell.zone, cell.server) == (zone, server)]
    return cell
