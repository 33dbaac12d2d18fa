"""`lmwire schema`: the JSON Schemas of the documents."""

from __future__ import annotations

from typing import Final

import click

from lmwire.cli.manual import Argument, Command, epilog
from lmwire.cli.terminal import emit
from lmwire.report import Format, render
from lmwire.report.schemas import DOCUMENTS, FILES, SchemaOf

__all__ = ["schema"]

_USUAL: Final = "diagnosis"
_NAMES: Final = (*DOCUMENTS, *FILES)
_OTHERS: Final = ", ".join(name for name in _NAMES if name != _USUAL)


@click.command(cls=Command, epilog=epilog("lmwire schema > lmwire.schema.json", "lmwire schema license-lint"))
@click.argument(
    "name",
    cls=Argument,
    type=click.Choice(_NAMES),
    default=_USUAL,
    metavar="[DOCUMENT]",
    meaning=f"Which document: {_USUAL}, unless it is one of {_OTHERS}.",
)
def schema(name: str) -> None:
    """Print the JSON Schema of what `lmwire diagnose --format json` prints, or of another command's document."""
    emit(render(SchemaOf(name), Format.JSON))
