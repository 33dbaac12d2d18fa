"""The commands of `lmwire lab`."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import NoReturn

import click

from lmwire.cli import options
from lmwire.cli.manual import Argument, Command, epilog
from lmwire.cli.progress import Bar
from lmwire.cli.terminal import emit, fail, look, note
from lmwire.lab import Lab, LabError, control, labs, read_lab, state
from lmwire.lab.board import collect, learner
from lmwire.lab.ipc import Grade, Terms
from lmwire.lab.state import RunningLab
from lmwire.report import Format, render
from lmwire.report.lab import LabGrade, LabHint, LabList, LabStory
from lmwire.text import printable, settled

__all__ = ["board", "check", "hint", "list_", "reset", "restart", "shell", "start", "stop", "story"]


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
@click.option("--exam", is_flag=True, help="No hints, and no verdict before `lmwire lab stop`.")
def start(*, name: str, seed: int, exam: bool) -> None:
    """Start a lab, show its story, and leave it running until `lmwire lab stop`, or for eight hours."""
    with Bar("Building the network") as bar:
        bar(0, 1)
        running, played = control.start(name, seed, exam=exam)
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


@click.command(cls=Command, epilog=epilog("lmwire lab check", "lmwire lab check --format json > ada.json"))
@options.format_option("lmwire.report.lab:LabGrade")
@options.output_option
def check(*, form: Format, output: Path | None) -> None:
    """Diagnose from every client, and knock on what must stay blocked. In an exam, only record the time.

    Exit status: 0: solved; in an exam, always. 1: not solved.
    """
    running, played = control.playing()
    found, terms = _measured(running)
    graded = _graded(played, found, terms)
    emit(render(graded, form, look(output)), output)
    raise click.exceptions.Exit(0 if found is None or found.solved else 1)


def _measured(running: RunningLab, *, finish: bool = False) -> tuple[Grade | None, Terms]:
    with Bar("Diagnosing from every client") as bar:
        bar(0, 1)
        return control.measure(running, finish=finish)


def _graded(played: Lab, found: Grade | None, terms: Terms) -> LabGrade:
    """Return the result of a check, and keep its points if it is a repair."""
    seconds = max(0.0, (terms.solved or time.time()) - terms.began)
    made = control.points(terms.hints)
    if found is not None and found.solved:
        best = state.Achieved(points=made, hints=terms.hints, seconds=seconds, seed=played.seed, exam=terms.exam)
        state.note_achieved(played.source, best)
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    who = learner()
    return LabGrade(lab=played, grade=found, points=made, terms=terms, seconds=seconds, measured=now, learner=who)


@click.command(cls=Command, epilog=epilog("lmwire lab reset", "lmwire lab reset --results"))
@click.option("--results", is_flag=True, help="Forget all points and hints of this user instead.")
def reset(*, results: bool) -> None:
    """Build the running lab anew, broken as at first. Its clock runs on, and given hints keep their price."""
    if results:
        state.forget_results()
        note("all points and hints are forgotten")
        return
    running, _ = control.playing()
    with Bar("Building the network") as bar:
        bar(0, 1)
        running, played = control.reset(running)
    emit(render(LabStory(lab=played, running=running), Format.TEXT, look()))


@click.command(cls=Command, epilog=epilog("lmwire lab board results/", "lmwire lab board results/ --format json"))
@click.argument(
    "folder",
    cls=Argument,
    metavar="DIR",
    meaning="A folder with files of `lmwire lab check --format json`, or with a folder for each learner that has "
    "their achieved.json.",
    type=click.Path(path_type=Path),
)
@options.format_option("lmwire.lab.board:Board")
@options.output_option
def board(*, folder: Path, form: Format, output: Path | None) -> None:
    """Show the results of a class on one page."""
    emit(render(collect(folder), form, look(output)), output)


@click.command(cls=Command, epilog=epilog("lmwire lab stop"))
def stop() -> None:
    """End the lab that is running: its machines, its processes and its files. An exam is graded first."""
    running = state.running()
    if running is not None and running.exam and os.environ.get(state.MARK) != running.folder:
        played = read_lab(running.lab, running.seed)
        try:
            found, terms = _measured(running, finish=True)
        except LabError as error:  # a lab that does not answer can be stopped all the same
            note(f"the exam could not be graded: {error.one_line}")
        else:
            emit(render(_graded(played, found, terms), Format.TEXT, look()))
    name = control.stop()
    note(f"lab {printable(name, 200)} stopped")
