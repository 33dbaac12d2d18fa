"""`lmwire gateway`: a license through one port."""

from __future__ import annotations

from typing import Final

import click

from lmwire.cli.manual import LazyGroup, Listed, epilog

__all__ = ["gateway"]

_HERE: Final = "lmwire.cli.gateway"
_SERVE: Final = "serve"
_COMMANDS: Final = {
    _SERVE: Listed(f"{_HERE}.serve:serve", "Serve a license server to clients that cannot reach it (the default)."),
    "status": Listed(f"{_HERE}.status:status", "Show a running gateway: its listeners and its sessions."),
    "recipe": Listed(f"{_HERE}.recipe:recipe", "Write how to do it with ssh, HAProxy, nginx and others."),
}


class _ServingGroup(LazyGroup):
    """A group whose first word may be a license path: then it is the command `serve`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put `serve` before what is not the name of a command."""
        if args and args[0] not in {*self.listed, "-h", "--help"}:
            args = [_SERVE, *args]
        return super().parse_args(ctx, args)


@click.group(
    cls=_ServingGroup,
    listed=_COMMANDS,
    epilog=epilog(
        "lmwire gateway 27000@licsrv",
        "lmwire gateway 27000@licsrv --listen 10.8.0.1:27000 --allow 10.8.0.0/16 --vendor ibmratl",
        "lmwire gateway recipe ssh 27000@licsrv",
        "lmwire gateway status",
    ),
)
@click.pass_context
def gateway(context: click.Context) -> None:
    """Serve a license server to clients that cannot reach it, through one port of this machine.

    Run it where the license server can be reached. A client names the gateway in its license path. The gateway asks
    lmgrd, goes to the vendor daemon itself, and copies bytes. It needs no change of firewall, DNS or license file.
    The license server sees the gateway's address: see the terms of the license, and the options file.
    `lmwire gateway serve --help` shows the options: --listen, --allow, --vendor, --config and others.
    """
    gateway.show_help_unless_called(context)
