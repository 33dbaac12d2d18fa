"""A scenario played where it can be, and what diagnoses or asks it there."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lmwire_mockserver.scenario import Scenario, Where
from lmwire_mockserver.scenario_network import ScenarioNetwork
from lmwire_mockserver.server import AsyncMockServer
from lmwire_mockserver.threaded import ThreadedMock
from tests.referee.processes import Popen, start_here

__all__ = ["Played", "diagnose", "played"]


@dataclass(frozen=True)
class Played:
    """A running scenario.

    Attributes:
        license_path: what an application has to be told.
        popen: starts a process on the client's machine.
    """

    license_path: str
    popen: Popen


@contextlib.contextmanager
def played(scenario: Scenario, *, vendors: tuple[str, ...] = ()) -> Iterator[Played]:
    """Play `scenario` on loopback when that is enough, else between two network namespaces."""
    if scenario.where is Where.NETWORK:
        with ScenarioNetwork(scenario, vendors=vendors) as stage:
            yield Played(stage.license_path, stage.client.popen)
        return
    mock = AsyncMockServer(scenario, vendors=vendors)
    with ThreadedMock(mock):
        yield Played(mock.license_path, start_here)


def diagnose(stage: Played, vendor: str, env: Mapping[str, str] | None = None) -> tuple[dict[str, Any], int]:
    """Run `lmwire diagnose --format json` there as anybody would; return the document and the exit status."""
    command = [sys.executable, "-m", "lmwire", "diagnose", stage.license_path, "--format", "json"]
    command += ["--vendor", vendor] if vendor else []
    process = stage.popen(
        command,
        cwd=os.fspath("."),
        env=dict(os.environ if env is None else env),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    out, err = process.communicate(timeout=90)
    if err:
        raise AssertionError(f"lmwire said on stderr: {err}")
    document: dict[str, Any] = json.loads(out)
    return document, process.returncode
