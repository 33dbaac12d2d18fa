"""The error for another end that cannot be measured to."""

from __future__ import annotations

from lmwire.errors import LmwireError

__all__ = ["IdleError"]


class IdleError(LmwireError):
    """The target cannot be reached, or is not a gateway or a mock of lmwire."""
