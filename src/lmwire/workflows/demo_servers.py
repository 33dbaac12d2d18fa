"""Three license servers on loopback, and what a diagnosis says of each: what `lmwire demo` shows."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from lmwire.diagnosis import Diagnosis, Report, diagnose, overall_of
from lmwire.errors import LmwireError
from lmwire.evidence import NameFault, Resolution, Via, is_address
from lmwire.licensepath import parse_path
from lmwire.probe import Resolver, Settings, Walk, this_machine, walk
from lmwire.workflows.documents import Demo, DemoScene
from lmwire.workflows.event_loop import run_blocking
from lmwire.workflows.progress import Progress, no_progress
from lmwire_mockserver import listeners
from lmwire_mockserver.errors import MockError
from lmwire_mockserver.scenario import Scenario, scenario
from lmwire_mockserver.server import AsyncMockServer

__all__ = ["FILTERED", "REFUSED", "play_demo", "scenes"]

_INSTEAD: Final = "await asyncio.to_thread(play_demo)"

_HEALTHY: Final = DemoScene(
    "healthy", "First, a healthy server: lmgrd refers to the vendor daemon, and the vendor daemon answers."
)
FILTERED: Final = (
    _HEALTHY,
    DemoScene(
        "vendor-filtered",
        "Second, a firewall in front of the vendor daemon: telnet to lmgrd's port works, the application hangs.",
    ),
    DemoScene(
        "referral-unresolvable-and-filtered",
        "Third, a referral to a host whose name does not resolve here, with the vendor daemon's port filtered as well. "
        "The name is part of the play: lmwire asks no name server.",
    ),
)
"""What is played where filtered ports can be."""

REFUSED: Final = (
    _HEALTHY,
    DemoScene(
        "vendor-refused",
        "Second, a vendor daemon's port on which nothing listens: telnet to lmgrd's port works, the application does "
        "not. (A firewall that drops would be played here; this system cannot, Linux can.)",
    ),
    DemoScene(
        "referral-unresolvable-and-refused",
        "Third, a referral to a host whose name does not resolve here, with the vendor daemon's port closed as well. "
        "The name is part of the play: lmwire asks no name server.",
    ),
)
"""What is played elsewhere."""


def play_demo(on_progress: Progress = no_progress) -> Demo:
    """Play a healthy server and two broken ones on this machine, and diagnose them. Takes seconds.

    Args:
        on_progress: called with servers diagnosed and servers in all.

    Raises:
        LmwireError: this machine cannot play them, or an event loop runs in this thread.
    """
    shown = scenes()
    try:
        diagnoses = run_blocking("play_demo", _INSTEAD, lambda: _diagnoses(shown, on_progress))
    except MockError as error:
        raise LmwireError(f"the demo cannot be played on this machine: {error.message}", error.hint) from error
    report = Report(overall=overall_of(diagnoses), path_from="demo", diagnoses=tuple(diagnoses))
    wrong = (
        f"{scene.scenario} was played, {diagnosis.verdict.id} diagnosed"
        for scene, diagnosis in zip(shown, diagnoses, strict=True)
        if diagnosis.verdict.id != scenario(scene.scenario).expected.verdict
    )
    return Demo(scenes=shown, report=report, wrong=tuple(wrong))


def scenes() -> tuple[DemoScene, ...]:
    """Return what this system can play."""
    return FILTERED if listeners.CAN_FILTER else REFUSED


async def _diagnoses(shown: Sequence[DemoScene], on_progress: Progress) -> list[Diagnosis]:
    on_progress(0, len(shown))
    done = 0

    async def play(scene: DemoScene) -> Diagnosis:
        nonlocal done
        diagnosis = await _diagnosis(scenario(scene.scenario))
        done += 1
        on_progress(done, len(shown))
        return diagnosis

    return list(await asyncio.gather(*map(play, shown)))


class _NoNames(Resolver):
    """Knows addresses only, so that the demo needs no name server and depends on none."""

    async def look_up(self, name: str, via: Via) -> Resolution:
        if is_address(name):
            return await super().look_up(name, via)
        return Resolution(name=name, via=via, source="system", fault=NameFault.NOT_FOUND)


async def _diagnosis(played: Scenario) -> Diagnosis:
    """Play a scenario and diagnose it as a user would, but for names: no resolver is asked, and none resolves."""
    async with AsyncMockServer(played) as mock:
        settings = Settings(vendors=tuple(mock.vendors)[:1], identity=this_machine())
        [target] = parse_path(mock.target).targets
        [server] = target.servers
        plan = Walk(target=target.text, host=server.host, port=server.port)
        [evidence] = await walk(plan, settings, _NoNames(family=None, wait=settings.resolve_wait))
    return diagnose(evidence)
