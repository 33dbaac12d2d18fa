"""What keeps a lab from being played."""

from __future__ import annotations

from lmwire.errors import LmwireError

__all__ = ["LabError"]


class LabError(LmwireError):
    """A sentence for the person at the keyboard, and as a hint what to do next."""
