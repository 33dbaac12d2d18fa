"""The error of labs."""

from __future__ import annotations

from lmwire.errors import LmwireError

__all__ = ["LabError"]


class LabError(LmwireError):
    """The sentence says what is wrong; the hint says what to do."""
