"""`lmwire gateway status`: a running gateway's listeners and sessions."""

from __future__ import annotations

from pathlib import Path

import click

from lmwire.cli import options
from lmwire.cli.manual import Command, epilog
from lmwire.cli.terminal import emit, look
from lmwire.gateway.status import StatusList, read_status
from lmwire.report import Format, render

__all__ = ["status"]


@click.command(cls=Command, epilog=epilog("lmwire gateway status", "lmwire gateway status --format json"))
@click.option(
    "--socket",
    metavar="SOCKET",
    type=click.Path(path_type=Path),
    help="The gateway's socket; default: those of this user's gateways.",
)
@options.format_option("lmwire.gateway.status:StatusList")
def status(*, socket: Path | None, form: Format) -> None:
    """Show a running gateway: its listeners, the vendor daemons' ports, and its sessions.

    Exit status: 0: a gateway answered. 2: none did.
    """
    emit(render(StatusList(read_status(socket)), form, look()))
