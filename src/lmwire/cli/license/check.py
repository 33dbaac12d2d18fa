"""`lmwire license show` and `lint`: what is in a license file, and what is wrong with it."""

from __future__ import annotations

import click

from lmwire import workflows
from lmwire.cli import options
from lmwire.cli.license.file import FileArgument
from lmwire.cli.manual import Command, epilog
from lmwire.cli.terminal import emit, look, stdin_or_path
from lmwire.report import Format, render

__all__ = ["lint", "show"]


@click.command(
    cls=Command,
    epilog=epilog("lmwire license show server.lic", "lmwire license show server.lic --format json"),
)
@click.argument("file", cls=FileArgument)
@click.option("--all", "everything", is_flag=True, help="List every feature, however many there are.")
@options.format_option("lmwire.workflows.documents:LicenseReview")
def show(*, file: str, everything: bool, form: Format) -> None:
    """Show what is in a license file: servers, vendor daemons with their products, ports pinned or not, features.

    Looks nothing up. Exit status: 0: the file was read. 2: it cannot be read, or wrong usage.
    """
    review = workflows.review_license_file(stdin_or_path(file), everything=everything)
    emit(render(review, form, look()))


@click.command(
    cls=Command,
    epilog=epilog(
        "lmwire license lint server.lic",
        "lmwire license lint server.lic --no-resolve --format json",
        "lmwire license lint - < server.lic",
    ),
)
@click.argument("file", cls=FileArgument)
@click.option("--no-resolve", is_flag=True, help="Do not look up the names of the servers.")
@click.option(
    "--days",
    metavar="N",
    default="30",
    show_default=True,
    callback=options.number(range(3661)),
    help="Report features that expire within this many days.",
)
@options.format_option("lmwire.workflows.documents:LicenseCheck")
def lint(*, file: str, no_resolve: bool, days: int, form: Format) -> None:
    """Show every problem of a license file, with line and column, and what to write instead.

    Looks up the servers' names, and sends nothing else.

    Exit status: 0: there is no problem, or nothing worse than a note. 1: there is a problem. 2: the file cannot be
    read, or wrong usage.
    """
    checked = workflows.check_license_file(stdin_or_path(file), days=days, resolve=not no_resolve)
    emit(render(checked, form, look()))
    raise click.exceptions.Exit(0 if checked.passed else 1)
