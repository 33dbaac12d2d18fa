from __future__ import annotations

import pytest

from lmwire_mockserver.scenario import scenario
from lmwire_mockserver.scenario_network import ScenarioNetwork

SECONDS = 120.0


@pytest.mark.nmap
@pytest.mark.network
def test_nmap_names_the_mock() -> None:
    # On port 27000, hence in a namespace: on any other, nmap tries a dozen probes before the one that lmgrd answers.
    with ScenarioNetwork(scenario("healthy")) as stage:
        command = ["nmap", "-sV", "-Pn", "-n", "-p", str(stage.server_mock.lmgrd_port), "127.0.0.1"]
        said = stage.server.run(command, timeout=SECONDS)
    assert "27000/tcp open  flexlm  FlexLM license manager" in said.stdout, said
