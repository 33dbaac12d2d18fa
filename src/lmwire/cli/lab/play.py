"""The commands of `lmwire lab`."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import NoReturn

import click

from lmwire.cli import options
from lmwire.cli.manual import Argument, Command, epilog
from lmwire.cli.progress import Bar
from lmwire.cli.terminal import emit, fail, look, note
from lmwire.lab import commands
from lmwire.report import Format, render
from lmwire.text import printable

__all__ = ["board", "check", "hint", "list_", "reset", "restart", "shell", "start", "stop", "story"]


@click.command("list", cls=Command, epilog=epilog("lmwire lab list"))
def list_() -> None:
    """Show all labs, the easiest first, and the points made so far."""
    emit(render(commands.list_labs(), Format.TEXT, look()))


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
        started = commands.start(name, seed, exam=exam)
    emit(render(started, Format.TEXT, look()))


@click.command(cls=Command, epilog=epilog("lmwire lab story"))
def story() -> None:
    """Show what the help desk hears, which machines there are, and what to do."""
    emit(render(commands.story(), Format.TEXT, look()))


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
    opened = commands.shell(name, command, os.environ)
    sys.stdout.flush()
    try:
        os.execvpe(opened.argv[0], opened.argv, opened.environment)  # noqa: S606 # a shell is what was asked for
    except OSError as error:
        fail(f"{opened.argv[0]} cannot be run: {error.strerror}")


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
    restarted = commands.restart(name)
    emit(render(restarted, Format.TEXT))
    raise click.exceptions.Exit(1 if restarted.down else 0)


@click.command(cls=Command, epilog=epilog("lmwire lab hint"))
def hint() -> None:
    """Give the next of three hints, from a nudge to nearly the answer. Each costs points."""
    emit(render(commands.hint(), Format.TEXT, look()))


@click.command(cls=Command, epilog=epilog("lmwire lab check", "lmwire lab check --format json > ada.json"))
@options.format_option("lmwire.lab.documents:LabGrade")
@options.output_option
def check(*, form: Format, output: Path | None) -> None:
    """Diagnose from every client, and knock on what must stay blocked. In an exam, only record the time.

    Exit status: 0: solved; in an exam, always. 1: not solved.
    """
    with _grading():
        graded = commands.check()
    emit(render(graded, form, look(output)), output)
    raise click.exceptions.Exit(0 if graded.grade is None or graded.grade.solved else 1)


@click.command(cls=Command, epilog=epilog("lmwire lab reset", "lmwire lab reset --results"))
@click.option("--results", is_flag=True, help="Forget all points and hints of this user instead.")
def reset(*, results: bool) -> None:
    """Build the running lab anew, broken as at first. Its clock runs on, and given hints keep their price."""
    if results:
        commands.forget_results()
        note("all points and hints are forgotten")
        return
    with Bar("Building the network") as bar:
        bar(0, 1)
        broken = commands.reset()
    emit(render(broken, Format.TEXT, look()))


@click.command(cls=Command, epilog=epilog("lmwire lab board results/", "lmwire lab board results/ --format json"))
@click.argument(
    "folder",
    cls=Argument,
    metavar="DIR",
    meaning="A folder with files of `lmwire lab check --format json`, or with a folder for each learner that has "
    "their achieved.json.",
    type=click.Path(path_type=Path),
)
@options.format_option("lmwire.lab.documents:Board")
@options.output_option
def board(*, folder: Path, form: Format, output: Path | None) -> None:
    """Show the results of a class on one page."""
    emit(render(commands.board(folder), form, look(output)), output)


@click.command(cls=Command, epilog=epilog("lmwire lab stop"))
def stop() -> None:
    """End the lab that is running: its machines, its processes and its files. An exam is graded first."""
    stopped = commands.stop(_grading)
    if stopped.trouble:
        note(f"the exam could not be graded: {stopped.trouble}")
    if stopped.grade is not None:
        emit(render(stopped.grade, Format.TEXT, look()))
    note(f"lab {printable(stopped.lab, 200)} stopped")


def _grading() -> Bar:
    return Bar("Diagnosing from every client")
