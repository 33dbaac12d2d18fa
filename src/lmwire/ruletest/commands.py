"""What `lmwire firewall test` does: one function for each way to call it, from a plan's file to a document."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from lmwire.errors import LmwireError
from lmwire.ruletest.documents import NetworkTest, PlanText
from lmwire.ruletest.example import example
from lmwire.ruletest.model import Result
from lmwire.ruletest.plan_file import read_plan, require_network
from lmwire.ruletest.results import judge_results
from lmwire.ruletest.two_sided_commands import commands

__all__ = ["example_plan", "judge_files", "network_test", "real_network"]

Progress = Callable[[int, int], None]


def example_plan() -> PlanText:
    """Return a plan that works, with comments."""
    return PlanText(example())


def real_network(file: Path) -> PlanText:
    """Return what to run where, to test a real network. Raises PlanError."""
    return PlanText(commands(read_plan(file), str(file)))


def judge_files(file: Path, results: Sequence[str]) -> Result:
    """Return the result of diagnoses from a real network, as `judge_results` does. Raises PlanError."""
    return judge_results(read_plan(file), results)


@contextlib.contextmanager
def network_test(
    file: Path,
    progress: Callable[[], AbstractContextManager[Progress]] = lambda: nullcontext(lambda _done, _all: None),
    *,
    looks: int = 1,
) -> Iterator[NetworkTest]:
    """Build the network of a plan, and diagnose from every zone. The network is removed at the end of the block.

    Args:
        file: the plan.
        progress: makes what is called with cells done and cells in all, once the network is built.
        looks: how many times to look at each cell, each time after the first in a fresh network.

    Raises:
        PlanError: the plan, or a rule file of it, cannot be used.
        NetworkError: the network cannot be built, or not on this machine.
        LmwireError: this system is not Linux.
    """
    plan = read_plan(file)
    if not _is_linux():
        raise LmwireError("networks are played on Linux only; --commands and --results test a real one from anywhere")
    # The module imports what only Linux has.
    from lmwire.ruletest.running_network import running_network  # noqa: PLC0415

    require_network(plan, file)
    with running_network(plan, file, progress, looks=looks) as tested:
        yield tested


def _is_linux() -> bool:
    return sys.platform == "linux"
