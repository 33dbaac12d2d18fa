"""`lmwire log`: what the server's own debug log tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from lmwire import workflows
from lmwire.cli import options
from lmwire.cli.manual import Argument, Command, epilog
from lmwire.cli.progress import Bar
from lmwire.cli.terminal import emit, look, stdin_or_path
from lmwire.report import Format, render

if TYPE_CHECKING:
    from pathlib import Path

    from lmwire.serverlog import LogSummary

__all__ = ["log", "read_given_log"]


@click.command(
    cls=Command,
    epilog=epilog(
        "lmwire log lmgrd.log",
        "lmwire log lmgrd.log.2.gz lmgrd.log.1 lmgrd.log",
        "journalctl -u lmgrd | lmwire log -",
        "lmwire log lmgrd.log --format json",
    ),
)
@click.argument(
    "files",
    cls=Argument,
    nargs=-1,
    required=True,
    metavar="FILE...",
    meaning="The debug log of lmgrd or lmadmin, gzipped or not; a rotated one as several files, the oldest first; "
    "- for standard input.",
)
@options.format_option("lmwire.serverlog.model:LogSummary")
@options.output_option
def log(*, files: tuple[str, ...], form: Format, output: Path | None) -> None:
    """Show what a license server's debug log says of ports, restarts, crashes and denials.

    Exit status: 0: no critical problem. 1: a critical problem, such as a vendor daemon that is down or in a crash loop,
    a port in use, a lost quorum. 2: a file is not a debug log or cannot be read, or wrong usage.
    """
    summary = read_given_log(files)
    emit(render(summary, form, look(output)), output)
    raise click.exceptions.Exit(1 if summary.critical else 0)


def read_given_log(files: tuple[str, ...]) -> LogSummary:
    """Read a log, with a progress bar.

    Args:
        files: paths, the oldest first; - for standard input.
    """
    sources = [stdin_or_path(file) for file in files]
    with Bar("Reading the log") as bar:
        return workflows.read_log(*sources, on_progress=bar)
