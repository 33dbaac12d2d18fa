"""The error for reasons on this machine."""

from __future__ import annotations

from lmwire.errors import LmwireError

__all__ = ["LocateError"]


class LocateError(LmwireError):
    """`locate` does not work here: the system does not support it, or the address is this machine's own."""
