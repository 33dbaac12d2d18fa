"""`lmwire license pin`: give a vendor daemon a port, and change nothing else in the file."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Final

import click
from click.exceptions import Exit

from lmwire import workflows
from lmwire.cli import options
from lmwire.cli.license.file import FileArgument
from lmwire.cli.manual import Argument, Command, epilog
from lmwire.cli.terminal import CANT_WRITE, STDIN, closed_pipe, emit, fail, note, say, stdin_or_path
from lmwire.report import Format, render
from lmwire.text import file_trouble, printable

__all__ = ["pin"]

_PIN: Final = re.compile(r"([^=]{1,100})=([0-9]{1,9})", re.ASCII)


def _pins(_context: click.Context, _option: click.Parameter, texts: tuple[str, ...]) -> dict[str, int]:
    """Read `daemon=port`, each daemon once."""
    pins: dict[str, int] = {}
    for text in texts:
        match = _PIN.fullmatch(text)
        if match is None:
            raise click.BadParameter(f"{printable(text, 100)} is not daemon=port, such as ibmratl=27001")
        if pins.setdefault(match[1], int(match[2])) != int(match[2]):
            raise click.BadParameter(f"{printable(match[1], 100)} is given two ports")
    return pins


@click.command(
    cls=Command,
    epilog=epilog(
        "lmwire license pin server.lic ibmratl=27001 --diff",
        "lmwire license pin server.lic ibmratl=27001 -o new.lic",
        "lmwire license pin server.lic ibmratl=27001 rational=27002 --in-place",
    ),
)
@click.argument("file", cls=FileArgument)
@click.argument(
    "pins",
    cls=Argument,
    nargs=-1,
    required=True,
    metavar="DAEMON=PORT...",
    callback=_pins,
    meaning="A vendor daemon, as on its VENDOR line, and the port to give it.",
)
@click.option("--diff", is_flag=True, help="Show what changes.")
@click.option(
    "--output",
    "-o",
    metavar="FILE",
    type=click.Path(dir_okay=False, allow_dash=True),
    help="Write the new license file here; - for standard output.",
)
@click.option("--in-place", is_flag=True, help="Write the new license file over the old one.")
@click.option("--force", is_flag=True, help="With --output: write over a file that is there.")
@options.format_option("lmwire.workflows.documents:PinnedFile")
def pin(
    *,
    file: str,
    pins: dict[str, int],
    diff: bool,
    output: str | None,
    in_place: bool,
    force: bool,
    form: Format,
) -> None:
    """Pin the ports of vendor daemons in a license file, and keep every other byte of it.

    VENDOR lines are not signed: the license stays valid. lmwire refuses a port that lmgrd or another daemon of the
    file has. The license service reads the new port when it is restarted.

    Exit status: 0: done. 2: it cannot be done, or wrong usage.
    """
    _check(file, diff=diff, output=output, in_place=in_place, force=force, form=form)
    target = file if in_place else output or ""
    source = stdin_or_path(file)
    made = workflows.pin_license_file(source, pins, target="" if target == STDIN else target)
    if target == STDIN:
        _to_standard_output(bytes(made.pinned.document))
    if form is Format.JSON:
        emit(render(made, Format.JSON))
    elif diff:
        emit(render(made, Format.DIFF))
    for warning in made.pinned.warnings:
        note(warning)
    say(*render(made, Format.TEXT).splitlines())


def _check(file: str, *, diff: bool, output: str | None, in_place: bool, force: bool, form: Format) -> None:
    """Refuse a missing file, options that contradict each other, and a result's file that is there."""
    if file != STDIN and not Path(file).exists():
        fail(file_trouble(printable(file, 200), FileNotFoundError()))
    if in_place and output is not None:
        raise click.UsageError("--in-place and --output exclude each other")
    if force and output is None:
        raise click.UsageError("--force belongs to --output")
    if in_place and file == STDIN:
        raise click.UsageError("standard input has no place to write to: say --output")
    if output == STDIN and (diff or form is Format.JSON):
        raise click.UsageError("standard output would get both the new file and the result: name a file for one")
    if not diff and output is None and not in_place and form is Format.TEXT:
        raise click.UsageError("say what to do: --diff shows the change, --output or --in-place writes the new file")
    if output not in {None, STDIN} and file != STDIN and _same(file, output or ""):
        raise click.UsageError(f"{printable(file, 200)} is the license file itself: say --in-place")
    if output not in {None, STDIN} and not force and Path(output or "").is_file():
        fail(f"{printable(output or '', 200)} exists: name another file, or add --force to write over it")


def _same(one: str, other: str) -> bool:
    try:
        return Path(one).samefile(other)
    except (OSError, ValueError):
        return False


def _to_standard_output(data: bytes) -> None:
    if sys.stdout is None:
        note("cannot write to standard output: there is none")
        raise Exit(CANT_WRITE)
    try:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise Exit(closed_pipe()) from None
    except OSError as error:
        note(f"cannot write to standard output: {error.strerror}")
        raise Exit(CANT_WRITE) from None
