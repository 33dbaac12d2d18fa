"""`lmwire verdicts`: everything a diagnosis can say."""

from __future__ import annotations

import typer

from lmwire.cli.options import FormOption, ShortFormat, choice, epilog
from lmwire.cli.terminal import emit, look

__all__ = ["register", "verdicts"]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(short_help="List every verdict with its meaning.", epilog=epilog("lmwire verdicts"))(verdicts)


def verdicts(
    form: FormOption = ShortFormat.TEXT.value,
) -> None:
    """List every verdict with its meaning. The names are stable: scripts may rely on them."""
    chosen = choice("--format", form, ShortFormat)
    from lmwire.report import catalogue  # noqa: PLC0415

    emit(catalogue.as_json() if chosen is ShortFormat.JSON else catalogue.as_text(look()))
