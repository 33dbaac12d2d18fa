"""Why nothing could be located, for reasons on this side."""

from __future__ import annotations

from lmwire.errors import LmwireError

__all__ = ["LocateError"]


class LocateError(LmwireError):
    """It can't be done here: this system does not tell, or the address is this machine's own."""
