"""`lmwire firewall`: rules for the firewalls on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from lmwire.cli import options
from lmwire.cli.firewall_test import test
from lmwire.cli.manual import Argument, Command, Group, epilog
from lmwire.cli.terminal import USAGE, emit, fail, note
from lmwire.firewall import FirewallError, FirewallPlace, Language, write
from lmwire.ports import PRIVILEGED

if TYPE_CHECKING:
    from pathlib import Path

    from lmwire.firewall.model import RuleSet

__all__ = ["firewall"]

_LANGUAGES: Final = [language.value for language in Language]


@click.group(
    cls=Group,
    short_help="Write rules for the firewalls on the way.",
    subcommand_metavar="COMMAND [ARGS]...",
    epilog=epilog("lmwire firewall rules server.lic --from 10.20.0.0/16 --format nftables"),
    invoke_without_command=True,
)
@click.pass_context
def firewall(context: click.Context) -> None:
    """Write the rules that let clients reach a license server, in the language of the firewall at hand."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help(), err=True)
        context.exit(USAGE)


@firewall.command(
    cls=Command,
    short_help="Write the rules that open a license server's ports.",
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
    help="Who may connect: a network or an address, IPv4 or IPv6. Repeatable. 'any' is everybody.",
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
    help="A port of now: lmgrd's, or that of the named vendor daemon. Repeatable.",
)
@click.option(
    "--to",
    metavar="[SERVER=]ADDRESS",
    multiple=True,
    help="The server's address, where firewalls want one or see another one. Repeatable.",
)
@click.option("--resolve", is_flag=True, help="Take the addresses that this machine resolves the server's name to.")
@click.option("--server", metavar="NAME", help="Write only the rules of this server.")
@click.option(
    "--at",
    type=click.Choice([place.value for place in FirewallPlace]),
    metavar="|".join(FirewallPlace),
    help="Where the firewall stands: on the license server, or on a router between. Each format has a usual place.",
)
@click.option("--into", metavar="NAME", help="What the rules go into: a chain, a zone, an access list, a group.")
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
    language: str,
    output: Path | None,
) -> None:
    """Write the rules that let clients open a license server's ports, and nothing else.

    Reads ports from the server's license file, from a diagnosis, from lmgrd's debug log, or from --port. A port that
    is not known, or not pinned and not given by a log or --port, is never guessed. Changes no firewall: read the
    result, then load it. Exit status: 0 when rules were written, 2 when not.
    """
    from lmwire.cli.firewall_inputs import Given, gather, resolved  # noqa: PLC0415 # after the help, which needs none
    from lmwire.firewall.flows import only  # noqa: PLC0415
    from lmwire.firewall.model import RuleSet, parse_sources  # noqa: PLC0415

    try:
        found = gather(Given(license_file=file, diagnosis=from_diagnosis, log=log, ports=ports, to=to))
        found = found if server is None else only(found, server)
        found = resolved(found) if resolve else found
        networks, anybody = parse_sources(sources)
        opened = RuleSet(sources=networks, rules=found, anybody=anybody)
        text = write(opened, Language(language), at=None if at is None else FirewallPlace(at), into=into)
    except FirewallError as error:
        fail(error.message, *([error.hint] if error.hint else []))
    _say(opened)
    emit(text, output)


firewall.add_command(test)


def _say(opened: RuleSet) -> None:
    from lmwire.firewall.flows import left_out  # noqa: PLC0415

    if opened.anybody:
        note(
            "anybody may connect by these rules, as you asked; a license server is seldom meant for the whole Internet"
        )
    for port in dict.fromkeys(rule.port for rule in opened.rules if rule.port < PRIVILEGED):
        note(f"port {port} is below {PRIVILEGED}, unusual for a license server: make sure that nothing else is there")
    for rule in left_out(opened):
        note(f"nothing is opened to {rule.to} port {rule.port}: no source is of IPv{rule.version}")
