"""Show the rules for a firewall. They are a file or a script in its own language already."""

from __future__ import annotations

from collections.abc import Sequence

from lmwire.report.look import PLAIN, Look
from lmwire.workflows.documents import FirewallRules

__all__ = ["as_text"]


def as_text(written: FirewallRules, _look: Look = PLAIN, _options: Sequence[str] = ()) -> str:
    """Return the rules as they are to be loaded."""
    return written.text
