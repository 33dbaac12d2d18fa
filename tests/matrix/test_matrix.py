"""The matrix: every scenario, diagnosed by the command line, leads to its verdict and predicts the real client."""

from __future__ import annotations

from typing import Any

import pytest

from lmwire.diagnosis import CATALOGUE
from mockserver.scenario import Scenario, scenarios
from tests.matrix.playing import diagnose, played

pytestmark = pytest.mark.network

NO_ERROR = "-5,414"
"""What the real client reports when the network is fine: the mock has no feature to serve."""


def predicted(diagnosis: dict[str, Any]) -> tuple[str, float] | None:
    """Return the code and the delay that a diagnosis says an 11.19 client reports; None when it says nothing."""
    for shown in diagnosis["application_shows"]:
        if shown["basis"] == "measured" and shown["after_seconds"] is not None:
            return shown["code"] or NO_ERROR, shown["after_seconds"]
    return None


def best(diagnoses: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the diagnosis that an application would end with: the first that serves, else the first."""
    return next((one for one in diagnoses if one["verdict"]["severity"] != "critical"), diagnoses[0])


@pytest.mark.parametrize("scenario", scenarios(), ids=lambda scenario: scenario.id)
def test_scenario(scenario: Scenario) -> None:
    with played(scenario) as stage:
        document, status = diagnose(stage, scenario.vendor)
    diagnoses = document["diagnoses"]
    if scenario.expected.each:
        assert tuple(one["verdict"]["id"] for one in diagnoses) == scenario.expected.each
    else:
        found = best(diagnoses)["verdict"]
        assert (found["id"], found["severity"]) == (scenario.expected.verdict, _severity(scenario)), document
    assert document["overall"] == scenario.overall
    assert status == (0 if scenario.overall in {"ok", "warning"} else 1)
    if scenario.client.seen:
        prediction = predicted(best(diagnoses))
        assert prediction is not None, "nothing is predicted of what the real client was measured to report"
        code, seconds = prediction
        assert code == scenario.client.error
        assert seconds == pytest.approx(scenario.client.seconds, rel=0.25, abs=3.0)


def _severity(scenario: Scenario) -> str:
    # A verdict is ok, warning or critical; that nothing is known is what the whole comes to.
    return "critical" if scenario.expected.severity == "inconclusive" else scenario.expected.severity


def test_every_verdict_has_a_scenario() -> None:
    told = {verdict for played in scenarios() for verdict in (played.expected.verdict, *played.expected.each)}
    assert set(CATALOGUE) == told
