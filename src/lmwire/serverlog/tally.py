"""Counting what a hostile log may have millions of: names in bounded room, of which the frequent ones survive."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Generic, TypeVar

__all__ = ["Tally"]

_Key = TypeVar("_Key", bound=Hashable)


class Tally(Generic[_Key]):
    """Counts keys; holds at most twice `limit` of them.

    When there are more, those with the smallest counts are forgotten, and what they came to is in `others`: whatever
    makes up more than one in `limit` of all is among those kept, with a count that may be too small.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._counts: dict[_Key, int] = {}
        self.total = 0
        self.forgotten = 0

    def add(self, key: _Key, count: int = 1) -> None:
        """Count `key`."""
        counts = self._counts
        self.total += count
        counts[key] = counts.get(key, 0) + count
        if len(counts) > 2 * self._limit:
            self._prune()

    def _prune(self) -> None:
        ranked = sorted(self._counts.items(), key=lambda item: -item[1])  # stable: of equals, the first seen stays
        self._counts = dict(ranked[: self._limit])
        self.forgotten += len(ranked) - self._limit

    def top(self, count: int) -> list[tuple[_Key, int]]:
        """Return the most frequent keys with their counts, those with the same count in the order seen."""
        return sorted(self._counts.items(), key=lambda item: -item[1])[: min(count, self._limit)]

    def others(self, count: int) -> int:
        """Return how often all keys came that `top(count)` does not have."""
        return self.total - sum(number for _, number in self.top(count))

    def __len__(self) -> int:
        """Return how many different keys are held."""
        return len(self._counts)
