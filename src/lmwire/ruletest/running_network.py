"""A plan's network while it runs: the diagnoses from every zone, and how to enter each machine. On Linux only."""

from __future__ import annotations

import contextlib
import os
import shlex
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final

from lmwire.netns import Namespace, NetworkUnavailable
from lmwire.ruletest.build import Playground, build
from lmwire.ruletest.documents import MachineDoor, NetworkTest
from lmwire.ruletest.plan import Plan
from lmwire.ruletest.privilege import have_permission
from lmwire.ruletest.run import Progress, run_plan

__all__ = ["running_network"]

_OWN: Final = (
    "; this was tried in a user namespace made for you, which the system may restrict, too "
    "(sysctl kernel.apparmor_restrict_unprivileged_userns)"
)


@contextlib.contextmanager
def running_network(
    plan: Plan, file: Path, progress: Callable[[], AbstractContextManager[Progress]], *, looks: int
) -> Iterator[NetworkTest]:
    """Build the network of the plan in `file`, and diagnose; see `lmwire.ruletest.commands.network_test`."""
    own = have_permission()  # before any thread
    try:
        with build(plan, file.parent) as ground:
            with progress() as bar:
                result = run_plan(plan, file.parent, ground, bar, looks=looks)
            yield NetworkTest(result=result, doors=tuple(_doors(ground, own=own)))
    except NetworkUnavailable as error:
        if own:
            raise NetworkUnavailable(f"{error.missing}; {error.remedy}{_OWN}", "") from error
        raise


def _doors(ground: Playground, *, own: bool) -> Iterator[MachineDoor]:
    """Yield how to enter each machine, also where this process made a user namespace of its own."""
    user = ("-U", "-t", str(os.getpid()), "--preserve-credentials") if own else ()
    for kind, name, node in _machines(ground):
        program, *rest = node.prefix
        yield MachineDoor(kind=kind, name=name, command=shlex.join((program, *user, *rest, "sh")))


def _machines(ground: Playground) -> Iterator[tuple[str, str, Namespace]]:
    """Yield the kind and the name of each machine. A zone has a client for each of its subnets."""
    for zone, clients in ground.clients_at.items():
        for addresses, node in clients.items():
            which = f" with {' and '.join(addresses)}" if len(clients) > 1 else ""
            yield "client in", f"{zone}{which}", node
    yield from (("router", name, node) for name, node in ground.routers.items())
    yield from (("server", name, node) for name, node in ground.servers.items())
