"""All scenarios of the mock, by where they can be played."""

from __future__ import annotations

from lmwire.workflows.documents import Playable, ScenarioList
from lmwire_mockserver.scenario import Listen, Scenario, Where, scenarios

__all__ = ["list_scenarios"]


def list_scenarios() -> ScenarioList:
    """Return all scenarios."""
    found = tuple(scenarios())
    return ScenarioList(
        {place: tuple((each.id, each.title) for each in found if _playable(each) is place) for place in Playable}
    )


def _playable(found: Scenario) -> Playable:
    if found.where is Where.NETWORK:
        return Playable.NETWORK
    filtered = any(daemon.listen is Listen.FILTERED for daemon in (*found.lmgrds, *found.vendors))
    return Playable.LINUX if filtered else Playable.ANYWHERE
