"""How many connections this process can have open at a time."""

from __future__ import annotations

import contextlib
from typing import Final

__all__ = ["allow_many", "room"]

_OTHERS: Final = 32
"""Descriptors for listeners, files and the event loop itself."""

_MANY: Final = 1 << 20
_BACKLOGS: Final = range(16, 1025)


def allow_many() -> None:
    """Raise this process's soft limit of open files to its hard one. For programs, not libraries, to call."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource  # noqa: PLC0415 # Windows has none, and no need for it

        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def room(listeners: int) -> tuple[int, int]:
    """Return the connections that fit this process's limit of open files, and the backlog of each listener.

    What is accepted at one go is open before the oldest are closed: room for that is left.
    """
    try:
        import resource  # noqa: PLC0415 # Windows has none

        limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        limit = _MANY if limit == resource.RLIM_INFINITY else min(limit, _MANY)
    except ImportError:
        limit = _MANY
    backlog = min(max(limit // (8 * max(listeners, 1)), _BACKLOGS.start), _BACKLOGS[-1])
    return max(limit - _OTHERS - 2 * listeners * backlog, 1), backlog
