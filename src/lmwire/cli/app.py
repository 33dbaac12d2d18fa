"""All commands under one name, and what happens when something goes wrong that no command foresaw."""

from __future__ import annotations

import errno
import os
import sys
import traceback
from collections.abc import Sequence
from typing import Final, NoReturn

import click
from click.shell_completion import shell_complete

from lmwire import workflows
from lmwire.cli.manual import LazyGroup, Listed, epilog
from lmwire.cli.terminal import (
    CANT_WRITE,
    DEBUG,
    INTERRUPTED,
    SOFTWARE,
    USAGE,
    closed_pipe,
    note,
    say,
    tell_error,
    unwritten,
)
from lmwire.errors import LmwireError
from lmwire.text import printable, settled
from lmwire.version import __version__

__all__ = ["app", "main"]

_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_COMPLETE: Final = "_LMWIRE_COMPLETE"

_COMMANDS: Final = {
    "diagnose": Listed("lmwire.cli.diagnose:diagnose", "Walk from this machine to a license; say what breaks."),
    "sweep": Listed("lmwire.cli.sweep:sweep", "Diagnose a list of license servers, once or again and again."),
    "locate": Listed("lmwire.cli.locate:locate", "Find the hop that blocks the vendor daemon's port."),
    "demo": Listed("lmwire.cli.demo:demo", "See three diagnoses of servers played on this machine."),
    "explain": Listed("lmwire.cli.explain:explain", "Explain an error code, a verdict or a vendor daemon's name."),
    "mock": Listed("lmwire.cli.mock:mock", "Play a license server that works, or fails as a scenario says."),
    "gateway": Listed(
        "lmwire.cli.gateway:gateway", "Serve a license through one port, while the firewall ticket waits."
    ),
    "idle": Listed("lmwire.cli.idle:idle", "Find after how much silence a path forgets a connection."),
    "capture": Listed("lmwire.cli.capture:capture", "Find the same faults in a capture."),
    "license": Listed("lmwire.cli.license:license_", "Read a license file, check it, pin a port in it."),
    "firewall": Listed("lmwire.cli.firewall:firewall", "Write rules for the firewalls on the way, and test them."),
    "log": Listed("lmwire.cli.log:log", "Read lmgrd's debug log: ports in use, crashes, denials."),
    "lab": Listed("lmwire.cli.lab:lab", "Repair broken networks: training, with a grade."),
    "verdicts": Listed("lmwire.cli.verdicts:verdicts", "List every verdict with its meaning."),
    "schema": Listed("lmwire.cli.schema:schema", "Print the JSON Schema of a diagnosis."),
}


@click.group(
    name="lmwire",
    cls=LazyGroup,
    listed=_COMMANDS,
    help=(
        "Find out why FlexNet licensing fails although the license server answers: walk the path from lmgrd to the "
        "vendor daemon, name the step that breaks, and say what to change."
    ),
    epilog=epilog("lmwire demo", "lmwire diagnose 27000@licsrv --vendor ibmratl", "lmwire explain -96,491"),
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, message="%(prog)s %(version)s", help="Show the version and exit.")
@click.pass_context
def app(context: click.Context) -> None:
    """Show the help, when no command is named."""
    app.show_help_unless_called(context)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit.

    Exit status: 0 and 1 as the command says, 2 wrong usage, 70 a bug of ours, 74 the output could not be written,
    130 interrupted, 141 the reader of the output closed it. lmwire shows a traceback only when the environment has
    LMWIRE_DEBUG.
    """
    try:
        if instruction := os.environ.get(_COMPLETE):  # set by the shell that wants a word completed
            sys.exit(shell_complete(app, {}, "lmwire", _COMPLETE, instruction))
        with app.make_context("lmwire", list(sys.argv[1:] if arguments is None else arguments)) as context:
            app.invoke(context)
    except click.exceptions.Exit as ended:
        sys.exit(ended.exit_code)
    except click.ClickException as error:
        _wrong_usage(error)
    except LmwireError as error:
        tell_error(error)
        sys.exit(CANT_WRITE if isinstance(error, workflows.CannotWriteError) else USAGE)
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
        say("".join(traceback.format_exception(error)).rstrip())
    what = printable(f"{type(error).__name__}: {error}", 300)
    note(f"this is a bug in lmwire, not a fault of your network: {what}")
    if not os.environ.get(DEBUG):
        note(f"to report it, run it again with {DEBUG}=1: that shows the traceback.")
    sys.exit(SOFTWARE)
