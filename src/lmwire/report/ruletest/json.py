"""What a test of a rule set came to, for programs: the document `lmwire.firewall-test/1`."""

from __future__ import annotations

from collections.abc import Sequence

from lmwire.report.json import document
from lmwire.report.look import PLAIN, Look
from lmwire.ruletest.model import Result

__all__ = ["render"]


def render(result: Result, _look: Look = PLAIN, _options: Sequence[str] = ()) -> str:
    """Return the result as one JSON document."""
    return document(result)
