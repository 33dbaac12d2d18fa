"""What a scenario says of its diagnosis, and whether a diagnosis agrees: live, or from a capture."""

from __future__ import annotations

from typing import Any, Final

import pytest

from lmwire_mockserver.scenario import Scenario
from tests.referee.measured import load

__all__ = ["assert_predicts", "assert_verdict", "best", "severity"]

NO_ERROR: Final = "-5,414"
"""What the real client reports when the network is fine: the mock has no feature to serve."""


def severity(scenario: Scenario) -> str:
    """Return the severity of the verdict: ok, warning or critical.

    That nothing is known is what the whole comes to.
    """
    return "critical" if scenario.expected.severity == "inconclusive" else scenario.expected.severity


def best(diagnoses: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the diagnosis that an application would end with: the first that serves, else the first."""
    return next((one for one in diagnoses if one["verdict"]["severity"] != "critical"), diagnoses[0])


def assert_verdict(document: dict[str, Any], scenario: Scenario) -> None:
    """Fail unless each verdict, its severity and what it all comes to are the scenario's."""
    diagnoses = document["diagnoses"]
    if scenario.expected.each:
        assert tuple(one["verdict"]["id"] for one in diagnoses) == scenario.expected.each
    else:
        found = best(diagnoses)["verdict"]
        assert (found["id"], found["severity"]) == (scenario.expected.verdict, severity(scenario)), document
    assert document["overall"] == scenario.overall


def assert_predicts(document: dict[str, Any], scenario: Scenario) -> None:
    """Fail unless it says of an 11.19 client what that was measured to report, and when."""
    if not scenario.client.seen:
        return
    prediction = _predicted(document["application_shows"] or best(document["diagnoses"])["application_shows"])
    assert prediction is not None, "nothing is predicted of what the real client was measured to report"
    code, seconds = prediction
    # The harness removes the brackets, which Linux clients do not understand; lmwire predicts for the path as it is.
    bracketed = "[" in document["diagnoses"][0]["target"]
    assert code == ("-96,7" if bracketed else scenario.client.error)
    assert seconds == pytest.approx(scenario.client.seconds, rel=0.25, abs=3.0)
    _assert_predicts_each(document, scenario)


def _assert_predicts_each(document: dict[str, Any], scenario: Scenario) -> None:
    """Fail unless it says of each of the six clients what that was measured to report, and when."""
    shows = document["application_shows"] or best(document["diagnoses"])["application_shows"]
    rows = [row for row in load() if row.scenario == scenario.id and row.after_seconds is not None]
    for row in rows if "[" not in document["diagnoses"][0]["target"] else ():
        mine = [one for one in shows if one["system"] == row.system.value and row.generation in one["generations"]]
        assert len(mine) == 1, f"{row.client}: {len(mine)} predictions"
        served = row.code is not None and row.code.startswith("-5,")
        assert mine[0]["code"] == (None if served else row.code), row.client
        assert mine[0]["after_seconds"] == pytest.approx(row.after_seconds, rel=0.25, abs=3.0), row.client


def _predicted(shows: list[dict[str, Any]]) -> tuple[str, float] | None:
    """Return what is predicted of the newest client on Linux."""
    for shown in shows:
        newest = shown["system"] == "linux" and "11.19" in shown["generations"]
        if newest and shown["after_seconds"] is not None:
            return shown["code"] or NO_ERROR, shown["after_seconds"]
    return None
