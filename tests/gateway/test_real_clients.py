"""Unmodified clients report the same through a gateway as without it, but for what TCP cannot pass on."""

from __future__ import annotations

import pytest

from lmwire.gateway.changes import CHANGES
from lmwire.gateway.plan import Mode
from tests.gateway.through import expected, report_through, rows
from tests.referee.clients import CLIENTS, NEWEST, Client, System
from tests.referee.measured import Row

pytestmark = pytest.mark.real_client

AT_ONCE = 1.0


def prompt(client: Client) -> list[Row]:
    """Return what a client reports within a second, also through a gateway; `python -m tests.gateway` runs all."""
    return [
        row
        for row in rows(client)
        if row.call_seconds is not None and row.call_seconds <= AT_ONCE and row.code is not None
    ]


def cases() -> list[object]:
    """Return the newest client in both modes, and the older ones in the default mode."""
    found = []
    for client in CLIENTS:
        modes = tuple(Mode) if client == NEWEST else (Mode.ONE_PORT,)
        if client.system is System.LINUX:
            found += [
                pytest.param(client, row, mode, id=f"{row.scenario}-{client}-{mode.value}")
                for mode in modes
                for row in prompt(client)
            ]
    return found


@pytest.mark.parametrize(("client", "row", "mode"), cases())
def test_a_client_reports_the_same_through_a_gateway(client: Client, row: Row, mode: Mode) -> None:
    assert report_through(client, row.scenario, mode) == expected(row, client.system, mode)


def test_only_what_fails_without_a_gateway_is_reported_otherwise_with_it() -> None:
    known = {row.scenario: row.code for row in rows(NEWEST)}
    changed = [name for change in CHANGES for name in change.scenarios]
    assert set(changed) <= set(known)
    assert len(changed) == len(set(changed))
    assert not [name for name in changed if known[name] == "-5,414"], "a license that can be had, can be had"
