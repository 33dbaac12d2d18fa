"""A network for tests, built from a plan of `lmwire firewall test`: zones, routers with rules, license servers."""

from __future__ import annotations

import contextlib
import types
from pathlib import Path
from typing import Self

from lmwire.diagnosis import Diagnosis, worst_of
from lmwire.netns import Namespace
from lmwire.report import Format, Look, render
from lmwire.ruletest import Plan, Result, parse_plan, read_plan, require_network
from lmwire.ruletest.build import Playground, build
from lmwire.ruletest.run import run_plan
from lmwire.ruletest.zone_diagnosis import WAITS, walk_one

__all__ = ["LicenseNetwork"]


class LicenseNetwork:
    """The network of a plan, between entry and exit of a `with` block. Needs root on Linux, or `unshare -Ur`.

        with LicenseNetwork(Path("plan.toml")) as network:
            assert network.diagnose("office", "licsrv").verdict.id == "healthy"
            network.assert_as_expected()

    Args:
        plan: a plan's file, or its text, which has several lines.
        folder: what the rule files of a text are relative to; those of a file are relative to the file.

    Raises:
        PlanError: the plan, or a rule file of it, cannot be used.
        NetworkUnavailable: on entry; there are no network namespaces to be had here.
    """

    def __init__(self, plan: Path | str, *, folder: Path | None = None) -> None:
        if isinstance(plan, str) and "\n" not in plan:
            plan = Path(plan)
        file = plan if isinstance(plan, Path) else (folder or Path()) / "plan"
        self.plan: Plan = read_plan(plan) if isinstance(plan, Path) else parse_plan(plan)
        require_network(self.plan, file)
        self._folder = file.parent
        self._stack = contextlib.ExitStack()
        self._ground: Playground | None = None

    def __enter__(self) -> Self:
        self._ground = self._stack.enter_context(build(self.plan, self._folder))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: types.TracebackType | None
    ) -> None:
        self._ground = None
        self._stack.__exit__(kind, error, trace)

    @property
    def _playground(self) -> Playground:
        if self._ground is None:
            raise RuntimeError("the network is not there: enter it with `with` first")
        return self._ground

    def client(self, zone: str) -> Namespace:
        """Return the client in a zone: `run` and `popen` start programs there, `call` runs a function there."""
        return self._playground.clients[zone]

    def router(self, name: str) -> Namespace:
        """Return a router; `nft` loads more rules there."""
        return self._playground.routers[name]

    def server(self, name: str) -> Namespace:
        """Return the machine of a license server."""
        return self._playground.servers[name]

    def target(self, zone: str, server: str) -> str:
        """Return what an application in that zone has in LM_LICENSE_FILE."""
        return self.plan.server(server).target_in(zone)

    def diagnose(self, zone: str, server: str) -> Diagnosis:
        """Walk from a zone to a server; return the diagnosis, of several vendor daemons the worst. Blocks."""
        aim = self.plan.aim(zone, server)
        worst = worst_of(walk_one(self.client(zone), aim, WAITS))
        if worst is None:
            raise RuntimeError(f"{server} has no vendor daemon")  # no plan is read that has such a server
        return worst

    def check(self) -> Result:
        """Diagnose from every zone, and hold the verdicts against the plan's; see `lmwire.ruletest.Result`."""
        return run_plan(self.plan, self._folder, self._playground, changed=True)

    def assert_as_expected(self) -> Result:
        """Do as `check`; raise AssertionError, with matrix, causes and rules, where the plan expects otherwise."""
        result = self.check()
        if not result.agrees:
            raise AssertionError(f"not as the plan expects:\n{render(result, Format.TEXT, Look())}")
        return result
