"""All scenarios of the mock, by where they can be played."""

from __future__ import annotations

from lmwire.workflows.documents import Playable, ScenarioList
from lmwire_mockserver.scenario import Listen, Scenario, Where, scenario, scenarios

__all__ = ["list_scenarios", "missing_surroundings"]


def list_scenarios() -> ScenarioList:
    """Return all scenarios."""
    found = tuple(scenarios())
    return ScenarioList(
        {place: tuple((each.id, each.title) for each in found if _playable(each) is place) for place in Playable}
    )


def missing_surroundings(scenario_id: str, lmgrd_port: int, vendor_port: int) -> list[str]:
    """Return notes on what a scenario needs beside its servers: a firewall, names or fixed ports; mostly nothing."""
    played = scenario(scenario_id)
    if played.where is not Where.NETWORK:
        return []
    rules = (*played.network.server_rules, *played.network.client_rules, *played.network.client_policy)
    ports = {"lmgrd_port": lmgrd_port, "vendor_port": vendor_port}
    needed = [*(f"the rule `{rule.format_map(ports)}`" for rule in rules), "the names and ports of its file"]
    return [
        f"{played.id} is a failure of the network ({played.title}); the servers alone do not show it",
        f"it needs {'; '.join(needed)}: see docs/scenarios.md",
    ]


def _playable(found: Scenario) -> Playable:
    if found.where is Where.NETWORK:
        return Playable.NETWORK
    filtered = any(daemon.listen is Listen.FILTERED for daemon in (*found.lmgrds, *found.vendors))
    return Playable.LINUX if filtered else Playable.ANYWHERE
