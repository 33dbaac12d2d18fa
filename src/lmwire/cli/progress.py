"""A progress bar on standard error: only on a terminal, and only when it takes longer than a moment."""

from __future__ import annotations

import os
import sys
import threading
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

__all__ = ["DELAY", "Bar"]

DELAY: Final = 1.0
_PLAIN: Final = ("bar.back", "progress.elapsed", "progress.download")
_GREEN: Final = ("bar.complete", "bar.finished", "bar.pulse")
# rich's own colours vanish on white.
_STYLES: Final = {**dict.fromkeys(_PLAIN, "default"), **dict.fromkeys(_GREEN, "green")}


class Bar:
    """Shows how many of how many are done, from `DELAY` seconds after entry on; leaves no trace.

    It is made by a thread of its own: the network's timings don't wait for it.
    """

    def __init__(self, what: str, *, wanted: bool | None = None, delay: float = DELAY) -> None:
        self._what = what
        self._wanted = _on_terminal() if wanted is None else wanted
        self._lock = threading.Lock()
        self._timer = threading.Timer(delay, self._show)
        self._timer.daemon = True
        self._progress: Progress | None = None
        self._task: TaskID | None = None
        self._done, self._total = 0, 1
        self._over = False

    def __enter__(self) -> Self:
        if self._wanted:
            self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        with self._lock:
            self._over = True
            if self._progress is not None:
                self._progress.stop()

    def __call__(self, done: int, total: int) -> None:
        """Take note of how far it got."""
        with self._lock:
            self._done, self._total = done, total
            if self._progress is not None and self._task is not None:
                self._progress.update(self._task, completed=done, total=total)

    def describe(self, what: str) -> None:
        """Say in other words what it is that takes its time."""
        with self._lock:
            self._what = what
            if self._progress is not None and self._task is not None:
                self._progress.update(self._task, description=what)

    def _show(self) -> None:
        from rich.console import Console  # noqa: PLC0415 # most runs are over before it is needed
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn  # noqa: PLC0415
        from rich.theme import Theme  # noqa: PLC0415

        with self._lock:
            if self._over:
                return
            columns = (
                TextColumn("{task.description}", markup=False),
                BarColumn(),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
            )
            self._progress = Progress(*columns, console=Console(stderr=True, theme=Theme(_STYLES)), transient=True)
            self._task = self._progress.add_task(self._what, completed=self._done, total=self._total)
            self._progress.start()


def _on_terminal() -> bool:
    return sys.stderr is not None and sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
