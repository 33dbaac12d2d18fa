"""`lmwire capture watch`: license stories as they end, a line each."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click

from lmwire import workflows
from lmwire.cli import options
from lmwire.cli.capture.live import (
    LiveLine,
    StopRequest,
    batches,
    duration_option,
    interface_option,
    opened,
    tell_losses,
    tell_silence,
)
from lmwire.cli.manual import Command, epilog
from lmwire.cli.terminal import emit, look, note
from lmwire.report import Format, render
from lmwire.text import printable

if TYPE_CHECKING:
    from lmwire.diagnosis import Diagnosis

__all__ = ["watch"]


@click.command(
    cls=Command,
    epilog=epilog(
        "lmwire capture watch -i eth0",
        "lmwire capture watch --client 10.20.0.7",
        "lmwire capture watch --format json --for 3600 > morning.jsonl",
    ),
)
@interface_option
@click.option("--client", metavar="ADDRESS", default="", callback=options.address, help="Show this client only.")
@options.format_option("lmwire.diagnosis.model:Diagnosis")
@duration_option
def watch(*, interface: str, client: str, form: Format, duration: float | None) -> None:
    """Show each license conversation when it is over: which client, which verdict, what the application shows.

    Runs until Ctrl-C, SIGTERM or --for. A conversation is over when its client has been quiet for 3 s and nothing is
    open. lmwire calls a port filtered only when the client has stopped trying, which takes some 7 s, and up to a minute
    for a real application. Attempts that a client repeats meanwhile are shown once. A name that does not resolve leads
    to no conversation: use `lmwire capture record` with a TARGET for that. Needs root, or the right to see packets
    (CAP_NET_RAW). --format json prints one line of JSON for each.
    """
    stories = workflows.StoryWatch(client)
    shown = look()

    def tell(diagnoses: list[Diagnosis]) -> None:
        for diagnosis in diagnoses:
            emit(render(diagnosis, form, shown))

    with StopRequest(duration) as stop, opened(interface) as source:
        note(f"watching {printable(interface, 40)}; stop with Ctrl-C")
        with LiveLine() as line:
            for batch in batches(source, stop):
                if over := stories.take(batch, time.time()):
                    with line.hidden():
                        tell(over)
                line(lambda: f"{stories.packets} packets seen, {stories.under_way} clients not done")
        tell(stories.finish())
        tell_losses(source)
    if not stories.packets:
        tell_silence(interface)
