"""Give memory back to the operating system after a flood of connections.

10,000 connections that are open at once take some 50 MB, and CPython keeps them when they have closed: a transport of
asyncio refers to itself, so the connection's memory waits for a collection, which hardly ever comes while a server is
idle. What the collection frees, glibc keeps: it holds a heap for the next allocation. See `python -m benchmarks
mock.flood` for the figures.
"""

from __future__ import annotations

import gc
import sys
from typing import Final

__all__ = ["Tide", "give_back"]

_FLOOD: Final = 1000
"""Open connections; below, there is nothing worth an interruption."""


class Tide:
    """Notices that a flood of connections is over.

    Args:
        flood: connections that make one.
    """

    def __init__(self, flood: int = _FLOOD) -> None:
        self._flood = flood
        self._high = 0

    def over(self, connections: int) -> bool:
        """Return whether, of a flood, at most a tenth is left: once for each. Call it now and then."""
        self._high = max(self._high, connections)
        if self._high < self._flood or connections > self._high // 10:
            return False
        self._high = connections
        return True


def give_back() -> None:
    """Collect what is garbage, and let glibc return free pages; takes about a tenth of a second."""
    gc.collect()
    if sys.platform == "linux":
        import ctypes  # noqa: PLC0415 # takes time to load, and most mocks never see a flood

        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # musl has none, and keeps nothing
        if trim is not None:
            trim(0)
