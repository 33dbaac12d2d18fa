"""The machine that measures: who, where and when, or nobody."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import lmwire
from lmwire.diagnosis.model import Client
from lmwire.version import __version__
from lmwire.workflows.client_side import client_of
from lmwire_mockserver.server import AsyncMockServer
from lmwire_mockserver.threaded import ThreadedMock
from tests.report.samples import CLIENT, WALKS, report

_BEGAN = datetime(2026, 3, 9, 8, 5, 7, tzinfo=UTC)


def _measured(*, anonymous: bool) -> Client:
    with ThreadedMock(AsyncMockServer()) as server:
        found = lmwire.diagnose(server.mock.target, anonymous=anonymous)
    assert found.client is not None
    return found.client


def test_a_diagnosis_says_when_and_from_where() -> None:
    before = datetime.now(UTC)
    client = _measured(anonymous=False)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", client.measured)
    assert abs(datetime.fromisoformat(client.measured) - before) < timedelta(minutes=1)
    assert client.addresses == ("127.0.0.1",)
    assert client.host
    assert client.version == __version__


def test_an_anonymous_one_names_nobody() -> None:
    client = _measured(anonymous=True)
    assert (client.user, client.host) == ("", "")
    assert client.measured


def test_addresses_are_those_that_connected_each_once() -> None:
    diagnoses = report(WALKS["healthy"], WALKS["vendor-filtered"]).diagnoses
    client = client_of(diagnoses, _BEGAN)
    assert client.addresses == (CLIENT,)
    assert client.measured == "2026-03-09T08:05:07Z"
