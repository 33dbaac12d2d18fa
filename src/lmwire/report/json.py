"""The document `lmwire.diagnosis/1` and its JSON Schema. ASCII only, so that it is safe to look at on a terminal."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from lmwire.diagnosis.model import SCHEMA, Report
from lmwire.report.look import PLAIN, Look

__all__ = ["SCHEMA_ID", "document", "long_document", "render", "schema", "schema_of", "schema_of_file", "schema_text"]

SCHEMA_ID: Final = "urn:lmwire:schema:diagnosis:1"
_DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"
_PUBLISHED: Final = {"ExplainedVerdict": "Told", "TraceText": "Told"}
"""Class → its name in `$defs`, which a published schema keeps when the class gets another name."""


def document(value: object) -> str:
    """Return any of our structs as JSON. Keys are in the order of the fields."""
    return _written(msgspec.to_builtins(value))


def long_document(value: msgspec.Struct) -> str:
    """Do as `document`, for a struct with a long tuple of structs: each is taken apart only when its turn comes."""
    return _written({name: getattr(value, name) for name in value.__struct_fields__})


def _written(value: object) -> str:
    """Return JSON without having all its pieces at once: there are a dozen for each key."""
    text = io.StringIO()
    for piece in json.JSONEncoder(ensure_ascii=True, indent=2, default=msgspec.to_builtins).iterencode(value):
        text.write(piece)
    text.write("\n")
    return text.getvalue()


def render(report: Report, _look: Look = PLAIN, _options: Sequence[str] = ()) -> str:
    """Return the report as one JSON document."""
    return document(report)


def schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of what `render` gives, made from the types themselves.

    Keys may be added in later versions without a new `schema` name; none is renamed or removed.
    """
    return schema_of(Report, SCHEMA, "lmwire diagnosis")


def schema_of(kind: type[msgspec.Struct], name: str, title: str) -> dict[str, Any]:
    """Return the JSON Schema of a document whose `schema` is `name`: `lmwire.WHAT/VERSION`."""
    made = _with_published_names(msgspec.json.schema(kind))
    marked = made["$defs"][kind.__name__]["properties"]["schema"]
    marked.pop("default", None)
    marked["const"] = name
    what, _, version = name.removeprefix("lmwire.").partition("/")
    return {"$schema": _DRAFT, "$id": f"urn:lmwire:schema:{what}:{version}", "title": title, **made}


def schema_of_file(kind: type[msgspec.Struct], name: str) -> dict[str, Any]:
    """Return the JSON Schema of a file that people write."""
    return {
        "$schema": _DRAFT,
        "$id": f"urn:lmwire:schema:{name}:1",
        "title": f"lmwire {name}",
        **msgspec.json.schema(kind),
    }


def _with_published_names(made: dict[str, Any]) -> dict[str, Any]:
    text = json.dumps(made)
    for name, published in _PUBLISHED.items():
        text = text.replace(f'"#/$defs/{name}"', f'"#/$defs/{published}"')
    renamed: dict[str, Any] = json.loads(text)
    defs = {_PUBLISHED.get(name, name): each for name, each in renamed["$defs"].items()}
    titles = {name: each | {"title": name} if "title" in each else each for name, each in defs.items()}
    return renamed | {"$defs": titles}


def schema_text(made: dict[str, Any] | None = None) -> str:
    """Return a JSON Schema as text; that of a diagnosis unless another is given."""
    return json.dumps(made or schema(), ensure_ascii=True, indent=2) + "\n"
