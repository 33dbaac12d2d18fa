"""The referee: what an unmodified client reports of each scenario is what the scenario says it reports.

The clients mostly wait, so all scenarios run side by side, once for all tests of this file.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest

from lmwire_mockserver.scenario import Scenario, Where, scenarios
from lmwire_mockserver.server import MockServer
from tests.real_client import VENDOR, RealClientError, run_real_client

SEEN = [played for played in scenarios() if played.where is Where.LOOPBACK and played.client.seen]
AT_ONCE = 12
"""A client's start costs a fifth of a second of processor time; waiting costs nothing."""

pytestmark = pytest.mark.real_client


class Report(msgspec.Struct, frozen=True):
    """What a client came to."""

    code: str
    seconds: float
    said: str


async def report(played: Scenario, gate: asyncio.Semaphore, threads: Executor) -> Report:
    async with gate, MockServer(played, vendors=(VENDOR,)) as mock:
        loop = asyncio.get_running_loop()
        try:
            result = await loop.run_in_executor(threads, run_real_client, mock.license_path)
        except RealClientError as error:
            return Report("none", 0.0, str(error))
        return Report(result.code, result.seconds, result.stderr)


async def report_all() -> dict[str, Report]:
    gate = asyncio.Semaphore(AT_ONCE)
    slowest_first = sorted(SEEN, key=lambda played: -played.client.seconds)
    with ThreadPoolExecutor(AT_ONCE) as threads:
        reports = await asyncio.gather(*(report(played, gate, threads) for played in slowest_first))
    return {played.id: each for played, each in zip(slowest_first, reports, strict=True)}


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Report]:
    """Run every client once, also when several processes share the tests."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    kept: Path = shared / "referee-loopback.json"
    with (shared / "referee-loopback.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            kept.write_bytes(msgspec.json.encode(asyncio.run(report_all())))
        return msgspec.json.decode(kept.read_bytes(), type=dict[str, Report])


@pytest.mark.parametrize("played", SEEN, ids=lambda played: played.id)
def test_the_real_client_reports_what_the_scenario_says(played: Scenario, reports: dict[str, Report]) -> None:
    seen = reports[played.id]
    assert seen.code == played.client.error, seen.said
    # Never sooner: what the user waits for is part of the failure. Later only tells of a busy machine.
    assert seen.seconds > played.client.seconds - 1.0
