"""The mock in a thread of its own, for callers without an event loop, and for network namespaces."""

from __future__ import annotations

import asyncio
import threading
import types
from collections.abc import Callable
from concurrent.futures import Future
from typing import Final, Protocol, Self

from lmwire_mockserver.conversation import Conversation
from lmwire_mockserver.server import AsyncMockServer

__all__ = ["Inside", "ThreadedMock"]

_READY_SECONDS: Final = 30.0
_END_SECONDS: Final = 10.0


class Signal(Protocol):
    """The stop signal of a thread: readable once it is set."""

    def fileno(self) -> int:
        """Return a descriptor to select on."""


class StartedThread(Protocol):
    """A thread that was started elsewhere."""

    def result(self, timeout: float | None = None) -> object:
        """Wait for its end, and raise what it ended with."""


class Inside(Protocol):
    """A place that can run a thread, such as `lmwire.netns.Namespace`."""

    def thread(self, function: Callable[[Signal], None], /) -> StartedThread:
        """Run `function` in a thread there; it returns once its argument is set."""


class ThreadedMock:
    """Runs a `AsyncMockServer` in a thread, between entry and exit of a `with` block.

    Sockets are made in that thread, hence in `inside` when it is a network namespace.

    Args:
        mock: not entered yet; read its ports and names as usual, its conversations through this object.
        inside: where the thread runs; None for right here.

    Raises:
        ListenError: on entry; the mock cannot take a port.
        Exception: on exit, what `AsyncMockServer` raises on exit.
    """

    def __init__(self, mock: AsyncMockServer, *, inside: Inside | None = None) -> None:
        self.mock = mock
        self._inside = inside
        self._ready: Future[asyncio.AbstractEventLoop] = Future()
        self._running: StartedThread | None = None
        self._finish = asyncio.Event()

    @property
    def conversations(self) -> tuple[Conversation, ...]:
        """See `AsyncMockServer.conversations`."""

        async def read() -> tuple[Conversation, ...]:
            return self.mock.conversations

        return asyncio.run_coroutine_threadsafe(read(), self._ready.result(0)).result()

    @property
    def all_conversations(self) -> tuple[Conversation, ...]:
        """The conversations that have ended, then those that have not; see `AsyncMockServer`."""

        async def read() -> tuple[Conversation, ...]:
            await self.mock.take_in()
            return self.mock.conversations + self.mock.open_conversations

        return asyncio.run_coroutine_threadsafe(read(), self._ready.result(0)).result()

    def wait_for_conversations(self, count: int, timeout: float = 5.0) -> tuple[Conversation, ...]:
        """See `AsyncMockServer.wait_for_conversations`."""
        waiting = self.mock.wait_for_conversations(count, timeout)
        return asyncio.run_coroutine_threadsafe(waiting, self._ready.result(0)).result()

    def __enter__(self) -> Self:
        if self._inside is None:
            self._running = _Here(lambda: self._run(None))
        else:
            self._running = self._inside.thread(self._run)
        self._ready.result(_READY_SECONDS)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: types.TracebackType | None
    ) -> None:
        loop = self._ready.result(0)
        if self._running is None:
            raise RuntimeError("not entered")
        if not loop.is_closed():  # else the namespace was closed first, and set the thread's stop
            loop.call_soon_threadsafe(self._finish.set)
        self._running.result(_END_SECONDS)

    def _run(self, stop: Signal | None) -> None:
        asyncio.run(self._serve(stop))

    async def _serve(self, stop: Signal | None) -> None:
        loop = asyncio.get_running_loop()
        try:
            async with self.mock:
                if stop is not None:
                    loop.add_reader(stop.fileno(), self._finish.set)
                self._ready.set_result(loop)
                await self._finish.wait()
                if stop is not None:
                    loop.remove_reader(stop.fileno())
        except BaseException as error:
            if self._ready.done():
                raise
            self._ready.set_exception(error)


class _Here:
    """A function that runs in a thread of its own."""

    def __init__(self, function: Callable[[], None]) -> None:
        self._function = function
        self._future: Future[None] = Future()
        self._thread = threading.Thread(target=self._body, name="mock", daemon=True)
        self._thread.start()

    def _body(self) -> None:
        try:
            self._function()
        except BaseException as error:  # noqa: BLE001 - the future passes it to its waiter
            self._future.set_exception(error)
        else:
            self._future.set_result(None)

    def result(self, timeout: float | None = None) -> None:
        try:
            self._future.result(timeout)
        finally:
            self._thread.join(timeout)
