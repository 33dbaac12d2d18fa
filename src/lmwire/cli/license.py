"""`lmwire license`: what is in a license file, what is wrong with it, and a pinned port."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

import click

from lmwire.cli import options
from lmwire.cli.licensefile import FileArgument, load
from lmwire.cli.manual import Command, Group, epilog
from lmwire.cli.options import ShortFormat, form_option
from lmwire.cli.pin import pin
from lmwire.cli.terminal import USAGE, emit, look

if TYPE_CHECKING:
    from lmwire.licensefile import LicenseDocument, LicenseProblem, Resolve

__all__ = ["license_"]

_WAIT: Final = 5.0
"""Seconds that the name of a server may take to resolve."""


@click.group(
    name="license",
    cls=Group,
    short_help="Read a license file, check it, pin a port in it.",
    subcommand_metavar="COMMAND [ARGS]...",
    epilog=epilog(
        "lmwire license show server.lic",
        "lmwire license lint server.lic",
        "lmwire license pin server.lic ibmratl=27001 --diff",
    ),
    invoke_without_command=True,
)
@click.pass_context
def license_(context: click.Context) -> None:
    """Read license files. Signatures are neither computed nor changed."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help(), err=True)
        context.exit(USAGE)


@license_.command(
    cls=Command,
    short_help="Show servers, vendor daemons, ports and features.",
    epilog=epilog("lmwire license show server.lic", "lmwire license show server.lic --format json"),
)
@click.argument("file", cls=FileArgument)
@click.option("--all", "everything", is_flag=True, help="List every feature, however many there are.")
@form_option(ShortFormat, "--format", "-f")
def show(*, file: str, everything: bool, form: ShortFormat) -> None:
    """Show what is in a license file: servers, vendor daemons with their products, ports pinned or not, features.

    Asks nobody about anything. Exit status: 0, or 2 when the file can't be read.
    """
    document = load(file)
    if form is ShortFormat.JSON:
        from lmwire.report.licensejson import show_json  # noqa: PLC0415

        emit(show_json(document))
        return
    from lmwire.report.license import show_text  # noqa: PLC0415

    emit(show_text(document, _problems(document, days=30, resolve=None), look(), everything=everything))


@license_.command(
    cls=Command,
    short_help="Tell every problem of a license file, with its place and a fix.",
    epilog=epilog(
        "lmwire license lint server.lic",
        "lmwire license lint server.lic --no-resolve --format json",
        "lmwire license lint - < server.lic",
    ),
)
@click.argument("file", cls=FileArgument)
@click.option("--no-resolve", is_flag=True, help="Don't look up the names of the servers.")
@click.option(
    "--days",
    metavar="N",
    default="30",
    show_default=True,
    callback=options.number(range(3661)),
    help="Tell of features that expire within this many days.",
)
@form_option(ShortFormat, "--format", "-f")
def lint(*, file: str, no_resolve: bool, days: int, form: ShortFormat) -> None:
    """Tell every problem of a license file, with line and column, and what to write instead.

    The servers' names are looked up, and nothing else is sent. Exit status: 0 when there is no problem (notes are
    none), 1 when there is one, 2 when the file can't be read.
    """
    document = load(file)
    problems = _problems(document, days=days, resolve=None if no_resolve else _look_up)
    if form is ShortFormat.JSON:
        from lmwire.report.licensejson import lint_json  # noqa: PLC0415

        emit(lint_json(document, problems))
    else:
        from lmwire.report.license import lint_text  # noqa: PLC0415

        emit(lint_text(document, problems, look()))
    from lmwire.licensefile import ProblemSeverity  # noqa: PLC0415

    raise click.exceptions.Exit(int(any(problem.severity is not ProblemSeverity.NOTE for problem in problems)))


license_.add_command(pin)


def _problems(document: LicenseDocument, *, days: int, resolve: Resolve | None) -> tuple[LicenseProblem, ...]:
    from lmwire.licensefile import lint_license  # noqa: PLC0415

    return lint_license(document, today=_today(), soon=dt.timedelta(days=days), resolve=resolve)


def _today() -> dt.date:
    return dt.datetime.now().astimezone().date()


def _look_up(host: str) -> tuple[str, ...] | None:
    """Return a name's addresses as an application on this machine gets them; None when no answer comes in time."""
    import asyncio  # noqa: PLC0415

    from lmwire.evidence import NameFault, Via  # noqa: PLC0415
    from lmwire.probe import Resolver  # noqa: PLC0415

    async def ask() -> tuple[str, ...] | None:
        found = await Resolver(family=None, wait=_WAIT).look_up(host, Via.TARGET)
        return None if found.fault is NameFault.NO_ANSWER else found.addresses

    return asyncio.run(ask())
