"""The document `lmwire.diagnosis/1` and its JSON Schema. ASCII only, so that it is safe to look at on a terminal."""

from __future__ import annotations

import json
from typing import Any, Final

import msgspec

from lmwire.diagnosis.model import SCHEMA, Report

__all__ = ["SCHEMA_ID", "document", "render", "schema", "schema_text"]

SCHEMA_ID: Final = "urn:lmwire:schema:diagnosis:1"
_DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"


def document(value: object) -> str:
    """Return any of our structs as JSON. Keys are in the order of the fields."""
    return json.dumps(msgspec.to_builtins(value), ensure_ascii=True, indent=2) + "\n"


def render(report: Report) -> str:
    """Return the report as one JSON document."""
    return document(report)


def schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of what `render` gives, made from the types themselves.

    Keys may be added in later versions without a new `schema` name; none is renamed or removed.
    """
    made = msgspec.json.schema(Report)
    name = made["$defs"]["Report"]["properties"]["schema"]
    name.pop("default", None)
    name["const"] = SCHEMA
    return {"$schema": _DRAFT, "$id": SCHEMA_ID, "title": "lmwire diagnosis", **made}


def schema_text() -> str:
    """Return the JSON Schema as text."""
    return json.dumps(schema(), ensure_ascii=True, indent=2) + "\n"
