"""The signal by which a long-running thread learns that it should end."""

from __future__ import annotations

import os
import threading

__all__ = ["Stop"]


class Stop:
    """An event that can be waited for among sockets: its descriptor becomes readable once it is set, for ever."""

    def __init__(self) -> None:
        self._descriptor = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._set = threading.Event()
        self._lock = threading.Lock()

    def set(self) -> None:
        """Ask for the end; may be called from any thread, any number of times."""
        with self._lock:
            self._set.set()
            if self._descriptor >= 0:
                os.eventfd_write(self._descriptor, 1)

    def is_set(self) -> bool:
        """Return whether the end was asked for."""
        return self._set.is_set()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait for it, at most so long; return whether it came."""
        return self._set.wait(seconds)

    def fileno(self) -> int:
        """Return the descriptor to select on; do not read it."""
        return self._descriptor

    def close(self) -> None:
        """Release the descriptor, after the last select on it."""
        with self._lock:
            if self._descriptor >= 0:
                os.close(self._descriptor)
            self._descriptor = -1
