"""The referee between namespaces: what only a firewall, a router or DNS can do, as the real client reports it."""

from __future__ import annotations

import fcntl
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest

from lmwire_mockserver.scenario import Scenario, Where, scenarios
from tests.matrix.playing import played
from tests.real_client import VENDOR, RealClientError, run_real_client

pytestmark = [pytest.mark.network, pytest.mark.real_client]

SEEN = [each for each in scenarios() if each.where is Where.NETWORK and each.client.seen]
AT_ONCE = 10


def report(scenario: Scenario) -> tuple[str, float, str]:
    try:
        with played(scenario, vendors=(VENDOR,)) as stage:
            result = run_real_client(stage.license_path, popen=stage.popen)
    except RealClientError as error:
        return "none", 0.0, str(error)
    return result.code, result.seconds, result.stderr


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[str, float, str]]:
    """Run every client once, side by side, also when several processes share the tests."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    kept: Path = shared / "referee-network.json"
    with (shared / "referee-network.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            slowest_first = sorted(SEEN, key=lambda each: -each.client.seconds)
            with ThreadPoolExecutor(AT_ONCE) as threads:
                found = dict(zip([each.id for each in slowest_first], threads.map(report, slowest_first), strict=True))
            kept.write_bytes(msgspec.json.encode(found))
        return msgspec.json.decode(kept.read_bytes(), type=dict[str, tuple[str, float, str]])


@pytest.mark.parametrize("scenario", SEEN, ids=lambda scenario: scenario.id)
def test_the_real_client_reports_what_the_scenario_says(
    scenario: Scenario, reports: dict[str, tuple[str, float, str]]
) -> None:
    code, seconds, said = reports[scenario.id]
    assert code == scenario.client.error, said
    assert seconds > scenario.client.seconds - 1.0
