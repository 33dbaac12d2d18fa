"""Running a coroutine from a function that blocks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from lmwire.errors import LmwireError

__all__ = ["run_blocking"]

T = TypeVar("T")


def run_blocking(function: str, instead: str, make: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run a coroutine to its end, in an event loop of its own.

    Args:
        function: the name of the function that blocks, for the error.
        instead: what to write where an event loop runs.
        make: returns the coroutine.

    Raises:
        LmwireError: an event loop runs in this thread; it would stand still meanwhile.
    """
    if _is_running():
        raise LmwireError(f"{function} blocks, and an event loop is running in this thread", f"write: {instead}")
    return asyncio.run(make())


def _is_running() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
