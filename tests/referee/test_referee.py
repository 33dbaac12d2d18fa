"""Each Linux client reports of each scenario what measured.jsonl says.

What comes at once is played for every client. What makes the user wait is played for the newest client; of the others'
waits, six are drawn each day. The Windows clients run by `python -m tests.referee --check`, where Wine is installed.
"""

from __future__ import annotations

import fcntl
import os
import random
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from lmwire_mockserver.scenario import Where, scenario
from tests.referee.clients import NEWEST, System, client
from tests.referee.errors import RefereeError
from tests.referee.measured import Row, differences, load
from tests.referee.measuring import measure, measure_all

pytestmark = pytest.mark.real_client

AT_ONCE = 1.0
"""Seconds up to which a test runs its client itself; all that take longer run side by side."""
DRAWN = 3
"""How many waits are drawn on loopback, and as many between namespaces."""
SECONDS = 61.0
"""The longest call that is drawn: it adds no time to the newest client's waits, which run beside."""

LINUX = [row for row in load() if row.system is System.LINUX]
PROMPT = [row for row in LINUX if row.call_seconds is not None and row.call_seconds <= AT_ONCE]
WAITING = [row for row in LINUX if row not in PROMPT and row.call_seconds is not None and row.call_seconds <= SECONDS]


def cases(rows: list[Row]) -> list[object]:
    """Return the rows as parameters; those between namespaces need root."""
    return [
        pytest.param(row, id=f"{row.scenario}-{row.client}", marks=[pytest.mark.network] * (row.where is Where.NETWORK))
        for row in rows
    ]


@pytest.mark.parametrize("row", cases(PROMPT))
def test_a_client_reports_at_once_what_was_measured(row: Row) -> None:
    assert differences(row, measure(client(row.client), scenario(row.scenario))) == ()


def drawn(where: Where) -> list[Row]:
    """Return a few waits of the older clients: others each day, the same all day."""
    waiting = [row for row in WAITING if row.where is where and row.client != NEWEST.id]
    day = datetime.now(UTC).date().toordinal()
    return random.Random(f"{where.value} {day}").sample(waiting, DRAWN)  # noqa: S311 - a draw, not a secret


def waits(where: Where) -> list[Row]:
    """Return all that is played side by side: the draw comes first."""
    return drawn(where) + [row for row in WAITING if row.where is where and row.client == NEWEST.id]


class Wait(msgspec.Struct, frozen=True):
    """What was measured before, and what is measured now."""

    before: Row
    now: Row


@pytest.fixture(scope="module")
def waited(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Where], list[Wait]]:
    """Run all that waits once, side by side, also when several processes share the tests."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base

    def results(where: Where) -> list[Wait]:
        kept: Path = shared / f"referee-{where.value}.json"
        with kept.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not kept.exists():
                kept.write_bytes(msgspec.json.encode(play(waits(where))))
            return msgspec.json.decode(kept.read_bytes(), type=list[Wait])

    return results


def play(rows: list[Row]) -> list[Wait]:
    runs = [(client(row.client), row.scenario) for row in rows]
    now = {}
    for result in measure_all(runs, len(runs)):
        if isinstance(result, RefereeError):
            raise result
        now[result.scenario, result.client] = result
    return [Wait(row, now[row.scenario, row.client]) for row in rows]


@pytest.mark.parametrize("row", cases([row for row in WAITING if row.client == NEWEST.id]))
def test_the_newest_client_reports_after_a_wait_what_was_measured(
    row: Row, waited: Callable[[Where], list[Wait]]
) -> None:
    [now] = [each.now for each in waited(row.where) if each.before == row]
    assert differences(row, now) == ()
    # Never sooner: what the user waits for is part of the failure. Later only tells of a busy machine.
    assert now.call_seconds is not None
    assert row.call_seconds is not None
    assert now.call_seconds > row.call_seconds - 1.0


@pytest.mark.parametrize("slot", range(DRAWN))
@pytest.mark.parametrize("where", [Where.LOOPBACK, pytest.param(Where.NETWORK, marks=pytest.mark.network)])
def test_a_drawn_wait_of_an_older_client_is_as_measured(
    where: Where, slot: int, waited: Callable[[Where], list[Wait]]
) -> None:
    wait = waited(where)[slot]
    assert differences(wait.before, wait.now) == (), f"{wait.before.scenario}, {wait.before.client}"
