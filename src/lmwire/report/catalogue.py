"""The list of all verdicts."""

from __future__ import annotations

from lmwire.diagnosis import SPECS
from lmwire.report.json import document
from lmwire.report.look import Look
from lmwire.report.text import Page

__all__ = ["as_json", "as_text"]


def as_text(look: Look) -> str:
    """Return a verdict a line, with its meaning beside it, or below it where there is no room."""
    page = Page(look)
    page.pairs((name, spec.meaning) for name, spec in SPECS.items())
    return page.finish()


def as_json() -> str:
    """Return an object: verdict → meaning."""
    return document({name: spec.meaning for name, spec in SPECS.items()})
