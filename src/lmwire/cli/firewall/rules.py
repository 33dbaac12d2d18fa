"""`lmwire firewall rules`: the rules that open a license server's ports."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO, Final

import click

from lmwire import workflows
from lmwire.cli import options
from lmwire.cli.manual import Argument, Command, epilog
from lmwire.cli.terminal import STDIN, emit, fail, note, stdin_or_path
from lmwire.firewall import FirewallPlace, Language
from lmwire.report import Format, render

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["rules"]

_LANGUAGES: Final = [language.value for language in Language]


@click.command(
    cls=Command,
    epilog=epilog(
        "lmwire firewall rules server.lic --from 10.20.0.0/16 --format nftables",
        "lmwire firewall rules --from-diagnosis d.json --from 10.20.0.0/16",
        "lmwire firewall rules --log lmgrd.log --from 10.20.0.0/16 --format powershell",
        "lmwire firewall rules --port 27000 --port 27001:ibmratl --to 192.0.2.20 --from 10.20.0.0/16 -f cisco-asa",
    ),
)
@click.argument(
    "file",
    cls=Argument,
    required=False,
    metavar="[FILE]",
    meaning="The license file that the server itself reads; - for standard input.",
)
@click.option(
    "--from",
    "sources",
    metavar="NETWORK",
    multiple=True,
    help="Who may connect: a network or an address, IPv4 or IPv6. Repeatable. any: everybody.",
)
@click.option(
    "--from-diagnosis",
    metavar="FILE",
    help="Take servers and ports from `lmwire diagnose --format json`; - for standard input.",
)
@click.option("--log", metavar="FILE", help="Take the ports in use from lmgrd's debug log; - for standard input.")
@click.option(
    "--port",
    "ports",
    metavar="PORT[:DAEMON]",
    multiple=True,
    help="A port in use: lmgrd's, or that of the named vendor daemon. Repeatable.",
)
@click.option(
    "--to",
    metavar="[SERVER=]ADDRESS",
    multiple=True,
    help="The server's address, for firewalls that need one, or see another one. Repeatable.",
)
@click.option("--resolve", is_flag=True, help="Take the addresses that this machine resolves the server's name to.")
@click.option("--server", metavar="NAME", help="Write only the rules of this server.")
@click.option(
    "--at",
    type=click.Choice([place.value for place in FirewallPlace]),
    metavar="|".join(FirewallPlace),
    help="Where the firewall is: on the license server, or on a router between. Each format has a usual place.",
)
@click.option("--into", metavar="NAME", help="The chain, zone, access list or group that the rules go into.")
@click.option(
    "--name",
    metavar="NAME",
    help="The name of these rules, in the names of chains, rules and objects. Without it: the server's name and port.",
)
@click.option(
    "--format",
    "-f",
    "language",
    type=click.Choice(_LANGUAGES),
    metavar="FORMAT",
    default=Language.TICKET.value,
    show_default=True,
    help=f"One of {', '.join(_LANGUAGES)}.",
)
@options.output_option
def rules(
    *,
    file: str | None,
    sources: tuple[str, ...],
    from_diagnosis: str | None,
    log: str | None,
    ports: tuple[str, ...],
    to: tuple[str, ...],
    resolve: bool,
    server: str | None,
    at: str | None,
    into: str | None,
    name: str | None,
    language: str,
    output: Path | None,
) -> None:
    """Write the rules that let clients open a license server's ports, and nothing else.

    Reads ports from the server's license file, from a diagnosis, from lmgrd's debug log, or from --port. lmwire never
    guesses a port: one that is not pinned must be in the log, or given by --port. Changes no firewall: read the result,
    then load it.

    Exit status: 0: the rules were written. 2: they cannot be, or wrong usage.
    """
    if [file, from_diagnosis, log].count(STDIN) > 1:
        fail("standard input can be one of the files only")
    written = workflows.firewall_rules(
        _given(file),
        sources=sources,
        language=language,
        diagnosis=_given(from_diagnosis),
        log=_given(log),
        ports=ports,
        to=to,
        resolve=resolve,
        server=server,
        at=at,
        into=into,
        name=name,
    )
    for sentence in written.notes:
        note(sentence)
    emit(render(written, Format.TEXT), output)


def _given(file: str | None) -> str | BinaryIO | None:
    return None if file is None else stdin_or_path(file)
