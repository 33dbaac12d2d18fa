"""The JSON Schemas of all documents."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from lmwire.diagnosis.model import Report
from lmwire.lazy import load
from lmwire.report.json import schema_of, schema_of_file, schema_text
from lmwire.report.look import PLAIN, Look

__all__ = ["DOCUMENTS", "FILES", "SchemaOf", "as_json"]

DOCUMENTS: Final = {
    "diagnosis": "lmwire.diagnosis.model:Report",
    "explanation": "lmwire.report.explanation:ExplanationJson",
    "license": "lmwire.report.licensejson:LicenseJson",
    "license-lint": "lmwire.report.licensejson:LintJson",
    "license-pin": "lmwire.report.licensejson:PinJson",
    "log": "lmwire.report.log:LogJson",
    "location": "lmwire.hops.result:Location",
    "idle": "lmwire.idle.model:IdleResult",
    "sweep": "lmwire.fleet.documents:SweepResult",
    "gateway-status": "lmwire.report.gateway:GatewayStatusJson",
    "gateway-recipe": "lmwire.gateway.recipes.model:Recipe",
    "firewall-test": "lmwire.ruletest.model:Result",
    "lab-check": "lmwire.lab.documents:CheckDocument",
    "lab-board": "lmwire.lab.documents:Board",
}
"""Name of a document → its type; its `schema` is `lmwire.NAME/1`."""


FILES: Final = {"gateway-config": "lmwire.gateway.plan:GatewayPlan"}
"""Name of a file that people write → its type. Editors check TOML by such a schema."""


class SchemaOf(msgspec.Struct, frozen=True):
    """The schema of a document or a file, which is named as in `DOCUMENTS` or `FILES`."""

    name: str


def as_json(wanted: SchemaOf, _look: Look = PLAIN, _options: Sequence[str] = ()) -> str:
    """Return the JSON Schema of that document."""
    kind = load({**DOCUMENTS, **FILES}[wanted.name])
    if not (isinstance(kind, type) and issubclass(kind, msgspec.Struct)):
        raise TypeError(kind)
    if kind is Report:
        return schema_text()
    if wanted.name in FILES:
        return schema_text(schema_of_file(kind, wanted.name))
    return schema_text(schema_of(kind, f"lmwire.{wanted.name}/1", f"lmwire {wanted.name}"))
