"""Which renderer shows which result in which form. A renderer is loaded when it is used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Protocol, TypeVar, cast

from lmwire.lazy import load
from lmwire.report.formats import Format
from lmwire.report.look import PLAIN, Look

__all__ = ["RENDERERS", "Renderer", "formats_of", "render"]

Document_contra = TypeVar("Document_contra", contravariant=True)


class Renderer(Protocol[Document_contra]):
    """Shows a result. Never judges, and never looks at a network."""

    def __call__(self, document: Document_contra, look: Look = ..., options: Sequence[str] = ..., /) -> str:
        """Return the result in one form, ending with a newline.

        Args:
            document: what to show.
            look: what text is rendered for; the other forms don't depend on it.
            options: the command's further options, for the command line that a ticket shows.
        """


RENDERERS: Final[Mapping[str, Mapping[Format, str]]] = {
    "lmwire.diagnosis.model:Report": {
        Format.TEXT: "lmwire.report.text:render",
        Format.JSON: "lmwire.report.json:render",
        Format.MARKDOWN: "lmwire.report.markdown:render",
        Format.JUNIT: "lmwire.report.junit:render",
    },
    "lmwire.fleet.documents:SweepReport": {
        Format.TEXT: "lmwire.report.sweep:as_text",
        Format.JSON: "lmwire.report.sweep:as_json",
        Format.JUNIT: "lmwire.report.sweep:as_junit",
    },
    "lmwire.diagnosis.model:Diagnosis": {
        Format.TEXT: "lmwire.report.story:as_text",
        Format.JSON: "lmwire.report.story:as_json",
    },
    "lmwire.hops.result:Location": {
        Format.TEXT: "lmwire.report.location:as_text",
        Format.JSON: "lmwire.report.location:as_json",
        Format.MARKDOWN: "lmwire.report.location:as_markdown",
    },
    "lmwire.workflows.documents:Demo": {
        Format.TEXT: "lmwire.report.demo:as_text",
        Format.JSON: "lmwire.report.demo:as_json",
    },
    "lmwire.explanations.lookup:Explanation": {
        Format.TEXT: "lmwire.report.explanation:as_text",
        Format.JSON: "lmwire.report.explanation:as_json",
    },
    "lmwire.workflows.documents:ScenarioList": {
        Format.TEXT: "lmwire.report.scenarios:as_text",
    },
    "lmwire.workflows.documents:LicenseReview": {
        Format.TEXT: "lmwire.report.license:review_text",
        Format.JSON: "lmwire.report.licensejson:review_json",
    },
    "lmwire.workflows.documents:LicenseCheck": {
        Format.TEXT: "lmwire.report.license:check_text",
        Format.JSON: "lmwire.report.licensejson:check_json",
    },
    "lmwire.workflows.documents:PinnedFile": {
        Format.TEXT: "lmwire.report.pinned:as_text",
        Format.JSON: "lmwire.report.licensejson:pinned_json",
        Format.DIFF: "lmwire.report.difference:as_diff",
    },
    "lmwire.serverlog.model:LogSummary": {
        Format.TEXT: "lmwire.report.log:as_text",
        Format.JSON: "lmwire.report.log:as_json",
        Format.MARKDOWN: "lmwire.report.log:as_markdown",
    },
    "lmwire.workflows.documents:FirewallRules": {Format.TEXT: "lmwire.report.rules:as_text"},
    "lmwire.ruletest.model:Result": {
        Format.TEXT: "lmwire.report.ruletest.text:render",
        Format.JSON: "lmwire.report.ruletest.json:render",
        Format.MARKDOWN: "lmwire.report.ruletest.markdown:render",
        Format.JUNIT: "lmwire.report.ruletest.junit:render",
    },
    "lmwire.idle.model:IdleResult": {
        Format.TEXT: "lmwire.report.idle:as_text",
        Format.JSON: "lmwire.report.idle:as_json",
    },
    "lmwire.gateway.status:StatusList": {
        Format.TEXT: "lmwire.report.gateway:status_text",
        Format.JSON: "lmwire.report.gateway:status_json",
    },
    "lmwire.ruletest.documents:PlanText": {Format.TEXT: "lmwire.report.ruletest.plan_text:as_text"},
    "lmwire.gateway.recipes.model:Recipe": {
        Format.TEXT: "lmwire.report.recipe:as_text",
        Format.JSON: "lmwire.report.recipe:as_json",
    },
    "lmwire.report.catalogue:VerdictList": {
        Format.TEXT: "lmwire.report.catalogue:as_text",
        Format.JSON: "lmwire.report.catalogue:as_json",
    },
    "lmwire.report.schemas:SchemaOf": {
        Format.JSON: "lmwire.report.schemas:as_json",
    },
    "lmwire.lab.documents:LabList": {Format.TEXT: "lmwire.report.lab:list_text"},
    "lmwire.lab.documents:LabStory": {Format.TEXT: "lmwire.report.lab:story_text"},
    "lmwire.lab.documents:LabRestart": {Format.TEXT: "lmwire.report.lab:restart_text"},
    "lmwire.lab.documents:LabHint": {Format.TEXT: "lmwire.report.lab:hint_text"},
    "lmwire.lab.documents:LabGrade": {
        Format.TEXT: "lmwire.report.lab:grade_text",
        Format.JSON: "lmwire.report.lab:grade_json",
    },
    "lmwire.lab.documents:Board": {
        Format.TEXT: "lmwire.report.lab:board_text",
        Format.JSON: "lmwire.report.lab:board_json",
    },
}
"""Type of a result → form → renderer, each as `MODULE:NAME`."""


def formats_of(document: str) -> tuple[Format, ...]:
    """Return the forms of a type of result, which is named as in `RENDERERS`."""
    return tuple(RENDERERS[document])


def render(document: object, form: Format, look: Look = PLAIN, *, options: Sequence[str] = ()) -> str:
    """Return a result in the form asked for, ending with a newline; see `Renderer`.

    Raises:
        KeyError: there is no such result, or it has no such form.
    """
    kind = type(document)
    forms = RENDERERS[f"{kind.__module__}:{kind.__qualname__}"]
    return cast("Renderer[object]", load(forms[form]))(document, look, options)
