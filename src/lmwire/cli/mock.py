"""`lmwire mock`: a license server that fails as told."""

from __future__ import annotations

from typing import Annotated

import typer

from lmwire.cli import options
from lmwire.cli.options import epilog
from lmwire.cli.quick import Command
from lmwire.cli.terminal import emit, fail, log, look

__all__ = ["mock", "register"]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        cls=Command,
        short_help="Play a license server that works or fails as told.",
        epilog=epilog(
            "lmwire mock --scenario vendor-filtered",
            "lmwire mock --bind 0.0.0.0 --lmgrd-port 27000 --vendor ibmratl=27001 --vendor telelogic",
            "lmwire mock --list",
        ),
    )(mock)


def mock(
    *,
    scenario: Annotated[str, typer.Option(metavar="ID", help="What to play; see --list.")] = "healthy",
    bind: Annotated[
        str,
        typer.Option(metavar="ADDRESS", help="Address to listen on; 0.0.0.0 or :: for all. Loopback if not given."),
    ] = "",
    lmgrd_port: Annotated[str, typer.Option(metavar="PORT", help="lmgrd's port; 0 takes a free one.")] = "0",
    vendor_port: Annotated[
        str, typer.Option(metavar="PORT", help="Port of the first vendor daemon without one; 0 takes a free one.")
    ] = "0",
    vendor: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME[=PORT]", help="Vendor daemon to play. May be given several times."),
    ] = None,
    referral_host: Annotated[
        str | None, typer.Option(metavar="NAME", help="Host name that lmgrd refers to.", show_default=False)
    ] = None,
    delay: Annotated[str, typer.Option(metavar="SECONDS", help="How long every answer waits.")] = "0",
    list_: Annotated[bool, typer.Option("--list", help="List the scenarios and exit.")] = False,
) -> None:
    """Play lmgrd and vendor daemons, healthy or failing as a scenario says. Never grants a license.

    Prints one line of JSON when every listener is ready, then one for each conversation, until Ctrl-C or SIGTERM.
    """
    if list_:
        emit(_scenarios())
        return
    from mockserver.command import MockOptions, run_mock  # noqa: PLC0415 # what the other commands don't need
    from mockserver.errors import MockError  # noqa: PLC0415

    ports = range(65536)
    asked = MockOptions(
        scenario=scenario,
        bind=bind or None,
        lmgrd_port=options.number("--lmgrd-port", lmgrd_port, ports),
        vendor_port=options.number("--vendor-port", vendor_port, ports),
        vendors=tuple(vendor or ()),
        referral_host=referral_host,
        delay=0.0 if delay == "0" else options.seconds("--delay", delay),
    )
    try:
        run_mock(asked, log)
    except MockError as error:
        fail(str(error))


def _scenarios() -> str:
    from lmwire.report.text import Page  # noqa: PLC0415
    from mockserver.scenario import Where, scenarios  # noqa: PLC0415

    page = Page(look())
    for where, title in (
        (Where.LOOPBACK, "On any machine"),
        (Where.NETWORK, "Failures that need a firewall, names or fixed ports: played in network namespaces"),
    ):
        page.blank()
        page.paragraph(title, "bold")
        page.pairs((found.id, found.title) for found in scenarios() if found.where is where)
    return page.finish()
