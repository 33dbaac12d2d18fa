"""`lmwire log`: what the server's own debug log tells."""

from __future__ import annotations

import enum
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lmwire.cli import options
from lmwire.cli.manual import Argument, Command, epilog
from lmwire.cli.terminal import emit, fail, look

if TYPE_CHECKING:
    from lmwire.serverlog import LogSummary

__all__ = ["log", "summary_of"]

_STDIN = "-"


class _Format(enum.StrEnum):
    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"


@click.command(
    cls=Command,
    short_help="Read lmgrd's debug log: ports in use, crashes, denials.",
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
@options.form_option(_Format, "--format", "-f")
@options.output_option
def log(*, files: tuple[str, ...], form: _Format, output: Path | None) -> None:
    """Tell what a license server's debug log says of ports, restarts, crashes and denials.

    Exit status: 0 when nothing in it keeps licenses away, 1 when something does (a vendor daemon that is down or in a
    crash loop, a port in use, a lost quorum), 2 when a file is no such log.
    """
    summary = summary_of(files)
    from lmwire.report import log as report  # noqa: PLC0415 # what the help does not need

    if form is _Format.JSON:
        text = report.as_json(summary)
    elif form is _Format.MARKDOWN:
        text = report.as_markdown(summary)
    else:
        text = report.as_text(summary, look(output))
    emit(text, output)
    raise click.exceptions.Exit(1 if summary.critical else 0)


def summary_of(files: tuple[str, ...]) -> LogSummary:
    """Read a log, with a progress bar; a file that is none ends the program with status 2.

    Args:
        files: paths, the oldest first, or - for standard input.
    """
    from lmwire.cli.progress import Bar  # noqa: PLC0415
    from lmwire.serverlog import LogError, read_log  # noqa: PLC0415

    if _STDIN in files and sys.stdin is None:
        fail("there is no standard input to read a log from")
    sources = [sys.stdin.buffer if file == _STDIN else Path(file) for file in files]
    try:
        with Bar("Reading the log") as bar:
            return read_log(sources, bar)
    except LogError as error:
        fail(str(error), *([error.hint] if error.hint else []))
