"""`lmwire gateway recipe KIND TARGET`: reach a license server through another program."""

from __future__ import annotations

from pathlib import Path

import click

from lmwire.cli import options
from lmwire.cli.manual import Argument, Command, epilog
from lmwire.cli.terminal import emit, fail, look, note
from lmwire.gateway.recipes.gather import GivenForRecipe, gateway_recipe
from lmwire.gateway.recipes.model import Kind, Recipe
from lmwire.ports import MAX_PORT
from lmwire.report import Format, render
from lmwire.text import printable
from lmwire.workflows.files import CannotWriteError, replace_file

__all__ = ["recipe"]

_KINDS = [kind.value for kind in Kind]
_PORT = options.number(range(1, MAX_PORT + 1))


def _vendors(context: click.Context, option: click.Parameter, texts: tuple[str, ...]) -> dict[str, int | None]:
    """Read NAME or NAME=PORT, each name once."""
    found: dict[str, int | None] = {}
    for text in texts:
        name, equals, port = text.partition("=")
        options.vendors(context, option, (name,))
        number = _PORT(context, option, port) if equals else None
        if found.setdefault(name, number) != number:
            raise click.BadParameter(f"{printable(name, 60)} is given twice")
    return found


@click.command(
    cls=Command,
    epilog=epilog(
        "lmwire gateway recipe ssh 27000@licsrv --via alice@jump",
        "lmwire gateway recipe haproxy 27000@licsrv --via 192.0.2.1 --allow 10.8.0.0/16 --output recipe/",
        "lmwire gateway recipe kubernetes 27000@licsrv --vendor ibmratl=27001 --to 192.0.2.20",
        "lmwire gateway recipe nginx server.lic",
    ),
)
@click.argument(
    "kind",
    cls=Argument,
    type=click.Choice(_KINDS),
    metavar="KIND",
    meaning=f"One of {', '.join(_KINDS)}.",
)
@click.argument(
    "target",
    cls=Argument,
    metavar="TARGET",
    meaning="The license server, or a triad, as an application would have it: 27000@licsrv; or a license file.",
)
@click.option(
    "--vendor",
    "vendors",
    metavar="NAME[=PORT]",
    multiple=True,
    callback=_vendors,
    help="Forward this vendor daemon's port only. Without PORT, a diagnosis finds it. Repeatable.",
)
@click.option(
    "--lmgrd-port",
    metavar="PORT",
    callback=lambda context, option, text: None if text is None else _PORT(context, option, text),
    help="lmgrd's port, where TARGET does not name it.",
)
@click.option("--referral-host", metavar="NAME", default="", help="The host that lmgrd's referral names.")
@click.option(
    "--to",
    metavar="ADDRESS",
    multiple=True,
    help="The license server's address as the forwarder reaches it. Three times for a triad.",
)
@click.option(
    "--via", metavar="[USER@]HOST", default="", help="The machine in between, as clients name it; with ssh, the login."
)
@click.option(
    "--listen",
    metavar="ADDRESS",
    multiple=True,
    help="The address to listen on; the ports keep their numbers. Three times for a triad.",
)
@click.option(
    "--allow",
    metavar="NETWORK",
    multiple=True,
    help="Let only these networks connect: haproxy, nginx, systemd, portproxy. Repeatable.",
)
@options.format_option("lmwire.gateway.recipes.model:Recipe")
@click.option(
    "--output",
    "-o",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write the recipe's files into this directory, which is made where it is missing.",
)
def recipe(
    *,
    kind: str,
    target: str,
    vendors: dict[str, int | None],
    lmgrd_port: int | None,
    referral_host: str,
    to: tuple[str, ...],
    via: str,
    listen: tuple[str, ...],
    allow: tuple[str, ...],
    form: Format,
    output: Path | None,
) -> None:
    """Write how to reach a license server through another program, where lmwire cannot run.

    Finds the ports by a diagnosis of TARGET from this machine. Where --vendor NAME=PORT gives them, or the license file
    TARGET pins them, it connects to nothing. Changes nothing: read the result, then use it.

    Exit status: 0: the recipe was written. 2: it cannot be, or wrong usage.
    """
    given = GivenForRecipe(
        lmgrd_port=lmgrd_port,
        vendors=vendors,
        referral_host=referral_host,
        to=to,
        via=via,
        listen=listen,
        allow=allow,
    )
    made = gateway_recipe(Kind(kind), target, given)
    if output is not None:
        _write(made, output)
    emit(render(made, form, look(), options=() if output is None else ("written",)))


def _write(made: Recipe, directory: Path) -> None:
    """Write the files of a recipe. Another file of the same name is not replaced."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
        data = {directory / file.name: file.text.encode("ascii") for file in made.files}
        for path, new in data.items():
            if path.exists() and path.read_bytes() != new:
                fail(f"{printable(str(path), 200)} exists with other contents: name another directory, or delete it")
    except OSError as error:
        raise CannotWriteError(str(directory), error) from None
    for path, new in data.items():
        replace_file(str(path), new)
        note(f"wrote {printable(str(path), 200)}")
    if not data:
        note("this recipe has no files: its commands are below")
