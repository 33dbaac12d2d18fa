"""Many plans at a time, each in a process: they mostly wait, and a process has one resolver configuration only."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from typing import Any, TypeVar

from lmwire.defaults import CONNECT_WAIT
from tests.networks.plan import Plan
from tests.networks.run import Result, check

__all__ = ["JOBS", "check_all", "in_processes"]

JOBS = 20
"""At a time: a plan takes a twentieth of a second of a processor, and waits for four."""

_R = TypeVar("_R")


def check_all(plans: Iterable[Plan], jobs: int = JOBS, connect_wait: float = CONNECT_WAIT) -> Iterator[Result]:
    """Yield the result of each plan as it is there."""
    yield from in_processes(check, [(plan, connect_wait) for plan in plans], jobs)


def in_processes(work: Callable[..., _R], calls: Iterable[tuple[Any, ...]], jobs: int) -> Iterator[_R]:
    """Yield the result of `work` for the arguments of each call, as it is there."""
    # A server process that forks: cheap, and safe where this process has threads already.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    with ProcessPoolExecutor(jobs, context) as pool:
        try:
            yield from (future.result() for future in as_completed([pool.submit(work, *call) for call in calls]))
        finally:
            pool.shutdown(cancel_futures=True)
