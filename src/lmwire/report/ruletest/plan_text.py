"""Show an example plan, or the commands that test a real network: both are text already."""

from __future__ import annotations

from collections.abc import Sequence

from lmwire.report.look import PLAIN, Look
from lmwire.ruletest.documents import PlanText

__all__ = ["as_text"]


def as_text(shown: PlanText, _look: Look = PLAIN, _options: Sequence[str] = ()) -> str:
    """Return the text as it is."""
    return shown.text
