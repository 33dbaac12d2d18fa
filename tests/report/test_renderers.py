"""The table of renderers: each is there, and each command offers the forms that its result has."""

from __future__ import annotations

import inspect

import click
import pytest

from lmwire.cli import app
from lmwire.lazy import load
from lmwire.report import Format, render
from lmwire.report.renderers import RENDERERS
from tests.cli.running import commands

_PLACES = [(document, form, place) for document, forms in RENDERERS.items() for form, place in forms.items()]
_OFFERED = {
    "diagnose": "lmwire.diagnosis.model:Report",
    "idle": "lmwire.idle.model:IdleResult",
    "locate": "lmwire.hops.result:Location",
    "demo": "lmwire.workflows.documents:Demo",
    "explain": "lmwire.explanations.lookup:Explanation",
    "log": "lmwire.serverlog.model:LogSummary",
    "verdicts": "lmwire.report.catalogue:VerdictList",
    "capture analyze": "lmwire.diagnosis.model:Report",
    "capture watch": "lmwire.diagnosis.model:Diagnosis",
    "license show": "lmwire.workflows.documents:LicenseReview",
    "license lint": "lmwire.workflows.documents:LicenseCheck",
    "license pin": "lmwire.workflows.documents:PinnedFile",
    "firewall test": "lmwire.ruletest.model:Result",
    "sweep": "lmwire.fleet.documents:SweepReport",
    "gateway recipe": "lmwire.gateway.recipes.model:Recipe",
    "gateway status": "lmwire.gateway.status:StatusList",
    "lab check": "lmwire.lab.documents:LabGrade",
    "lab board": "lmwire.lab.documents:Board",
}
"""Command → its result. `firewall rules` offers languages of firewalls instead: its result is text already."""


@pytest.mark.parametrize(("document", "form", "place"), _PLACES)
def test_a_renderer_takes_its_document_a_look_and_options(document: str, form: Format, place: str) -> None:
    kind, renderer = load(document), load(place)
    assert isinstance(kind, type)
    assert f"{kind.__module__}:{kind.__qualname__}" == document
    assert inspect.isfunction(renderer)
    parameters = list(inspect.signature(renderer).parameters.values())
    assert [each.default is each.empty for each in parameters] == [True, False, False]
    assert form in Format
    assert (renderer.__doc__ or "").startswith("Return ")


def test_each_command_offers_the_forms_of_its_result() -> None:
    offered = {}
    for name, command in commands(app).items():
        for inner, each in {
            name: command,
            **{f"{name} {one}": other for one, other in commands(command).items()},
        }.items():
            for option in each.params:
                if option.name == "form" and isinstance(option.type, click.Choice):
                    offered[inner] = set(option.type.choices)
    assert offered == {
        name: {form.value for form in RENDERERS[document] if form is not Format.DIFF}
        for name, document in _OFFERED.items()
    }


def test_what_is_no_result_is_not_rendered() -> None:
    with pytest.raises(KeyError):
        render(object(), Format.TEXT)
