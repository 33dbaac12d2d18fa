"""Count names in bounded memory. A hostile log may have millions of names; the frequent ones are kept."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Generic, TypeVar

__all__ = ["TopCounts"]

_Key = TypeVar("_Key", bound=Hashable)


class TopCounts(Generic[_Key]):
    """LineCounts keys; holds at most twice `limit` of them.

    When there are more, the keys with the smallest counts are dropped, and `others` includes their counts. A key with
    more than one in `limit` of all counts is always kept, but its count may be too small.
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
        ranked = sorted(
            self._counts.items(), key=lambda item: -item[1]
        )  # stable: among equal counts, the first seen is kept
        self._counts = dict(ranked[: self._limit])
        self.forgotten += len(ranked) - self._limit

    def top(self, count: int) -> list[tuple[_Key, int]]:
        """Return the most frequent keys with their counts; keys with equal counts are in the order seen."""
        return sorted(self._counts.items(), key=lambda item: -item[1])[: min(count, self._limit)]

    def others(self, count: int) -> int:
        """Return the sum of the counts of all keys that are not in `top(count)`."""
        return self.total - sum(number for _, number in self.top(count))

    def __len__(self) -> int:
        """Return the number of different keys held."""
        return len(self._counts)
