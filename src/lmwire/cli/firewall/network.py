"""The network in which `lmwire firewall test` tries a rule set. What it imports is on Linux only."""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from lmwire.cli.progress import Bar
from lmwire.cli.terminal import emit, fail, look, note, say
from lmwire.netns import Namespace, NetworkUnavailable
from lmwire.report import Format, render
from lmwire.ruletest import Plan, Result, require_network
from lmwire.ruletest.build import Playground, build
from lmwire.ruletest.privilege import have_permission
from lmwire.ruletest.run import run_plan

__all__ = ["in_network"]

_OWN: Final = (
    "; this was tried in a user namespace made for you, which the system may restrict, too "
    "(sysctl kernel.apparmor_restrict_unprivileged_userns)"
)


def in_network(plan: Plan, file: Path, form: Format, output: Path | None, *, keep: bool, looks: int) -> Result:
    """Build the network of a plan, diagnose from every zone, and show the result. Raises LmwireError."""
    require_network(plan, file)
    own = False
    try:
        own = have_permission()  # before any thread
        with build(plan, file.parent) as ground:
            with Bar("Diagnosing from every zone") as bar:
                result = run_plan(plan, file.parent, ground, bar, looks=looks)
            emit(render(result, form, look(output)), output)
            if keep:
                _wait(ground, own=own)
    except NetworkUnavailable as error:
        if own:
            fail(f"{error.sentence}; {error.hint}{_OWN}")
        raise
    return result


def _wait(ground: Playground, *, own: bool) -> None:
    """Tell how to enter each machine, and wait for Enter, Ctrl-C or SIGTERM."""
    note("the network stays until Enter or Ctrl-C; from another terminal, enter")
    user = ("-U", "-t", str(os.getpid()), "--preserve-credentials") if own else ()
    for name, node in _machines(ground):
        program, *rest = node.prefix
        say(f"  {name}: {shlex.join((program, *user, *rest, 'sh'))}")
    with contextlib.suppress(KeyboardInterrupt):
        # At the end of its input, as from a service, only a signal is left.
        if not (sys.stdin and sys.stdin.readline()):
            signal.pause()


def _machines(ground: Playground) -> Iterator[tuple[str, Namespace]]:
    """Yield all machines with what they are. A zone has a client for each of its subnets."""
    for zone, clients in ground.clients_at.items():
        for addresses, node in clients.items():
            which = f" with {' and '.join(addresses)}" if len(clients) > 1 else ""
            yield f"client in {zone}{which}", node
    yield from ((f"router {name}", node) for name, node in ground.routers.items())
    yield from ((f"server {name}", node) for name, node in ground.servers.items())
