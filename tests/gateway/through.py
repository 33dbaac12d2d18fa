"""What unmodified clients report through a gateway, held against what they report without it.

The report is the same in every scenario, but for what TCP cannot pass on: `lmwire.gateway.changes`.
"""

from __future__ import annotations

import contextlib
import multiprocessing
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass

from lmwire.gateway.changes import CHANGES
from lmwire.gateway.plan import GatewayPlan, GatewayServer, Mode
from lmwire.licensepath import parse_path
from lmwire_mockserver.scenario import Where, scenario
from tests.gateway.running import running
from tests.matrix.playing import played
from tests.referee.clients import VENDOR, Client, System
from tests.referee.errors import NoReportError
from tests.referee.measured import Row, load
from tests.referee.running import run_client

__all__ = ["Run", "expected", "report_through", "rows", "run_all"]


@dataclass(frozen=True, slots=True)
class Run:
    """A client, a scenario and a mode; what was reported, and what should be. None: the client reports nothing."""

    client: Client
    scenario: str
    mode: Mode
    expected: str | None
    reported: str | None = None

    def __str__(self) -> str:
        return (
            f"{self.scenario}, {self.client}, {self.mode.value}: {self.reported or 'nothing'}"
            f" (expected {self.expected or 'nothing'})"
        )


def rows(client: Client) -> list[Row]:
    """Return what was measured of the client without a gateway, on loopback."""
    return [row for row in load() if row.client == client.id and row.where is Where.LOOPBACK]


def expected(row: Row, system: System, mode: Mode) -> str | None:
    """Return the code that a client should report through a gateway."""
    for change in CHANGES:
        if row.scenario in change.scenarios and mode in change.modes:
            return change.codes[system.value]
    return row.code


def report_through(client: Client, name: str, mode: Mode) -> str | None:
    """Play a scenario behind gateways, one for each entry of its license path; return the code that is reported."""
    with played(scenario(name), vendors=(VENDOR,)) as stage, contextlib.ExitStack() as stack:
        entries = []
        for target in parse_path(stage.license_path).targets:
            server = GatewayServer(server=target.text, listen="127.0.0.1:0", mode=mode)
            gateway = stack.enter_context(running(GatewayPlan(servers=(server,))))
            entries.append(",".join(f"{port}@127.0.0.1" for port in gateway.ports))
        try:
            report = run_client(client, ":".join(entries), popen=stage.popen, only_first=True)
        except NoReportError:
            return None
    return report.first.code


def run_all(runs: Iterable[Run], jobs: int) -> Iterator[Run]:
    """Yield each run with what was reported, as it is there. Each has a process of its own."""
    with ProcessPoolExecutor(jobs, multiprocessing.get_context("forkserver")) as pool:
        waiting = [pool.submit(_run, run) for run in runs]
        yield from (future.result() for future in as_completed(waiting))


def _run(run: Run) -> Run:
    reported = report_through(run.client, run.scenario, run.mode)
    return Run(run.client, run.scenario, run.mode, run.expected, reported)
