"""`lmwire capture record`: license traffic into a file, and nothing else."""

from __future__ import annotations

import contextlib
import os
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

import click

from lmwire import workflows
from lmwire.cli import options
from lmwire.cli.capture.live import (
    LiveLine,
    StopRequest,
    batches,
    duration_option,
    interface_option,
    opened,
    tell_losses,
    tell_silence,
)
from lmwire.cli.manual import Argument, Command, epilog
from lmwire.cli.terminal import CANT_WRITE, closed_pipe, fail, note, say
from lmwire.text import printable

if TYPE_CHECKING:
    from lmwire.capture.live.sieve import Sieve

__all__ = ["record"]

_STDOUT: Final = Path("-")


@click.command(
    cls=Command,
    epilog=epilog(
        "lmwire capture record -i eth0 -o out.pcapng 27000@licsrv",
        "lmwire capture record -o out.pcapng --for 60",
        "lmwire capture record -o - 27000@licsrv --for 60 | lmwire capture analyze -",
    ),
)
@click.argument(
    "targets",
    cls=Argument,
    nargs=-1,
    metavar="[TARGET]...",
    meaning="Whose traffic, as for `lmwire diagnose`: 27000@licsrv, @licsrv, a triad, a license file. None: that of "
    "any license server, on any port.",
)
@interface_option
@click.option(
    "--output",
    "-o",
    metavar="FILE",
    required=True,
    type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
    help="The file to write; - for standard output.",
)
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@duration_option
@click.option(
    "--packets",
    metavar="N",
    default="0",
    callback=options.number(range(10**9)),
    help="Stop when so many packets are recorded; 0: no limit.",
)
def record(
    *, targets: tuple[str, ...], interface: str, output: Path, force: bool, duration: float | None, packets: int
) -> None:
    """Record license traffic until Ctrl-C, SIGTERM or --for: what `lmwire capture analyze` needs, and only that.

    Keeps the connections to lmgrd and to where it refers, the look-ups of their names, and ICMP errors and ARP about
    them. Without a TARGET, lmwire knows license traffic by its first bytes, on any port, and keeps connects to
    27000-27009, too. Start it before the application. Needs root, or the right to see packets (CAP_NET_RAW).

    Exit status: 0: something was recorded. 1: nothing was. 2: it cannot be done, or wrong usage.
    """
    _check(output, force=force)
    sieve, notes = workflows.sieve_for(";".join(targets) if targets else None)
    for sentence in notes:
        note(sentence)
    with StopRequest(duration) as stop, opened(interface) as source:
        with _file(output, force=force) as file:
            whose = f"of {printable(' '.join(targets), 200)}" if targets else "of any server"
            where = f"on {printable(interface, 40)} into {_shown(output)}"
            note(f"recording license traffic {whose} {where}; stop with Ctrl-C")
            with LiveLine() as line:
                incoming = batches(source, stop)
                workflows.record_packets(
                    incoming, sieve, file, packets, lambda: line(lambda: f"recorded {_so_far(sieve)}")
                )
        tell_losses(source)
    _tell(sieve, interface, output, aimed=bool(targets))


def _check(output: Path, *, force: bool) -> None:
    """Refuse what cannot be written, before anything is asked of the system."""
    if output == _STDOUT:
        if sys.stdout is None or sys.stdout.isatty():
            fail("a capture cannot be written to a terminal: give a file with -o, or send standard output into one")
    elif not output.parent.is_dir():
        raise click.BadParameter(f"there is no directory {printable(str(output.parent), 200)}", param_hint="--output")
    elif output.exists() and not force:
        fail(f"{_shown(output)} exists: name another file, or add --force to write over it")


def _shown(output: Path) -> str:
    return "standard output" if output == _STDOUT else printable(str(output), 200)


@contextlib.contextmanager
def _file(output: Path, *, force: bool) -> Iterator[BinaryIO]:
    """Yield the file to write; say so when it cannot be written (any more)."""
    try:
        if output == _STDOUT:
            yield sys.stdout.buffer
            return
        # Packets are nobody else's business.
        with open(output, "wb" if force else "xb", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
            yield file
    except BrokenPipeError:
        raise click.exceptions.Exit(closed_pipe()) from None
    except OSError as error:
        note(f"cannot write {_shown(output)}: {error.strerror}")
        raise click.exceptions.Exit(CANT_WRITE) from None


def _so_far(sieve: Sieve) -> str:
    return f"{sieve.kept} packets of {sieve.conversations} connections, out of {sieve.seen} seen"


def _tell(sieve: Sieve, interface: str, output: Path, *, aimed: bool) -> None:
    """Say what was recorded, and what to do with it; why nothing was, as likely as can be told."""
    note(f"recorded {_so_far(sieve)}")
    if sieve.given_up:
        note(f"{sieve.given_up} connections are not in it: too many were open at once to tell them apart")
    if sieve.kept:
        if output != _STDOUT:
            say(f"Next: lmwire capture analyze {printable(shlex.quote(str(output)), 200)}")
        return
    if not sieve.seen:
        tell_silence(interface)
    else:
        note("no license traffic seen. Likely reasons:")
        say(
            *(["  another interface carries it: listen on all of them with -i any"] if interface != "any" else []),
            "  the application was connected before: start recording first, then the application",
            "  the application tried nothing meanwhile, or reads another license path: run `lmwire diagnose` meanwhile",
            "  the application runs on another machine: record there, or on a mirror port that carries its traffic",
            *(["  the server has another address: record without TARGET"] if aimed else []),
        )
    raise click.exceptions.Exit(1)
