"""The JSON document and its schema."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import msgspec
import pytest

from lmwire.diagnosis import SCHEMA, Report
from lmwire.report import Format, Look, render
from lmwire.report.json import SCHEMA_ID, schema, schema_text
from tests.report.samples import HOSTILE, WALKS, alternatives, hostile, poor_triad, report, triad


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft202012Validator:
    made = schema()
    jsonschema.Draft202012Validator.check_schema(made)
    return jsonschema.Draft202012Validator(made)


def _json(made: Report) -> Any:
    text = render(made, Format.JSON, Look())
    assert text.isascii()
    assert not any((character < " " and character != "\n") or character == "\x7f" for character in text)
    return json.loads(text)


@pytest.mark.parametrize("verdict", WALKS)
def test_every_verdict_fits_the_schema_and_comes_back(verdict: str, validator: jsonschema.Draft202012Validator) -> None:
    made = report(WALKS[verdict])
    document = _json(made)
    validator.validate(document)
    assert document["diagnoses"][0]["verdict"]["id"] == verdict
    assert msgspec.convert(document, Report) == made


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_come_back_as_they_were_in_ascii(text: str, validator: jsonschema.Draft202012Validator) -> None:
    document = _json(report(hostile(text)))
    validator.validate(document)
    assert document["diagnoses"][0]["evidence"]["referral"]["host"] == text


@pytest.mark.parametrize("made", [triad(), poor_triad(), alternatives()], ids=["triad", "poor triad", "alternatives"])
def test_triads_and_lists_fit_the_schema(made: Report, validator: jsonschema.Draft202012Validator) -> None:
    document = _json(made)
    validator.validate(document)
    assert document["overall"] == made.overall.value
    assert msgspec.convert(document, Report) == made


def test_the_keys_are_the_contract() -> None:
    document = _json(report(WALKS["vendor-filtered"]))
    assert list(document) == ["schema", "overall", "path_from", "notes", "diagnoses", "application_shows", "client"]
    assert document["schema"] == SCHEMA == "lmwire.diagnosis/1"
    diagnosis = document["diagnoses"][0]
    assert {"target", "vendor", "verdict", "application_shows", "findings", "openings", "evidence"} <= set(diagnosis)
    assert {"id", "severity", "headline", "cause", "remedies"} <= set(diagnosis["verdict"])
    assert {"flexnet", "code", "after_seconds", "basis"} <= set(diagnosis["application_shows"][0])
    assert {"resolutions", "legs", "referral"} <= set(diagnosis["evidence"])
    assert {"role", "address", "port", "connect", "dialogue", "seconds"} <= set(diagnosis["evidence"]["legs"][0])
    assert {"host", "port"} <= set(diagnosis["evidence"]["referral"])


def test_the_schema_has_a_name_and_refuses_what_is_wrong(validator: jsonschema.Draft202012Validator) -> None:
    made = json.loads(schema_text())
    assert made["$id"] == SCHEMA_ID
    assert made["title"]
    good = _json(report(WALKS["healthy"]))
    for path, value in ((("schema",), "lmwire.diagnosis/2"), (("overall",), "fine"), (("diagnoses",), None)):
        broken = dict(good)
        broken[path[0]] = value
        assert not validator.is_valid(broken)
    assert validator.is_valid({**good, "added_later": 1})
