"""`lmwire demo`: three license servers on loopback, and what a diagnosis says of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from lmwire.cli.manual import epilog
from lmwire.cli.options import ShortFormat, form_option
from lmwire.cli.terminal import emit, look, note

if TYPE_CHECKING:
    from lmwire.cli.progress import Bar
    from lmwire.diagnosis import Diagnosis, Report
    from lmwire.report import Look

__all__ = ["SCENES", "demo"]

SCENES: Final = {
    "healthy": "First, a healthy server: lmgrd refers to the vendor daemon, and the vendor daemon answers.",
    "vendor-filtered": (
        "Second, a firewall in front of the vendor daemon: telnet to lmgrd's port works, the application hangs."
    ),
    "referral-unresolvable-and-filtered": (
        "Third, a server that goes by a name which is unknown here, with its vendor daemon's port filtered as well."
    ),
}
"""Scenario → the sentence that introduces it."""

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

    with Bar("Diagnosing three servers") as bar:
        diagnoses = asyncio.run(_diagnoses(bar))
    report = Report(overall=overall_of(diagnoses), path_from="demo", diagnoses=tuple(diagnoses))
    emit(_json(report) if form is ShortFormat.JSON else _text(report, look()))
    _check(diagnoses)


async def _diagnoses(bar: Bar) -> list[Diagnosis]:
    import asyncio  # noqa: PLC0415

    bar(0, len(SCENES))
    done = 0

    async def play(name: str) -> Diagnosis:
        nonlocal done
        diagnosis = await _diagnosis(name)
        done += 1
        bar(done, len(SCENES))
        return diagnosis

    return list(await asyncio.gather(*map(play, SCENES)))


async def _diagnosis(name: str) -> Diagnosis:
    """Play a scenario and diagnose it as a user would."""
    from lmwire.diagnosis import diagnose  # noqa: PLC0415
    from lmwire.licensepath import parse_path  # noqa: PLC0415
    from lmwire.probe import Settings, probe_path, this_machine  # noqa: PLC0415
    from mockserver.scenario import scenario  # noqa: PLC0415
    from mockserver.server import MockServer  # noqa: PLC0415

    async with MockServer(scenario(name)) as mock:
        settings = Settings(vendors=tuple(mock.vendors)[:1], identity=this_machine())
        [(_, [[evidence]])] = await probe_path(parse_path(mock.target), settings)
    return diagnose(evidence)


def _json(report: Report) -> str:
    from lmwire.report import json  # noqa: PLC0415

    return json.render(report)


def _text(report: Report, looks: Look) -> str:
    from lmwire.report.text import Page, section  # noqa: PLC0415

    page = Page(looks)
    page.paragraph(_OPENING)
    for sentence, diagnosis in zip(SCENES.values(), report.diagnoses, strict=True):
        page.blank()
        page.blank()
        page.paragraph(sentence, "bold")
        page.blank()
        section(page, diagnosis)
    page.blank()
    page.paragraph("What to try next", "bold")
    page.pairs(_NEXT)
    return page.finish()


def _check(diagnoses: list[Diagnosis]) -> None:
    from mockserver.scenario import scenario  # noqa: PLC0415

    wrong = [
        f"{name} was played, {diagnosis.verdict.id} diagnosed"
        for name, diagnosis in zip(SCENES, diagnoses, strict=True)
        if diagnosis.verdict.id != scenario(name).expected.verdict
    ]
    for sentence in wrong:
        note(sentence)
    if wrong:
        raise click.exceptions.Exit(1)
