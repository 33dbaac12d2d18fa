"""The error for reasons on this machine."""

from __future__ import annotations

__all__ = ["LocateError"]


class LocateError(Exception):
    """`locate` does not work here: the system does not support it, or the address is this machine's own."""
