"""`lmwire license`: what is in a license file, what is wrong with it, and a pinned port."""

from __future__ import annotations

from typing import Final

import click

from lmwire.cli.manual import LazyGroup, Listed, epilog

__all__ = ["license_"]

_HERE: Final = "lmwire.cli.license"
_COMMANDS: Final = {
    "show": Listed(f"{_HERE}.check:show", "Show servers, vendor daemons, ports and features."),
    "lint": Listed(f"{_HERE}.check:lint", "Show every problem of a license file, with its place and a fix."),
    "pin": Listed(f"{_HERE}.pin:pin", "Pin the ports of vendor daemons; change nothing else."),
}


@click.group(
    name="license",
    cls=LazyGroup,
    listed=_COMMANDS,
    epilog=epilog(
        "lmwire license show server.lic",
        "lmwire license lint server.lic",
        "lmwire license pin server.lic ibmratl=27001 --diff",
    ),
)
@click.pass_context
def license_(context: click.Context) -> None:
    """Read license files. Signatures are neither computed nor changed."""
    license_.show_help_unless_called(context)
