"""`lmwire capture`: the same diagnosis, from a capture or a live one."""

from __future__ import annotations

from typing import Final

import click

from lmwire.cli.manual import LazyGroup, Listed, epilog

__all__ = ["capture"]

_HERE: Final = "lmwire.cli.capture"
_COMMANDS: Final = {
    "dissector": Listed(f"{_HERE}.dissector:dissector", "Print or install the Wireshark dissector."),
    "analyze": Listed(f"{_HERE}.analyze:analyze", "Diagnose every license conversation in a capture."),
    "record": Listed(f"{_HERE}.record:record", "Record license traffic, and only that, into a pcapng file."),
    "watch": Listed(f"{_HERE}.watch:watch", "Show license conversations as they end."),
}


@click.group(
    cls=LazyGroup,
    listed=_COMMANDS,
    epilog=epilog("lmwire capture analyze ticket-4711.pcapng", "lmwire capture dissector --install"),
)
@click.pass_context
def capture(context: click.Context) -> None:
    """Find in a capture what breaks between an application and a license.

    Needs scapy: pip install "lmwire[capture]".
    """
    capture.show_help_unless_called(context)
