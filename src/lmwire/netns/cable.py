"""A wire with delay and loss between two TAP devices. It replaces netem, which some kernels lack."""

from __future__ import annotations

import contextlib
import os
import select
import time
from collections import deque

from lmwire.netns.loss import Loss
from lmwire.netns.stop import Stop

__all__ = ["Cable"]

_FRAME = 65_536
_AT_ONCE = 64  # frames read from one side before the other has its turn
_LIMIT = 1_000  # frames under way in one direction, as netem's default; more are dropped


class _Direction:
    """Frames from one TAP device to the other, first in, first out."""

    def __init__(self, source: int, target: int, delay: float, loss: Loss) -> None:
        self.source = source
        self.passed = 0
        self.lost = 0
        self._target = target
        self._delay = delay
        self._loss = loss
        self._under_way: deque[tuple[float, bytes]] = deque()

    def due(self) -> float | None:
        """Return when the next frame arrives, by the monotonic clock; None when there is none."""
        return self._under_way[0][0] if self._under_way else None

    def take(self) -> None:
        """Read the frames that wait at the source."""
        for _ in range(_AT_ONCE):
            try:
                frame = os.read(self.source, _FRAME)
            except OSError:  # nothing more, or the interface is down
                return
            if len(self._under_way) >= _LIMIT or self._loss.takes(frame):
                self.lost += 1
            else:
                self._under_way.append((time.monotonic() + self._delay, frame))

    def deliver(self) -> None:
        """Write the frames that are due. A frame that the other side does not take is lost, as on a wire."""
        now = time.monotonic()
        while self._under_way and self._under_way[0][0] <= now:
            _, frame = self._under_way.popleft()
            with contextlib.suppress(OSError):
                os.write(self._target, frame)
                self.passed += 1


class Cable:
    """The forwarder of one such wire; `run` is its thread.

    Args:
        taps: the descriptors of the two TAP devices, non-blocking; closed when `run` ends.
        delay: seconds from the first to the second, and back.
        loss: the choice of frames to lose, likewise.
    """

    def __init__(self, taps: tuple[int, int], delay: tuple[float, float], loss: tuple[Loss, Loss]) -> None:
        first, second = taps
        self._there = _Direction(first, second, delay[0], loss[0])
        self._back = _Direction(second, first, delay[1], loss[1])

    @property
    def passed(self) -> tuple[int, int]:
        """Frames handed over so far, there and back."""
        return self._there.passed, self._back.passed

    @property
    def lost(self) -> tuple[int, int]:
        """Frames lost so far, there and back."""
        return self._there.lost, self._back.lost

    def run(self, stop: Stop) -> None:
        """Forward until `stop` is set, asleep whenever nothing is due."""
        directions = {direction.source: direction for direction in (self._there, self._back)}
        try:
            with select.epoll() as poller:
                for source in (stop.fileno(), *directions):
                    poller.register(source, select.EPOLLIN)
                while not stop.is_set():
                    for ready, events in poller.poll(self._seconds_to_wait()):
                        if events & (select.EPOLLERR | select.EPOLLHUP):
                            poller.unregister(ready)  # the device was deleted
                        elif ready in directions:
                            directions[ready].take()
                    for direction in directions.values():
                        direction.deliver()
        finally:
            self.close()

    def close(self) -> None:
        """Take both TAP devices away."""
        for direction in (self._there, self._back):
            os.close(direction.source)

    def _seconds_to_wait(self) -> float | None:
        due = [moment for direction in (self._there, self._back) if (moment := direction.due()) is not None]
        return max(0.0, min(due) - time.monotonic()) if due else None
