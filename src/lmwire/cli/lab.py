"""`lmwire lab`: a broken network to repair, and a grade."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING, NoReturn

import click

from lmwire.cli import options
from lmwire.cli.manual import Argument, Command, Group, epilog
from lmwire.cli.terminal import USAGE, emit, fail, look, note
from lmwire.text import printable

if TYPE_CHECKING:
    from lmwire.lab import Lab, LabError
    from lmwire.lab.ipc import Grade
    from lmwire.lab.state import Running

__all__ = ["lab"]


@click.group(
    cls=Group,
    short_help="Repair broken networks: training, with a grade.",
    subcommand_metavar="COMMAND [ARGS]...",
    epilog=epilog("lmwire lab list", "lmwire lab start vendor-port", "lmwire lab check"),
    invoke_without_command=True,
)
@click.pass_context
def lab(context: click.Context) -> None:
    """Play a network with a license server that clients can't use, repair it with the usual tools, and be graded.

    Needs root on Linux, or a kernel that lets users make user namespaces. Nothing outside the lab is touched. What was
    achieved is kept in LMWIRE_LAB_HOME, by default ~/.local/state/lmwire/lab.
    """
    if context.invoked_subcommand is None:
        click.echo(context.get_help(), err=True)
        context.exit(USAGE)
    if sys.platform != "linux":
        fail(f"labs are made of network namespaces, which {sys.platform} has not", "use a virtual machine with Linux")


def _fail(error: LabError) -> NoReturn:
    fail(str(error), *([error.hint] if error.hint else []))


def _playing() -> tuple[Running, Lab]:
    from lmwire.lab import LabError  # noqa: PLC0415 # after the help, as all of these
    from lmwire.lab.control import playing  # noqa: PLC0415

    try:
        return playing()
    except LabError as error:
        _fail(error)


@lab.command("list", short_help="Show all labs, and what was achieved.", epilog=epilog("lmwire lab list"))
def list_() -> None:
    """Show all labs, the easiest first, and the points made so far."""
    from lmwire.lab import labs, read_lab  # noqa: PLC0415
    from lmwire.lab.state import achieved, running  # noqa: PLC0415
    from lmwire.report.lab import listing  # noqa: PLC0415

    now = running()
    emit(listing([read_lab(name) for name in labs()], achieved(), now.lab if now else "", look()))


@lab.command(
    cls=Command,
    short_help="Start a lab.",
    epilog=epilog("lmwire lab start nat", "lmwire lab start nat --seed 7", "lmwire lab start ./my-lab"),
)
@click.argument(
    "name", cls=Argument, metavar="LAB", meaning="One of `lmwire lab list`; or a folder of your own, ./with a slash."
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
    """Start a lab, tell its story, and leave it running until `lmwire lab stop`, or for eight hours."""
    from lmwire.cli.progress import Bar  # noqa: PLC0415
    from lmwire.lab import LabError  # noqa: PLC0415
    from lmwire.lab.control import start as start_lab  # noqa: PLC0415
    from lmwire.report.lab import story as tell  # noqa: PLC0415

    try:
        with Bar("Building the network") as bar:
            bar(0, 1)
            running, played = start_lab(name, seed)
    except LabError as error:
        _fail(error)
    emit(tell(played, running, look()))


@lab.command(short_help="Tell the story again.", epilog=epilog("lmwire lab story"))
def story() -> None:
    """Tell what the help desk hears, which machines there are, and what to do."""
    from lmwire.report.lab import story as tell  # noqa: PLC0415

    running, played = _playing()
    emit(tell(played, running, look()))


@lab.command(
    cls=Command,
    short_help="Log into a machine of the lab.",
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
    from lmwire.lab import LabError  # noqa: PLC0415
    from lmwire.lab.control import environment, machine  # noqa: PLC0415
    from lmwire.lab.control import shell as words  # noqa: PLC0415

    running, played = _playing()
    try:
        argv, more = words(running, played, machine(running, played, name), command)
    except LabError as error:
        _fail(error)
    sys.stdout.flush()
    try:
        os.execvpe(argv[0], argv, environment(os.environ, more))  # noqa: S606 # a shell is what was asked for
    except OSError as error:
        fail(f"{argv[0]} can't be run: {error.strerror}")


@lab.command(
    cls=Command, short_help="Restart a license service, or the name servers.", epilog=epilog("lmwire lab restart")
)
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
    from lmwire.lab import LabError  # noqa: PLC0415
    from lmwire.lab.control import restart as order  # noqa: PLC0415
    from lmwire.text import settled  # noqa: PLC0415

    running, _ = _playing()
    try:
        answer = order(running, name)
    except LabError as error:
        _fail(error)
    emit("".join(f"{settled(line)}\n" for line in answer.lines))
    raise click.exceptions.Exit(1 if answer.down else 0)


@lab.command(short_help="Get the next hint; it costs points.", epilog=epilog("lmwire lab hint"))
def hint() -> None:
    """Give the next of three hints, from a nudge to nearly the answer. Each costs points."""
    from lmwire.lab import LabError  # noqa: PLC0415
    from lmwire.lab.control import hint as next_hint  # noqa: PLC0415
    from lmwire.report.lab import hint as tell  # noqa: PLC0415

    running, played = _playing()
    try:
        number, text = next_hint(running, played)
    except LabError as error:
        _fail(error)
    emit(tell(number, text, look()))


@lab.command(short_help="Measure the repair, and be graded.", epilog=epilog("lmwire lab check"))
def check() -> None:
    """Diagnose from every client, and knock on what must stay blocked. Exit status: 0 when solved, 1 when not."""
    from lmwire.cli.progress import Bar  # noqa: PLC0415
    from lmwire.lab import LabError  # noqa: PLC0415
    from lmwire.lab.control import check as measure  # noqa: PLC0415
    from lmwire.report.lab import grade as tell  # noqa: PLC0415

    running, played = _playing()
    try:
        with Bar("Diagnosing from every client") as bar:
            bar(0, 1)
            found = measure(running)
    except LabError as error:
        _fail(error)
    try:
        made = _keep(running, found)
    except LabError as error:
        _fail(error)
    emit(tell(played, found, made, look()))
    raise click.exceptions.Exit(0 if found.solved else 1)


def _keep(running: Running, found: Grade) -> int:
    """Return the points of this repair, and keep them if it is one."""
    from lmwire.lab.control import points  # noqa: PLC0415
    from lmwire.lab.state import Achieved, note_achieved  # noqa: PLC0415

    made = points(running.hints)
    if found.solved:
        seconds = time.time() - running.began
        note_achieved(running.lab, Achieved(points=made, hints=running.hints, seconds=seconds, seed=running.seed))
    return made


@lab.command(short_help="End the lab.", epilog=epilog("lmwire lab stop"))
def stop() -> None:
    """End the lab that is running: its machines, its processes and its files."""
    from lmwire.lab import LabError  # noqa: PLC0415
    from lmwire.lab.control import stop as end  # noqa: PLC0415

    try:
        name = end()
    except LabError as error:
        _fail(error)
    note(f"the lab {printable(name, 200)} is gone")
