"""What `lmwire firewall test` does: one function for each way to call it, from a plan's file to a document."""

from __future__ import annotations

import contextlib
import os
import shlex
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from lmwire.errors import LmwireError
from lmwire.netns import NetworkUnavailable
from lmwire.ruletest.example import example
from lmwire.ruletest.model import Result
from lmwire.ruletest.plan_file import read_plan, require_network
from lmwire.ruletest.results import judge_results
from lmwire.ruletest.two_sided_commands import commands

if TYPE_CHECKING:
    from lmwire.ruletest.build import Playground

__all__ = ["MachineDoor", "NetworkTest", "PlanText", "example_plan", "judge_files", "network_test", "real_network"]

Progress = Callable[[int, int], None]

_OWN: Final = (
    "; this was tried in a user namespace made for you, which the system may restrict, too "
    "(sysctl kernel.apparmor_restrict_unprivileged_userns)"
)


class PlanText(msgspec.Struct, frozen=True):
    """A text to keep or to run: an example plan, or commands for a shell."""

    text: str


class MachineDoor(msgspec.Struct, frozen=True, kw_only=True):
    """How to enter a machine of a running network.

    Attributes:
        kind: "client in", "router" or "server".
        name: the machine; of a client, its zone.
        command: for a shell on this computer.
    """

    kind: str
    name: str
    command: str


class NetworkTest(msgspec.Struct, frozen=True, kw_only=True):
    """A test whose network still runs."""

    result: Result
    doors: tuple[MachineDoor, ...]


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
    file: Path, progress: Callable[[], AbstractContextManager[Progress]] = lambda: nullcontext(lambda _done, _all: None)
) -> Iterator[NetworkTest]:
    """Build the network of a plan, and diagnose from every zone. The network is removed at the end of the block.

    Args:
        file: the plan.
        progress: makes what is called with cells done and cells in all, once the network is built.

    Raises:
        PlanError: the plan, or a rule file of it, cannot be used.
        NetworkError: the network cannot be built, or not on this machine.
        LmwireError: this system is not Linux.
    """
    plan = read_plan(file)
    if not _is_linux():
        raise LmwireError("networks are played on Linux only; --commands and --results test a real one from anywhere")
    # These modules import what only Linux has.
    from lmwire.ruletest.build import build  # noqa: PLC0415
    from lmwire.ruletest.privilege import have_permission  # noqa: PLC0415
    from lmwire.ruletest.run import run_plan  # noqa: PLC0415

    require_network(plan, file)
    own = have_permission()  # before any thread
    try:
        with build(plan, file.parent) as ground:
            with progress() as bar:
                result = run_plan(plan, file.parent, ground, bar)
            yield NetworkTest(result=result, doors=tuple(_doors(ground, own=own)))
    except NetworkUnavailable as error:
        if own:
            raise NetworkUnavailable(f"{error.missing}; {error.remedy}{_OWN}", "") from error
        raise


def _doors(ground: Playground, *, own: bool) -> Iterator[MachineDoor]:
    """Yield how to enter each machine, also where this process made a user namespace of its own."""
    user = ("-U", "-t", str(os.getpid()), "--preserve-credentials") if own else ()
    for kind, machines in (("client in", ground.clients), ("router", ground.routers), ("server", ground.servers)):
        for name, node in machines.items():
            program, *rest = node.prefix
            yield MachineDoor(kind=kind, name=name, command=shlex.join((program, *user, *rest, "sh")))


def _is_linux() -> bool:
    return sys.platform == "linux"
