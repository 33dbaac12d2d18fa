"""`lmwire schema`: the contract of the JSON document."""

from __future__ import annotations

import click

from lmwire.cli.manual import epilog
from lmwire.cli.terminal import emit

__all__ = ["schema"]


@click.command(
    short_help="Print the JSON Schema of a diagnosis.",
    epilog=epilog("lmwire schema > lmwire.schema.json"),
)
def schema() -> None:
    """Print the JSON Schema of what `lmwire diagnose --format json` prints."""
    from lmwire.report.json import schema_text  # noqa: PLC0415

    emit(schema_text())
