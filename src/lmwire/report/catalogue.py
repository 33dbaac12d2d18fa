"""The list of all verdicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from lmwire.diagnosis import SPECS
from lmwire.report.json import document
from lmwire.report.look import PLAIN, Look
from lmwire.report.text import Page

__all__ = ["VerdictList", "as_json", "as_text", "verdict_list"]


class VerdictList(msgspec.Struct, frozen=True):
    """Verdict → its meaning."""

    meanings: Mapping[str, str]


def verdict_list() -> VerdictList:
    """Return all verdicts, in the order of the catalogue."""
    return VerdictList({str(name): spec.meaning for name, spec in SPECS.items()})


def as_text(verdicts: VerdictList, look: Look = PLAIN, _options: Sequence[str] = ()) -> str:
    """Return a verdict a line, with its meaning beside it, or below it where there is no room."""
    page = Page(look)
    page.pairs(verdicts.meanings.items())
    return page.finish()


def as_json(verdicts: VerdictList, _look: Look = PLAIN, _options: Sequence[str] = ()) -> str:
    """Return an object: verdict → meaning."""
    return document(dict(verdicts.meanings))
