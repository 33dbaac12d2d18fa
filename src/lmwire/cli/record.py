"""`lmwire capture record`: license traffic into a file, and nothing else."""

from __future__ import annotations

import contextlib
import shlex
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

import click

from lmwire.cli import options
from lmwire.cli.diagnose import explain_bad_path
from lmwire.cli.live import (
    Progress,
    Stop,
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
    from lmwire.capture.live.sieve import Sieve, WantedServer
    from lmwire.capture.live.source import LivePacket

__all__ = ["record"]

_STDOUT: Final = Path("-")


@click.command(
    cls=Command,
    short_help="Record license traffic, and only that, into a pcapng file.",
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
    help="Stop when so many packets are recorded; 0, as when not given, for no limit.",
)
def record(
    *, targets: tuple[str, ...], interface: str, output: Path, force: bool, duration: float | None, packets: int
) -> None:
    """Record license traffic until Ctrl-C (or SIGTERM, or --for): what `lmwire capture analyze` needs, and only that.

    Kept are the connections to lmgrd and to where it refers, the look-ups of their names, ICMP errors and ARP about
    them. Without a TARGET, license traffic is known by its first bytes, on any port; connects to 27000-27009 count,
    too. Begin before the application does. Needs root, or the right to see packets (CAP_NET_RAW). Exit status: 0 when
    something was recorded, 1 when nothing was, 2 when it can't be done.
    """
    _check(output, force=force)
    servers = _servers(targets)
    from lmwire.capture.live.sieve import Sieve  # noqa: PLC0415 # after the errors that need no network

    sieve = Sieve(servers)
    with Stop(duration) as stop, opened(interface) as source:
        with _file(output, force=force) as file:
            whose = f"of {printable(' '.join(targets), 200)}" if targets else "of any server"
            where = f"on {printable(interface, 40)} into {_shown(output)}"
            note(f"recording license traffic {whose} {where}; stop with Ctrl-C")
            _record(batches(source, stop), sieve, file, packets)
        tell_losses(source)
    _tell(sieve, interface, output, aimed=bool(targets))


def _check(output: Path, *, force: bool) -> None:
    """Refuse what can't be written, before anything is asked of the system."""
    if output == _STDOUT:
        if sys.stdout is None or sys.stdout.isatty():
            fail("a capture is nothing for a terminal: give a file with -o, or send standard output into one")
    elif not output.parent.is_dir():
        raise click.BadParameter(f"there is no directory {printable(str(output.parent), 200)}", param_hint="--output")
    elif output.exists() and not force:
        fail(f"{_shown(output)} is there already; take another name, or --force to write over it")


def _shown(output: Path) -> str:
    return "standard output" if output == _STDOUT else printable(str(output), 200)


@contextlib.contextmanager
def _file(output: Path, *, force: bool) -> Iterator[BinaryIO]:
    """Yield the file to write; say so when it can't be written (any more)."""
    try:
        if output == _STDOUT:
            yield sys.stdout.buffer
            return
        with output.open("wb" if force else "xb") as file:
            yield file
    except BrokenPipeError:
        raise click.exceptions.Exit(closed_pipe()) from None
    except OSError as error:
        note(f"can't write {_shown(output)}: {error.strerror}")
        raise click.exceptions.Exit(CANT_WRITE) from None


def _servers(texts: tuple[str, ...]) -> list[WantedServer]:
    """Look the servers' names up, once; what they lead to elsewhere, the DNS that comes by will tell."""
    from lmwire.capture.live.sieve import WantedServer  # noqa: PLC0415
    from lmwire.licensepath import LicensePathError, parse_path  # noqa: PLC0415

    if not texts:
        return []
    try:
        path = parse_path(";".join(texts))
    except LicensePathError as error:
        explain_bad_path(error)
    found = []
    for target in path.targets:
        pinned = [line.port for line in target.vendors if line.port is not None]
        for server in target.servers:
            addresses = _addresses(server.host)
            if not addresses:
                note(f"{printable(server.host, 100)} does not resolve here; where the DNS that comes by leads, counts")
            found.append(WantedServer(server.host, (*server.ports, *pinned), addresses))
    return found


def _addresses(host: str) -> list[bytes]:
    import ipaddress  # noqa: PLC0415
    import socket  # noqa: PLC0415

    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):  # the latter of names that no DNS can hold
        return []
    texts = dict.fromkeys(str(place[0]).partition("%")[0] for *_, place in found)
    return [ipaddress.ip_address(text).packed for text in texts]


def _record(incoming: Iterable[list[LivePacket]], sieve: Sieve, file: BinaryIO, most: int) -> None:
    """Record all that comes, or the first so many packets. Raises OSError when the file can't be written."""
    from lmwire.capture.live.writer import LiveWriter  # noqa: PLC0415

    writer = LiveWriter(file)
    written = 0
    with Progress() as progress:
        for kept in _sifted(incoming, sieve):
            wanted = kept[: most - written] if most else kept
            writer.write(wanted)
            written += len(wanted)
            if most and written >= most:
                return
            progress(lambda: f"recorded {_so_far(sieve)}")


def _sifted(incoming: Iterable[list[LivePacket]], sieve: Sieve) -> Iterator[list[LivePacket]]:
    yield from map(sieve.take, incoming)
    yield sieve.finish()


def _so_far(sieve: Sieve) -> str:
    return f"{sieve.kept} packets of {sieve.conversations} connections, out of {sieve.seen} that came by"


def _tell(sieve: Sieve, interface: str, output: Path, *, aimed: bool) -> None:
    """Say what was recorded, and what to do with it; why nothing was, as likely as can be told."""
    note(f"recorded {_so_far(sieve)}")
    if sieve.given_up:
        note(f"{sieve.given_up} connections were open all at once before they could be told apart, and are not in it")
    if sieve.kept:
        if output != _STDOUT:
            say(f"Next: lmwire capture analyze {printable(shlex.quote(str(output)), 200)}")
        return
    if not sieve.seen:
        tell_silence(interface)
    else:
        note("no license traffic came by. Likely reasons:")
        say(
            *(["  another interface carries it: -i any takes all"] if interface != "any" else []),
            "  the application was connected before: only what begins while recording can be told",
            "  the application tried nothing meanwhile, or reads another license path: `lmwire diagnose` tries it",
            "  it runs on another machine: record there, or on a mirror port that carries its traffic",
            *(["  the server goes by another address: try it without TARGET"] if aimed else []),
        )
    raise click.exceptions.Exit(1)
