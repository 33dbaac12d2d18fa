"""All commands under one name, and what happens when something goes wrong that no command foresaw."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

import click

from lmwire import __version__
from lmwire.cli import capture, demo, diagnose, explain, firewall, lab, locate, log, mock, schema, verdicts
from lmwire.cli.license import license_
from lmwire.cli.manual import Group, epilog
from lmwire.cli.terminal import DEBUG, INTERRUPTED, SOFTWARE, USAGE, closed_pipe, note, say, unwritten
from lmwire.text import printable, settled

__all__ = ["app", "main"]

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


@click.group(
    name="lmwire",
    cls=Group,
    help=(
        "Find out why FlexNet licensing fails although the license server answers: walk the path from lmgrd to the "
        "vendor daemon, name the step that breaks, and say what to change."
    ),
    epilog=epilog("lmwire demo", "lmwire diagnose 27000@licsrv --vendor ibmratl", "lmwire explain -96,491"),
    invoke_without_command=True,
    subcommand_metavar="COMMAND [ARGS]...",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, message="%(prog)s %(version)s", help="Show the version and exit.")
@click.pass_context
def app(context: click.Context) -> None:
    """Do what no command does: show the help."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help(), err=True)
        context.exit(USAGE)


for _command in (
    diagnose.diagnose,
    locate.locate,
    demo.demo,
    explain.explain,
    mock.mock,
    capture.capture,
    license_,
    firewall.firewall,
    log.log,
    lab.lab,
    verdicts.verdicts,
    schema.schema,
):
    app.add_command(_command)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit.

    Exit status: 0 and 1 as the command says, 2 wrong usage, 70 a bug of ours, 74 the output could not be written,
    130 interrupted, 141 nobody reads the output. No traceback is ever shown, unless the environment has LMWIRE_DEBUG.
    """
    try:
        with app.make_context("lmwire", list(sys.argv[1:] if arguments is None else arguments)) as context:
            app.invoke(context)
    except click.exceptions.Exit as ended:
        sys.exit(ended.exit_code)
    except click.ClickException as error:
        _wrong_usage(error)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except BrokenPipeError:  # of the help, which click writes
        sys.exit(closed_pipe())
    except OSError as error:
        if error.errno in _FULL:  # met by the help, too
            sys.exit(unwritten(error))
        _bug(error)
    except Exception as error:  # noqa: BLE001 # the last line of defence
        _bug(error)
    sys.exit(0)


def _wrong_usage(error: click.ClickException) -> NoReturn:
    context = error.ctx if isinstance(error, click.UsageError) else None
    if context is not None:
        say(*context.get_usage().splitlines(), f"Try '{context.command_path} --help' for help.", "")
    # Not every message of click escapes what the user typed.
    say(f"Error: {settled(error.format_message())}")
    sys.exit(error.exit_code)


def _bug(error: Exception) -> NoReturn:
    if os.environ.get(DEBUG):
        import traceback  # noqa: PLC0415 # only here

        say("".join(traceback.format_exception(error)).rstrip())
    what = printable(f"{type(error).__name__}: {error}", 300)
    note(f"this is a bug in lmwire, not a fault of your network: {what}")
    if not os.environ.get(DEBUG):
        note(f"run it again with {DEBUG}=1 for the traceback, and report it.")
    sys.exit(SOFTWARE)
