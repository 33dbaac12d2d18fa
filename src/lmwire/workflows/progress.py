"""How a workflow tells how far it got."""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["Progress", "no_progress"]

Progress = Callable[[int, int], None]
"""Called with how much is done, and how much there is in all."""


def no_progress(_done: int, _total: int) -> None:
    """Report nothing."""
