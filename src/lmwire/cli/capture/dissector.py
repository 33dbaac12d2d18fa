"""`lmwire capture dissector`: FlexNet in Wireshark."""

from __future__ import annotations

from pathlib import Path

import click

from lmwire import workflows
from lmwire.cli import options
from lmwire.cli.manual import Command, epilog
from lmwire.cli.terminal import emit, fail, say
from lmwire.text import printable

__all__ = ["dissector"]


@click.command(
    cls=Command,
    epilog=epilog("lmwire capture dissector --install", "lmwire capture dissector --output flexlm.lua"),
)
@click.option("--install", "wanted", is_flag=True, help="Write it into Wireshark's folder of personal Lua plugins.")
@click.option(
    "--output",
    "-o",
    metavar="FILE",
    type=click.Path(dir_okay=False, writable=True, allow_dash=True, path_type=Path),
    callback=options.file,
    help="Write it to this file.",
)
def dissector(*, wanted: bool, output: Path | None) -> None:
    """Print the Wireshark dissector for FlexNet licensing, install it, or write it to a file.

    It finds the protocol on any port, checks both checksums, and names error codes. Wireshark loads it at its next
    start, or with Ctrl-Shift-L.
    """
    if not wanted:
        emit(workflows.dissector_source(), output)
        return
    if output is not None:
        raise click.UsageError("--install and --output exclude each other")
    try:
        path = workflows.install_dissector()
    except OSError as error:
        fail(f"cannot install the dissector: {error.strerror}: {printable(str(error.filename or ''))}")
    say(f"Installed {printable(str(path))}", "Wireshark loads it at its next start, or with Ctrl-Shift-L.")
