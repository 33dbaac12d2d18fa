"""`lmwire firewall`: rules for the firewalls on the way."""

from __future__ import annotations

from typing import Final

import click

from lmwire.cli.manual import LazyGroup, Listed, epilog

__all__ = ["firewall"]

_HERE: Final = "lmwire.cli.firewall"
_COMMANDS: Final = {
    "rules": Listed(f"{_HERE}.rules:rules", "Write the rules that open a license server's ports."),
    "test": Listed(f"{_HERE}.test:test", "Try a rule set in a network made for it: who gets a license?"),
}


@click.group(
    cls=LazyGroup,
    listed=_COMMANDS,
    epilog=epilog("lmwire firewall rules server.lic --from 10.20.0.0/16 --format nftables"),
)
@click.pass_context
def firewall(context: click.Context) -> None:
    """Write the rules that let clients reach a license server, in the language of your firewall, and test rule sets."""
    firewall.show_help_unless_called(context)
