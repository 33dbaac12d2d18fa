"""The matrix: every scenario, diagnosed by the command line, leads to its verdict and predicts the real client.

Between two machines each is recorded meanwhile: what the capture tells is what was seen live.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lmwire.diagnosis import SPECS
from lmwire_mockserver.scenario import Scenario, Where, scenarios
from tests.captures.compare import assert_same_evidence, assert_tells
from tests.captures.index import analyzed, row_of
from tests.captures.play import play
from tests.matrix.judging import assert_predicts, assert_verdict
from tests.matrix.playing import diagnose, played

pytestmark = pytest.mark.network

ON_LOOPBACK = [each for each in scenarios() if each.where is Where.LOOPBACK]


def check(scenario: Scenario, document: dict[str, Any], status: int) -> None:
    assert_verdict(document, scenario)
    assert_predicts(document, scenario)
    assert status == (0 if scenario.overall in {"ok", "warning"} else 1)


@pytest.mark.parametrize("scenario", ON_LOOPBACK, ids=lambda scenario: scenario.id)
def test_on_loopback(scenario: Scenario) -> None:
    with played(scenario) as stage:
        check(scenario, *diagnose(stage, scenario.vendor))


@pytest.mark.parametrize("scenario", scenarios(), ids=lambda scenario: scenario.id)
def test_live_is_capture_is_scenario(scenario: Scenario, tmp_path: Path) -> None:
    file = tmp_path / f"{scenario.id}.pcapng"
    live = play(scenario, file)
    check(scenario, live.document, live.status)
    row, found = row_of(scenario, live.license_path), analyzed(file)
    assert_tells(found, scenario, row)
    assert_same_evidence(live.document, found, row)


def test_every_verdict_has_a_scenario() -> None:
    told = {verdict for played in scenarios() for verdict in (played.expected.verdict, *played.expected.each)}
    assert {verdict for verdict, spec in SPECS.items() if not spec.no_scenario_because} == told
