"""`lmwire schema`: the contract of the JSON document."""

from __future__ import annotations

import typer

from lmwire.cli.options import epilog
from lmwire.cli.quick import Command
from lmwire.cli.terminal import emit

__all__ = ["register", "schema"]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        cls=Command,
        short_help="Print the JSON Schema of a diagnosis.",
        epilog=epilog("lmwire schema > lmwire.schema.json"),
    )(schema)


def schema() -> None:
    """Print the JSON Schema of what `lmwire diagnose --format json` prints."""
    from lmwire.report.json import schema_text  # noqa: PLC0415

    emit(schema_text())
