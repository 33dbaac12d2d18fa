"""`lmwire license pin`: give a vendor daemon a port, and change nothing else in the file."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
from click.exceptions import Exit

from lmwire.cli.licensefile import STDIN, FileArgument, load
from lmwire.cli.manual import Argument, Command, epilog
from lmwire.cli.options import ShortFormat, form_option
from lmwire.cli.terminal import CANT_WRITE, closed_pipe, emit, fail, note, say
from lmwire.text import printable

if TYPE_CHECKING:
    from lmwire.licensefile import PinChange, Pinned

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
    short_help="Pin the ports of vendor daemons; change nothing else.",
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
    meaning="A vendor daemon, as on its VENDOR line, and the port that it shall have.",
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
@form_option(ShortFormat, "--format", "-f")
def pin(
    *,
    file: str,
    pins: dict[str, int],
    diff: bool,
    output: str | None,
    in_place: bool,
    force: bool,
    form: ShortFormat,
) -> None:
    """Pin the ports of vendor daemons in a license file, and keep every other byte of it.

    VENDOR lines are not signed: the license stays valid. A port that lmgrd or another daemon of the file has is
    refused. The license service reads the new port when it is restarted. Exit status: 0, or 2 when it can't be done.
    """
    _check(file, diff=diff, output=output, in_place=in_place, force=force, form=form)
    document = load(file)
    from lmwire.licensefile import PinError, pin_ports  # noqa: PLC0415

    try:
        pinned = pin_ports(document, pins)
    except PinError as error:
        fail(error.message, *([f"Hint: {error.hint}"] if error.hint else []))
    target = file if in_place else output
    if target is not None:
        _write(bytes(pinned.document), target)
    if form is ShortFormat.JSON:
        from lmwire.report.licensejson import pin_json  # noqa: PLC0415

        emit(pin_json(pinned, target or ""))
    elif diff:
        from lmwire.report.difference import unified_diff  # noqa: PLC0415

        emit(unified_diff(document, pinned, target or file))
    _tell(pinned, target)


def _check(file: str, *, diff: bool, output: str | None, in_place: bool, force: bool, form: ShortFormat) -> None:
    """Refuse options that contradict each other and a result's file that is there, before anything is read."""
    if in_place and output is not None:
        raise click.UsageError("--in-place and --output exclude each other")
    if force and output is None:
        raise click.UsageError("--force belongs to --output")
    if in_place and file == STDIN:
        raise click.UsageError("standard input has no place to write to: say --output")
    if output == STDIN and (diff or form is ShortFormat.JSON):
        raise click.UsageError("standard output holds the new file or what is told of it, not both: name a file")
    if not diff and output is None and not in_place and form is ShortFormat.TEXT:
        raise click.UsageError("say what to do: --diff shows the change, --output or --in-place writes the new file")
    if output not in {None, STDIN} and file != STDIN and _same(file, output or ""):
        raise click.UsageError(f"{printable(file, 200)} is the license file itself: say --in-place")
    if output not in {None, STDIN} and not force and Path(output or "").is_file():
        fail(f"{printable(output or '', 200)} is there already; take another name, or --force to write over it")


def _same(one: str, other: str) -> bool:
    try:
        return Path(one).samefile(other)
    except (OSError, ValueError):
        return False


def _write(data: bytes, target: str) -> None:
    if target == STDIN:
        _to_standard_output(data)
        return
    path = Path(target).resolve()
    try:
        if path.exists() and not path.is_file():
            path.write_bytes(data)  # a device or a pipe, which nothing may take the place of
        else:
            _replace(path, data)
    except OSError as error:
        note(f"can't write {printable(target, 200)}: {error.strerror}")
        raise Exit(CANT_WRITE) from None


def _to_standard_output(data: bytes) -> None:
    if sys.stdout is None:
        note("can't write to standard output: there is none")
        raise Exit(CANT_WRITE)
    try:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise Exit(closed_pipe()) from None
    except OSError as error:
        note(f"can't write to standard output: {error.strerror}")
        raise Exit(CANT_WRITE) from None


def _replace(path: Path, data: bytes) -> None:
    """Write a file as a whole or not at all: a license server must never read half of one.

    A file that was there keeps its permissions, and its owner where the system lets it.
    """
    old = path.stat() if path.exists() else None
    made = path.with_name(f".{path.name[:100]}.{secrets.token_hex(4)}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    descriptor = os.open(made, flags, 0o666 if old is None else 0o600)
    try:
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(data)
        if old is not None:
            if hasattr(os, "chown"):
                with contextlib.suppress(PermissionError):
                    os.chown(made, old.st_uid, old.st_gid)
            made.chmod(stat.S_IMODE(old.st_mode))
        made.replace(path)
    except BaseException:
        made.unlink(missing_ok=True)
        raise


def _tell(pinned: Pinned, target: str | None) -> None:
    for warning in pinned.warnings:
        note(warning)
    changed = any(change.before != change.after for change in pinned.changes)
    if target is not None and target != STDIN:
        say(f"Wrote {printable(target, 200)}:", *(f"  {_change(change)}" for change in pinned.changes))
        if changed:
            say("Restart the license service, and open the port on every firewall between.")
    if not changed:
        say("Nothing changed: what was asked for is in the license file already.")


def _change(change: PinChange) -> str:
    was = "chosen by the system" if change.was is None else change.was
    told = "as before" if change.before == change.after else f"before: {was}"
    return f"line {change.line}: {change.daemon} on port {change.port}, {told}"
