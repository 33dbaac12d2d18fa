"""A scenario between two namespaces, diagnosed there by the command line, and recorded on the client meanwhile."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from lmwire_mockserver.scenario import Scenario
from lmwire_mockserver.scenario_network import ScenarioNetwork
from tests.captures.recorder import recorded
from tests.matrix.playing import Played, diagnose

__all__ = ["HOST", "USER", "Diagnosed", "play"]

USER: Final = "user"
HOST: Final = "client"
"""Who says hello in a recording: the namespace's host name, and a user that is nobody."""

_INTERFACES: Final = ("server", "lo")
"""The client's: the link, called after the machine across; and loopback, where its own ICMP errors are, too."""


@dataclass(frozen=True)
class Diagnosed:
    """What was diagnosed by which license path, as JSON, and the exit status."""

    license_path: str
    document: dict[str, Any]
    status: int


def play(scenario: Scenario, file: Path) -> Diagnosed:
    """Record `scenario` to `file` while it is diagnosed.

    Raises:
        NetworkUnavailable: the system makes no network namespaces, or a program is missing.
        RecorderError: it could not be recorded.
    """
    env = {**os.environ, "LOGNAME": USER}
    with ScenarioNetwork(scenario) as stage, recorded(stage.client, _INTERFACES, file):
        found = diagnose(Played(stage.license_path, stage.client.popen), scenario.vendor, env)
        return Diagnosed(stage.license_path, *found)
