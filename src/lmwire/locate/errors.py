"""Why nothing could be located, for reasons on this side."""

from __future__ import annotations

__all__ = ["LocateError"]


class LocateError(Exception):
    """It can't be done here: this system does not tell, or the address is this machine's own."""
