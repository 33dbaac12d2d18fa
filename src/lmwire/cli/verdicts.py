"""`lmwire verdicts`: everything a diagnosis can say."""

from __future__ import annotations

import click

from lmwire.cli import options
from lmwire.cli.manual import Command, epilog
from lmwire.cli.terminal import emit, look
from lmwire.report import Format, render
from lmwire.report.catalogue import verdict_list

__all__ = ["verdicts"]


@click.command(cls=Command, epilog=epilog("lmwire verdicts", "lmwire verdicts --format json"))
@options.format_option("lmwire.report.catalogue:VerdictList")
def verdicts(form: Format) -> None:
    """List every verdict with its meaning. The names are stable: scripts may rely on them."""
    emit(render(verdict_list(), form, look()))
