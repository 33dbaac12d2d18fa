"""The commands of `lmwire lab`."""

from __future__ import annotations

import os
import sys
import time
from typing import NoReturn

import click

from lmwire.cli import options
from lmwire.cli.manual import Argument, Command, epilog
from lmwire.cli.progress import Bar
from lmwire.cli.terminal import emit, fail, look, note
from lmwire.lab import control, labs, read_lab, state
from lmwire.lab.ipc import Grade
from lmwire.lab.state import RunningLab
from lmwire.report import Format, render
from lmwire.report.lab import LabGrade, LabHint, LabList, LabStory
from lmwire.text import printable, settled

__all__ = ["check", "hint", "list_", "restart", "shell", "start", "stop", "story"]


@click.command("list", cls=Command, epilog=epilog("lmwire lab list"))
def list_() -> None:
    """Show all labs, the easiest first, and the points made so far."""
    now = state.running()
    found = LabList(
        labs=tuple(read_lab(name) for name in labs()), achieved=state.achieved(), running=now.lab if now else ""
    )
    emit(render(found, Format.TEXT, look()))


@click.command(
    cls=Command,
    epilog=epilog("lmwire lab start nat", "lmwire lab start nat --seed 7", "lmwire lab start ./my-lab"),
)
@click.argument(
    "name",
    cls=Argument,
    metavar="LAB",
    meaning="A name from `lmwire lab list`, or a folder of your own, written with a slash: ./my-lab.",
)
@click.option(
    "--seed",
    metavar="N",
    default="0",
    show_default=True,
    callback=options.number(range(1_000_000)),
    help="Another number: other names, addresses and ports.",
)
def start(*, name: str, seed: int) -> None:
    """Start a lab, show its story, and leave it running until `lmwire lab stop`, or for eight hours."""
    with Bar("Building the network") as bar:
        bar(0, 1)
        running, played = control.start(name, seed)
    emit(render(LabStory(lab=played, running=running), Format.TEXT, look()))


@click.command(cls=Command, epilog=epilog("lmwire lab story"))
def story() -> None:
    """Show what the help desk hears, which machines there are, and what to do."""
    running, played = control.playing()
    emit(render(LabStory(lab=played, running=running), Format.TEXT, look()))


@click.command(
    cls=Command,
    epilog=epilog("lmwire lab shell client", "lmwire lab shell firewall nft list ruleset"),
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
)
@click.argument(
    "name", cls=Argument, metavar="MACHINE", meaning="Its name; client, router or server for the first of them."
)
@click.argument(
    "command",
    cls=Argument,
    nargs=-1,
    metavar="[COMMAND]...",
    meaning="What to run there; a shell by default.",
    type=click.UNPROCESSED,
)
def shell(*, name: str, command: tuple[str, ...]) -> NoReturn:
    """Log into a machine, or run a command there: ss, dig, nft, nc, tcpdump, lmwire, whatever this system has.

    Clients have LM_LICENSE_FILE set. A server's shell starts where its license file and debug log are.
    """
    running, played = control.playing()
    argv, more = control.shell(running, played, control.machine(running, played, name), command)
    sys.stdout.flush()
    try:
        os.execvpe(argv[0], argv, control.environment(os.environ, more))  # noqa: S606 # a shell is what was asked for
    except OSError as error:
        fail(f"{argv[0]} can't be run: {error.strerror}")


@click.command(cls=Command, epilog=epilog("lmwire lab restart"))
@click.argument(
    "name",
    cls=Argument,
    required=False,
    metavar="[SERVER]",
    default="",
    meaning="A server, or dns; all servers by default.",
)
def restart(*, name: str) -> None:
    """Restart license services, which read their license files anew; or the name servers, with `dns`.

    Exit status: 0 when all that was restarted runs, 1 when not.
    """
    running, _ = control.playing()
    answer = control.restart(running, name)
    emit("".join(f"{settled(line)}\n" for line in answer.lines))
    raise click.exceptions.Exit(1 if answer.down else 0)


@click.command(cls=Command, epilog=epilog("lmwire lab hint"))
def hint() -> None:
    """Give the next of three hints, from a nudge to nearly the answer. Each costs points."""
    running, played = control.playing()
    number, text = control.hint(running, played)
    emit(render(LabHint(number=number, text=text), Format.TEXT, look()))


@click.command(cls=Command, epilog=epilog("lmwire lab check"))
def check() -> None:
    """Diagnose from every client, and knock on what must stay blocked. Exit status: 0 when solved, 1 when not."""
    running, played = control.playing()
    with Bar("Diagnosing from every client") as bar:
        bar(0, 1)
        found = control.check(running)
    made = _keep(running, found)
    emit(render(LabGrade(lab=played, grade=found, points=made), Format.TEXT, look()))
    raise click.exceptions.Exit(0 if found.solved else 1)


def _keep(running: RunningLab, found: Grade) -> int:
    """Return the points of this repair, and keep them if it is one."""
    made = control.points(running.hints)
    if found.solved:
        seconds = time.time() - running.began
        best = state.Achieved(points=made, hints=running.hints, seconds=seconds, seed=running.seed)
        state.note_achieved(running.lab, best)
    return made


@click.command(cls=Command, epilog=epilog("lmwire lab stop"))
def stop() -> None:
    """End the lab that is running: its machines, its processes and its files."""
    name = control.stop()
    note(f"lab {printable(name, 200)} stopped")
