"""All commands under one name, and what happens when something goes wrong that no command foresaw."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Annotated, NoReturn

import typer
from typer.main import get_command

from lmwire import __version__
from lmwire.cli import demo, diagnose, explain, mock, schema, verdicts
from lmwire.cli.options import epilog
from lmwire.cli.quick import Group
from lmwire.cli.terminal import DEBUG, INTERRUPTED, SOFTWARE, note
from lmwire.text import printable

__all__ = ["app", "main"]

app = typer.Typer(
    name="lmwire",
    cls=Group,
    help=(
        "Find out why FlexNet licensing fails although the license server answers: walk the path from lmgrd to the "
        "vendor daemon, name the step that breaks, and say what to change."
    ),
    epilog=epilog("lmwire demo", "lmwire diagnose 27000@licsrv --vendor ibmratl", "lmwire explain -96,491"),
    # Plain help starts a tenth of a second sooner than a decorated one; no shell is asked what it is.
    rich_markup_mode=None,
    add_completion=False,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)

for _module in (diagnose, demo, explain, mock, verdicts, schema):
    _module.register(app)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"lmwire {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    pass


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit.

    Exit status: 0 and 1 as the command says, 2 wrong usage, 70 a bug of ours, 74 the output could not be written,
    130 interrupted. No traceback is ever shown, unless the environment has LMWIRE_DEBUG.
    """
    try:
        get_command(app).main(args=None if arguments is None else list(arguments), prog_name="lmwire")
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except Exception as error:  # noqa: BLE001 # the last line of defence
        _bug(error)
    sys.exit(0)


def _bug(error: Exception) -> NoReturn:
    if os.environ.get(DEBUG):
        import traceback  # noqa: PLC0415 # only here

        traceback.print_exception(error)
    what = printable(f"{type(error).__name__}: {error}", 300)
    note(f"this is a bug in lmwire, not a fault of your network: {what}")
    if not os.environ.get(DEBUG):
        note(f"run it again with {DEBUG}=1 for the traceback, and report it.")
    sys.exit(SOFTWARE)
