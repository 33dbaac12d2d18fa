"""`lmwire schema`: the contract of the JSON documents."""

from __future__ import annotations

import click

from lmwire.cli.manual import Argument, Command, epilog
from lmwire.cli.terminal import emit

__all__ = ["schema"]

_DIAGNOSIS = "diagnosis"
_LOCATION = "location"
_FIREWALL_TEST = "firewall-test"
_LOG = "log"
_EXPLANATION = "explanation"
_OTHERS = (_EXPLANATION, "license", "license-lint", "license-pin", _LOG, _LOCATION, _FIREWALL_TEST)


@click.command(
    cls=Command,
    short_help="Print the JSON Schema of a diagnosis.",
    epilog=epilog("lmwire schema > lmwire.schema.json", "lmwire schema license-lint"),
)
@click.argument(
    "name",
    cls=Argument,
    type=click.Choice((_DIAGNOSIS, *_OTHERS)),
    default=_DIAGNOSIS,
    metavar="[DOCUMENT]",
    meaning=f"Which document: {_DIAGNOSIS}, unless it is one of {', '.join(_OTHERS)}.",
)
def schema(name: str) -> None:
    """Print the JSON Schema of what `lmwire diagnose --format json` prints, or of another command's document."""
    from lmwire.report.json import schema_of, schema_text  # noqa: PLC0415

    if name == _DIAGNOSIS:
        emit(schema_text())
        return
    import msgspec  # noqa: PLC0415

    from lmwire.locate.result import Location  # noqa: PLC0415
    from lmwire.report.explanation import ExplanationJson  # noqa: PLC0415
    from lmwire.report.licensejson import DOCUMENTS  # noqa: PLC0415
    from lmwire.report.log import LogJson  # noqa: PLC0415
    from lmwire.ruletest import Result  # noqa: PLC0415

    kinds: dict[str, type[msgspec.Struct]] = {
        **DOCUMENTS,
        _EXPLANATION: ExplanationJson,
        _LOG: LogJson,
        _LOCATION: Location,
        _FIREWALL_TEST: Result,
    }
    emit(schema_text(schema_of(kinds[name], f"lmwire.{name}/1", f"lmwire {name}")))
