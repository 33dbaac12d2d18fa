"""`lmwire locate`: find the hop that blocks the vendor daemon's port."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from lmwire import workflows
from lmwire.cli import options
from lmwire.cli.manual import Argument, Command, epilog
from lmwire.cli.progress import Bar
from lmwire.cli.terminal import emit, look
from lmwire.defaults import LOCATE_HOPS, LOCATE_WAIT
from lmwire.ports import MAX_PORT
from lmwire.report import Format, render
from lmwire.workflows.settings import HOPS

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["locate"]


def _port(context: click.Context, option: click.Parameter, text: str) -> int | None:
    return options.number(range(1, MAX_PORT + 1))(context, option, text) if text else None


@click.command(
    cls=Command,
    epilog=epilog(
        "lmwire locate 27000@licsrv --vendor ibmratl",
        "lmwire locate 27000@licsrv --port 27001",
        "lmwire locate 27000@licsrv --format markdown",
    ),
)
@click.argument("target", cls=Argument, metavar="TARGET", meaning="The server as in LM_LICENSE_FILE: 27000@licsrv.")
@click.option(
    "--vendor",
    "-v",
    metavar="NAME",
    multiple=True,
    callback=options.vendors,
    help="The vendor daemon whose port to look for. Repeatable. Without it: those that lmgrd names.",
)
@click.option(
    "--port",
    metavar="PORT",
    default="",
    callback=_port,
    help="The vendor daemon's port: do not ask lmgrd.",
)
@click.option(
    "--control",
    metavar="PORT",
    default="",
    callback=_port,
    help="The port of the same server to compare with; it must be open. Without it: lmgrd's port.",
)
@click.option(
    "--max-hops",
    metavar="N",
    default=str(LOCATE_HOPS),
    show_default=True,
    callback=options.number(HOPS),
    help="How many routers to go past.",
)
@click.option(
    "--timeout",
    metavar="SECONDS",
    default=f"{LOCATE_WAIT:g}",
    show_default=True,
    callback=options.seconds,
    help="How long to wait for each answer; each question is asked up to three times.",
)
@click.option("--ipv4", "-4", is_flag=True, help="Use IPv4 only.")
@click.option("--ipv6", "-6", is_flag=True, help="Use IPv6 only.")
@click.option("--raw", is_flag=True, help="Send packets with scapy: needs root and the extra `capture`.")
@options.format_option("lmwire.hops.result:Location")
@options.output_option
def locate(
    *,
    target: str,
    vendor: tuple[str, ...],
    port: int | None,
    control: int | None,
    max_hops: int,
    timeout: float,
    ipv4: bool,
    ipv6: bool,
    raw: bool,
    form: Format,
    output: Path | None,
) -> None:
    """Find the hop that blocks the vendor daemon's port, with packets of a low time to live (TTL).

    Opens connections to lmgrd's port and to the vendor daemon's, side by side, and closes each at once. Needs no root
    on Linux.

    Exit status: 0: nothing blocks the port. 1: something blocks it, or lmwire could not tell. 2: wrong usage.
    """
    family = options.family(ipv4=ipv4, ipv6=ipv6)
    try:
        with Bar("Looking at the path"):
            location = workflows.locate(
                target,
                vendor=vendor,
                port=port,
                control=control,
                max_hops=max_hops,
                wait=timeout,
                family=family,
                raw=raw,
            )
    except workflows.SettingError as error:
        raise options.wrong_usage(error) from None
    again = (
        *(word for name in vendor for word in ("--vendor", name)),
        *(("--port", str(port)) if port else ()),
        *(("--control", str(control)) if control else ()),
        *((f"-{family}",) if family else ()),
    )
    emit(render(location, form, look(output), options=again), output)
    raise click.exceptions.Exit(1 if location.blocked else 0)
