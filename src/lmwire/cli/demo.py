"""`lmwire demo`: three license servers on loopback, and what a diagnosis says of each."""

from __future__ import annotations

import click

from lmwire import workflows
from lmwire.cli import options
from lmwire.cli.manual import Command, epilog
from lmwire.cli.progress import Bar
from lmwire.cli.terminal import emit, look, note
from lmwire.report import Format, render

__all__ = ["demo"]


@click.command(cls=Command, epilog=epilog("lmwire demo", "lmwire demo --format json"))
@options.format_option("lmwire.workflows.documents:Demo")
def demo(form: Format) -> None:
    """Diagnose a healthy server and two broken ones, played on this machine. Needs nothing else, takes seconds.

    Exit status: 0: the three verdicts are what was played, though two of them are critical. 1: one is not. 2: the demo
    cannot be played on this machine.
    """
    with Bar("Diagnosing three servers") as bar:
        played = workflows.play_demo(bar)
    emit(render(played, form, look()))
    for sentence in played.wrong:
        note(sentence)
    raise click.exceptions.Exit(1 if played.wrong else 0)
