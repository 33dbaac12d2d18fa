"""`lmwire diagnose`: walk the license path and say where it breaks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from lmwire import workflows
from lmwire.cli import options
from lmwire.cli.log import read_given_log
from lmwire.cli.manual import Argument, Command, epilog
from lmwire.cli.progress import Bar
from lmwire.cli.terminal import emit, look, note, status_of
from lmwire.defaults import ANSWER_WAIT, CONNECT_WAIT, PARALLEL, SHORT_CONNECT_WAIT
from lmwire.report import Format, render
from lmwire.workflows.settings import PARALLELS

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["diagnose"]

_MANY = 100
"""Targets on one command line that no license path has."""


@click.command(
    cls=Command,
    epilog=epilog(
        "lmwire diagnose 27000@licsrv --vendor ibmratl",
        "lmwire diagnose 27000@a,27000@b,27000@c",
        "lmwire diagnose @licsrv --format json",
        "lmwire diagnose /opt/licenses/license.dat",
        "lmwire diagnose --log lmgrd.log",
        "lmwire diagnose",
    ),
)
@click.argument(
    "targets",
    cls=Argument,
    nargs=-1,
    metavar="[TARGET]...",
    meaning="The value of LM_LICENSE_FILE: 27000@licsrv, @licsrv, a triad 27000@a,27000@b,27000@c, a list joined by "
    ": or ;, a license file. Several are alternatives of one path. None: what this environment's variables hold.",
)
@click.option(
    "--vendor",
    "-v",
    metavar="NAME",
    multiple=True,
    callback=options.vendors,
    help="The vendor daemon to ask for, as on the VENDOR line. Repeatable. Without it: those that the license file "
    "or lmgrd names.",
)
@click.option(
    "--log",
    "log_file",
    metavar="FILE",
    help="The server's debug log, to compare with; - for standard input. Without a TARGET, lmwire walks to the server "
    "that wrote it.",
)
@click.option(
    "--timeout",
    metavar="SECONDS",
    callback=options.seconds_if_given,
    help=f"How long to wait for a connect. Without it: {CONNECT_WAIT:g}; {SHORT_CONNECT_WAIT:g} for a vendor daemon's "
    "port, where lmgrd's port accepts in a moment. A number given here is kept.",
)
@click.option(
    "--answer-timeout",
    metavar="SECONDS",
    default=f"{ANSWER_WAIT:g}",
    show_default=True,
    callback=options.seconds,
    help="How long to wait for an answer.",
)
@click.option(
    "--source",
    metavar="ADDRESS",
    default="",
    callback=options.address,
    help="Connect from this address of this machine.",
)
@click.option("--ipv4", "-4", is_flag=True, help="Use IPv4 only.")
@click.option("--ipv6", "-6", is_flag=True, help="Use IPv6 only.")
@click.option("--no-follow", is_flag=True, help="Stop at lmgrd's referral.")
@click.option("--dns", is_flag=True, help="Ask the name servers too, past hosts file and cache.")
@click.option(
    "--parallel",
    metavar="N",
    default=str(PARALLEL),
    show_default=True,
    callback=options.number(PARALLELS),
    help="How many servers to walk to at a time.",
)
@click.option(
    "--anonymous", is_flag=True, help="Leave the names of this user and this machine out of JSON and the ticket."
)
@options.format_option("lmwire.diagnosis.model:Report")
@options.output_option
def diagnose(
    *,
    targets: tuple[str, ...],
    vendor: tuple[str, ...],
    log_file: str | None,
    timeout: float | None,
    answer_timeout: float,
    source: str,
    ipv4: bool,
    ipv6: bool,
    no_follow: bool,
    dns: bool,
    parallel: int,
    anonymous: bool,
    form: Format,
    output: Path | None,
) -> None:
    """Walk from this machine to a license, and say what breaks, why, and what to change.

    Sends what an application sends before it asks for a license, and never asks for one.

    Exit status: 0: a license can be reached. 1: no license can be reached, or lmwire could not tell. 2: wrong usage.
    """
    family = options.family(ipv4=ipv4, ipv6=ipv6)
    log = None if log_file is None else read_given_log((log_file,))
    if len(targets) >= _MANY:
        note(
            f"these {len(targets)} targets are alternatives of one license path; "
            "`lmwire sweep FILE` diagnoses each server of a list for itself"
        )
    try:
        with Bar("Walking to license servers") as bar:
            report = workflows.diagnose(
                ";".join(targets) if targets else None,
                vendor=vendor,
                log=log,
                connect_wait=timeout,
                answer_wait=answer_timeout,
                source=source,
                family=family,
                follow=not no_follow,
                dns=dns,
                parallel=parallel,
                anonymous=anonymous,
                on_progress=bar,
            )
    except workflows.SettingError as error:
        raise options.wrong_usage(error) from None
    again = (
        *(("--timeout", f"{timeout:g}") if timeout is not None else ()),
        *(("--answer-timeout", f"{answer_timeout:g}") if answer_timeout != ANSWER_WAIT else ()),
        *(("--source", source) if source else ()),
        *((f"-{family}",) if family else ()),
        *(("--no-follow",) if no_follow else ()),
        *(("--dns",) if dns else ()),
        *(("--log", log_file) if log_file is not None else ()),
    )
    emit(render(report, form, look(output), options=again), output)
    raise click.exceptions.Exit(status_of(report))
