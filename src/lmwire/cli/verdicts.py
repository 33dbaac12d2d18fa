"""`lmwire verdicts`: everything a diagnosis can say."""

from __future__ import annotations

import click

from lmwire.cli.manual import epilog
from lmwire.cli.options import ShortFormat, form_option
from lmwire.cli.terminal import emit, look

__all__ = ["verdicts"]


@click.command(short_help="List every verdict with its meaning.", epilog=epilog("lmwire verdicts"))
@form_option(ShortFormat, "--format", "-f")
def verdicts(form: ShortFormat) -> None:
    """List every verdict with its meaning. The names are stable: scripts may rely on them."""
    from lmwire.report import catalogue  # noqa: PLC0415

    emit(catalogue.as_json() if form is ShortFormat.JSON else catalogue.as_text(look()))
