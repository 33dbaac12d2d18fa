"""Pass the bytes, waits and end of one direction through its faults to a sink, in order and in time."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable

from lmwire_mockserver.faults import ConnectionEnd, FaultStage, StreamItem, Wait

__all__ = ["FaultPipeline"]


class FaultPipeline:
    """One direction of one connection.

    Queues items behind a wait; the connection's limit of bytes bounds the queue. A reset overtakes the queue and
    drops it, as on the wire.

    Args:
        stages: the faults, each applied to every stream item in turn.
        sink: called with bytes and ends, not with waits.
        loop: the event loop that times the waits.
    """

    def __init__(
        self,
        stages: Iterable[FaultStage],
        sink: Callable[[bytes | ConnectionEnd], None],
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self._stages = tuple(stages)
        self._sink = sink
        self._loop = loop
        self._queue: deque[StreamItem] = deque()
        self._timer: asyncio.TimerHandle | None = None

    @property
    def idle(self) -> bool:
        """Whether nothing waits."""
        return self._timer is None and not self._queue

    def feed(self, step: StreamItem) -> None:
        """Pass `step` on: at once, or after the items that wait before it."""
        steps = [step]
        for stage in self._stages:
            steps = [changed for each in steps for changed in stage(each)]
        if ConnectionEnd.RESET in steps:
            self.stop()
        self._queue.extend(steps)
        self._drain()

    def stop(self) -> None:
        """Drop the queue."""
        self._queue.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def close(self) -> None:
        """Drop the queue and the sink: nothing is passed on any more.

        The sink is a method of the connection that holds this pipeline. Without that cycle, the connection's memory is
        free at once, and does not wait for a collection, which an idle server never runs.
        """
        self.stop()
        self._stages, self._sink = (), _nowhere

    def _drain(self) -> None:
        while self._queue and self._timer is None:
            step = self._queue.popleft()
            if isinstance(step, Wait):
                self._timer = self._loop.call_later(step.seconds, self._resume)
            else:
                self._sink(step)

    def _resume(self) -> None:
        self._timer = None
        self._drain()


def _nowhere(step: bytes | ConnectionEnd) -> None:
    """Take what comes after the end."""
