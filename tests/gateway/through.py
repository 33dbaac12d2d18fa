"""What unmodified clients report through a gateway, held against what they report without it.

The report is the same in every scenario, but for what TCP cannot pass on, see `CHANGES`: the client has a connection to
the gateway already when the server's connect fails.
"""

from __future__ import annotations

import contextlib
import multiprocessing
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from typing import Final

from lmwire.gateway.plan import GatewayPlan, GatewayServer, Mode
from lmwire.licensepath import parse_path
from lmwire_mockserver.scenario import Where, scenario
from tests.gateway.running import running
from tests.matrix.playing import played
from tests.referee.clients import VENDOR, Client, System
from tests.referee.errors import NoReportError
from tests.referee.measured import Row, load
from tests.referee.running import run_client

__all__ = ["CHANGES", "Run", "expected", "report_through", "rows", "run_all"]

_RESET: Final = {System.LINUX: "-16,10009", System.WINDOWS: "-7,10015"}
_SILENT: Final = {System.LINUX: "-16,287", System.WINDOWS: "-16,287"}
_CUT: Final = {System.LINUX: "-16,10010", System.WINDOWS: "-16,10010"}

CHANGES: Final[Mapping[str, Mapping[System, str]]] = {
    "lmgrd-refused": _RESET,
    "vendor-refused": _RESET,
    "name-unresolvable": _RESET,
    "referral-port-zero": _RESET,
    "referral-port-out-of-range": _RESET,
    "referral-unresolvable-and-refused": _RESET,
    "lmgrd-filtered": _SILENT,
    "vendor-filtered": _SILENT,
    "referral-unresolvable-and-filtered": _SILENT,
}
"""Scenario → code that a client reports through a gateway, by system, where it differs. Refused is a reset, and a name
that does not resolve is one; filtered is silence."""

CHANGES_ONE_PORT: Final[Mapping[str, Mapping[System, str]]] = {"vendor-reply-truncated": _CUT}
"""The same in the mode "one-port": for the client, the vendor daemon is its lmgrd."""


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
    changes = CHANGES | CHANGES_ONE_PORT if mode is Mode.ONE_PORT else CHANGES  # type: ignore[operator] # both are dicts
    found: Mapping[System, str] | None = changes.get(row.scenario)
    return row.code if found is None else found[system]


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
