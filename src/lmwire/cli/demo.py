"""`lmwire demo`: three license servers on loopback, and what a diagnosis says of each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

import click

from lmwire.cli.manual import epilog
from lmwire.cli.options import ShortFormat, form_option
from lmwire.cli.terminal import emit, fail, look, note

if TYPE_CHECKING:
    from lmwire.cli.progress import Bar
    from lmwire.diagnosis import Diagnosis, Report
    from lmwire.report import Look
    from lmwire_mockserver.scenario import Scenario

__all__ = ["FILTERED", "REFUSED", "Scene", "demo", "scenes"]


class Scene(NamedTuple):
    """What is played, and the sentence that introduces it."""

    scenario: str
    words: str


_HEALTHY: Final = Scene(
    "healthy", "First, a healthy server: lmgrd refers to the vendor daemon, and the vendor daemon answers."
)
FILTERED: Final = (
    _HEALTHY,
    Scene(
        "vendor-filtered",
        "Second, a firewall in front of the vendor daemon: telnet to lmgrd's port works, the application hangs.",
    ),
    Scene(
        "referral-unresolvable-and-filtered",
        "Third, a server that goes by a name which is unknown here, with its vendor daemon's port filtered as well. "
        "That the name is unknown is played too: no name server is asked.",
    ),
)
"""What is played where filtered ports can be."""

REFUSED: Final = (
    _HEALTHY,
    Scene(
        "vendor-refused",
        "Second, a vendor daemon's port on which nothing listens: telnet to lmgrd's port works, the application does "
        "not. (A firewall that drops would be played here; this system can't, Linux can.)",
    ),
    Scene(
        "referral-unresolvable-and-refused",
        "Third, a server that goes by a name which is unknown here, with its vendor daemon's port closed as well. "
        "That the name is unknown is played too: no name server is asked.",
    ),
)
"""What is played elsewhere."""

_OPENING: Final = (
    "Three license servers, played on this machine's loopback. Nothing leaves it, and no license is granted."
)
_NEXT: Final = (
    ("lmwire diagnose 27000@licsrv", "your own server, with the entry of your LM_LICENSE_FILE"),
    ("lmwire diagnose", "what this machine's environment says"),
    ("lmwire explain -96,491", "what an application's error code means"),
    ("lmwire mock --list", "every failure that can be played"),
    ("lmwire diagnose --format markdown", "a ticket for the firewall team"),
)


@click.command(
    short_help="See three diagnoses of servers played on this machine.",
    epilog=epilog("lmwire demo", "lmwire demo --format json"),
)
@form_option(ShortFormat, "--format", "-f")
def demo(form: ShortFormat) -> None:
    """Diagnose a healthy server and two broken ones, played on this machine. Needs nothing else, takes seconds.

    Exit status 0 when the three verdicts are what was played, though two of them are critical.
    """
    import asyncio  # noqa: PLC0415 # a tenth of a second that the help does not need

    from lmwire.cli.progress import Bar  # noqa: PLC0415
    from lmwire.diagnosis import Report, overall_of  # noqa: PLC0415
    from lmwire_mockserver.errors import MockError  # noqa: PLC0415

    shown = scenes()
    try:
        with Bar("Diagnosing three servers") as bar:
            diagnoses = asyncio.run(_diagnoses(shown, bar))
    except MockError as error:
        fail(f"the demo can't be played on this machine: {error}")
    report = Report(overall=overall_of(diagnoses), path_from="demo", diagnoses=tuple(diagnoses))
    emit(_json(report) if form is ShortFormat.JSON else _text(report, shown, look()))
    _check(shown, diagnoses)


def scenes() -> tuple[Scene, ...]:
    """Return what this system can play."""
    from lmwire_mockserver import listeners  # noqa: PLC0415

    return FILTERED if listeners.CAN_FILTER else REFUSED


async def _diagnoses(shown: Sequence[Scene], bar: Bar) -> list[Diagnosis]:
    import asyncio  # noqa: PLC0415

    from lmwire_mockserver.scenario import scenario  # noqa: PLC0415

    bar(0, len(shown))
    done = 0

    async def play(scene: Scene) -> Diagnosis:
        nonlocal done
        diagnosis = await _diagnosis(scenario(scene.scenario))
        done += 1
        bar(done, len(shown))
        return diagnosis

    return list(await asyncio.gather(*map(play, shown)))


async def _diagnosis(played: Scenario) -> Diagnosis:
    """Play a scenario and diagnose it as a user would, but for names: none is known, and nobody is asked."""
    from lmwire.diagnosis import diagnose  # noqa: PLC0415
    from lmwire.evidence import NameFault, Resolution, Via, is_address  # noqa: PLC0415
    from lmwire.licensepath import parse_path  # noqa: PLC0415
    from lmwire.probe import Resolver, Settings, Walk, this_machine, walk  # noqa: PLC0415
    from lmwire_mockserver.server import MockServer  # noqa: PLC0415

    class NoNames(Resolver):
        """Knows addresses only, so that the demo needs no name server and depends on none."""

        async def look_up(self, name: str, via: Via) -> Resolution:
            if is_address(name):
                return await super().look_up(name, via)
            return Resolution(name=name, via=via, source="system", fault=NameFault.NOT_FOUND)

    async with MockServer(played) as mock:
        settings = Settings(vendors=tuple(mock.vendors)[:1], identity=this_machine())
        [target] = parse_path(mock.target).targets
        [server] = target.servers
        plan = Walk(target=target.text, host=server.host, port=server.port)
        [evidence] = await walk(plan, settings, NoNames(family=None, wait=settings.resolve_wait))
    return diagnose(evidence)


def _json(report: Report) -> str:
    from lmwire.report import json  # noqa: PLC0415

    return json.render(report)


def _text(report: Report, shown: Sequence[Scene], looks: Look) -> str:
    from lmwire.report.text import Page, section  # noqa: PLC0415

    page = Page(looks)
    page.paragraph(_OPENING)
    for scene, diagnosis in zip(shown, report.diagnoses, strict=True):
        page.blank()
        page.blank()
        page.paragraph(scene.words, "bold")
        page.blank()
        section(page, diagnosis)
    page.blank()
    page.paragraph("What to try next", "bold")
    page.pairs(_NEXT)
    return page.finish()


def _check(shown: Sequence[Scene], diagnoses: Sequence[Diagnosis]) -> None:
    from lmwire_mockserver.scenario import scenario  # noqa: PLC0415

    wrong = [
        f"{scene.scenario} was played, {diagnosis.verdict.id} diagnosed"
        for scene, diagnosis in zip(shown, diagnoses, strict=True)
        if diagnosis.verdict.id != scenario(scene.scenario).expected.verdict
    ]
    for sentence in wrong:
        note(sentence)
    if wrong:
        raise click.exceptions.Exit(1)
