"""Lines to standard output that nobody has to read: a thread writes them, and who hands one in never waits.

Where the reader is slow, lines queue up; where it does not read at all, the newest are dropped, and counted.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Final

__all__ = ["LineWriter"]

MOST: Final = 1 << 16
"""Lines that wait; a line of a log has some 500 bytes."""

_PIECE: Final = 4096
"""Bytes of one write. A pipe that is ready takes as many without waiting: PIPE_BUF, pipe(7)."""

_LOOK: Final = 0.1
_LAST: Final = 2.0
"""Seconds that a reader has for the rest, once the program has ended."""


class LineWriter:
    """Writes lines to a descriptor, in order, from a thread of its own.

    Args:
        descriptor: to write to; None for none: then every line is dropped at once.
        on_broken: called in the thread when the reader has gone.
        most: lines that may wait.
    """

    def __init__(
        self, descriptor: int | None, *, on_broken: Callable[[], None] = lambda: None, most: int = MOST
    ) -> None:
        self.on_broken = on_broken
        self._descriptor = descriptor
        self._most = most
        self._lines: deque[str] = deque()
        self._dropped = 0
        self._changed = threading.Condition()
        self._deadline: float | None = None
        self._broken = descriptor is None
        self._thread = threading.Thread(target=self._run, name="log", daemon=True)
        self._thread.start()

    @classmethod
    def to_stdout(cls) -> LineWriter:
        """Return a writer to standard output, which may not be there."""
        try:
            return cls(None if sys.stdout is None else sys.stdout.fileno())
        except (OSError, ValueError):  # replaced by something that is not a file
            return cls(None)

    def __call__(self, line: str) -> None:
        """Take a line. Never waits for the reader."""
        with self._changed:
            if self._broken:
                return
            if len(self._lines) >= self._most:
                self._dropped += 1
            else:
                if self._dropped:
                    self._lines.append(self._count())
                self._lines.append(line)
            self._changed.notify()

    def close(self, patience: float = _LAST) -> None:
        """Write what waits, for `patience` seconds at most, and end."""
        with self._changed:
            if self._dropped:
                self._lines.append(self._count())
            self._deadline = time.monotonic() + patience
            self._changed.notify()
        self._thread.join(patience + 2 * _LOOK)

    def _count(self) -> str:
        line = json.dumps({"note": f"{self._dropped} lines dropped: nobody read them", "dropped": self._dropped})
        self._dropped = 0
        return line

    def _run(self) -> None:
        while lines := self._next():
            data = "".join(f"{_ascii(line)}\n" for line in lines).encode("ascii")
            try:
                for at in range(0, len(data), _PIECE):
                    if not self._put(data[at : at + _PIECE]):
                        return
            except OSError:
                with self._changed:
                    self._broken = True
                    self._lines.clear()
                with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
                    self.on_broken()
                return

    def _next(self) -> list[str]:
        """Return lines that wait, some at a time; none at the end."""
        with self._changed:
            while not self._lines and self._deadline is None and not self._broken:
                self._changed.wait()
            return [self._lines.popleft() for _ in range(min(len(self._lines), 256))]

    def _put(self, data: bytes) -> bool:
        """Write `data`; return whether there was time."""
        if self._descriptor is None:
            return False
        while data:
            while not _ready(self._descriptor):
                if self._deadline is not None and time.monotonic() > self._deadline:
                    return False
            data = data[os.write(self._descriptor, data) :]
        return True


def _ready(descriptor: int) -> bool:
    """Whether a write would not wait; where the system does not tell, it is tried."""
    if not hasattr(select, "poll"):  # Windows
        return True
    poll = select.poll()
    poll.register(descriptor, select.POLLOUT)
    return bool(poll.poll(_LOOK * 1000))


def _ascii(line: str) -> str:
    return line if line.isascii() else json.dumps(json.loads(line))
