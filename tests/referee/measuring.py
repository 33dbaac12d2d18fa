"""Plays scenarios for clients, many at a time: a run mostly waits."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from typing import Final

import msgspec

from lmwire_mockserver.scenario import Scenario, scenario
from tests.matrix.playing import played
from tests.referee.clients import VENDOR, Client
from tests.referee.errors import NoReportError, RefereeError
from tests.referee.measured import Row
from tests.referee.running import PATIENCE, run_client

__all__ = ["JOBS", "measure", "measure_all"]

JOBS: Final = 24
"""At a time: a run takes a fifth of a second of a processor, under Wine one second, and waits for up to a minute."""


def measure(client: Client, failure: Scenario, patience: float = PATIENCE) -> Row:
    """Play a scenario on loopback, or between namespaces where it needs them, and return what the client reports.

    Raises:
        RefereeError: the client could not run.
        NetworkUnavailable: the scenario needs namespaces, and there are none to be had.
    """
    silent = Row(scenario=failure.id, generation=client.generation, system=client.system, where=failure.where)
    with played(failure, vendors=(VENDOR,)) as stage:
        try:
            report = run_client(client, stage.license_path, popen=stage.popen, patience=patience)
        except NoReportError:
            return silent
    return msgspec.structs.replace(
        silent,
        code=report.first.code,
        system_error=report.first.system_error,
        after_seconds=round(report.first_seconds, 1),
        call_seconds=None if report.call_seconds is None else round(report.call_seconds, 1),
        codes=tuple(error.code for error in report.errors),
    )


def measure_all(runs: Iterable[tuple[Client, str]], jobs: int = JOBS) -> Iterator[Row | RefereeError]:
    """Yield the row of each client and scenario as it is there, or why its client could not run.

    Each run has a process of its own.
    """
    # A server process that forks: cheap, and safe where this process has threads already.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    with ProcessPoolExecutor(jobs, context) as pool:
        try:
            waiting = [pool.submit(_measure, client, name) for client, name in runs]
            yield from (future.result() for future in as_completed(waiting))
        finally:
            pool.shutdown(cancel_futures=True)


def _measure(client: Client, name: str) -> Row | RefereeError:
    try:
        return measure(client, scenario(name))
    except RefereeError as error:
        return RefereeError(f"{name}: {error}")
