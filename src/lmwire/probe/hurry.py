"""Several connects to one port, a fraction of a second apart: on a good path, they tell as much as a long wait.

A port that drops every SYN, a path that just lost some, and a router that lets so many SYNs a second pass look the
same at first. So lmgrd's port, which has just accepted at the same address, is tried again right after the port in
question. As long as it does not accept either, silence tells nothing, and the first connect has all of its time.

Where the caller knows that the path loses and delays nothing, it takes no other port to tell.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import socket
from collections.abc import AsyncIterator
from typing import Final, TypeAlias

import msgspec

from lmwire.defaults import CONNECT_WAIT, LOSSLESS_CONNECT_WAIT, SHORT_CONNECT_WAIT
from lmwire.evidence import Connect
from lmwire.legs import ConnectEnd, Destination
from lmwire.probe.connect import connect, open_socket, timed_out
from lmwire.probe.kernel import retransmissions
from lmwire.probe.settings import ProbeError, Settings

__all__ = ["LOSSLESS", "Hurry", "is_quick", "may_hurry", "race"]

_Connecting: TypeAlias = asyncio.Task[ConnectEnd]

_QUICK: Final = 0.1
"""Seconds that a connect may take on a good path: three of them fit between the last SYN and the end of the wait."""

_REPEATS: Final = ((0.25, False), (0.5, True), (0.75, False), (1.0, True))
"""Seconds after the first connect, and whether lmgrd's port is tried as well.

The last one comes after a second: a machine that sends one ICMP error a second, as Linux does when it has sent many,
has then had the time for one more."""

_OF_THE_NETWORK: Final = frozenset({Connect.ESTABLISHED, Connect.REFUSED, Connect.REJECTED})
"""Ends of a repeated connect that count. Others may come from a shortage on this machine."""


def may_hurry(settings: Settings) -> bool:
    """Whether the wait for a connect is the default. One that the caller chose is kept."""
    return settings.hurry and settings.connect_wait == CONNECT_WAIT


def is_quick(sock: socket.socket, end: ConnectEnd) -> bool:
    """Whether this connection was accepted in a moment and has lost nothing since, as far as the system tells."""
    return end.connect is Connect.ESTABLISHED and end.seconds < _QUICK and retransmissions(sock) == 0


class Hurry(msgspec.Struct, frozen=True, kw_only=True):
    """What it takes to hurry.

    Attributes:
        control: the port of the same address that accepted in a moment; 0: none, and none is needed.
        sockets: how many more may be open at a time; None: any number.
        repeats: seconds after the first connect at which it is repeated, and whether the control is tried as well.
        wait: seconds from the first connect until silence tells.
    """

    control: int = 0
    sockets: asyncio.Semaphore | None = None
    repeats: tuple[tuple[float, bool], ...] = _REPEATS
    wait: float = SHORT_CONNECT_WAIT


LOSSLESS: Final = Hurry(repeats=((0.25, False), (0.5, False)), wait=LOSSLESS_CONNECT_WAIT)
"""For a path that is known to lose and to delay nothing. As many SYNs as in four seconds, at most."""


@contextlib.asynccontextmanager
async def race(to: Destination, hurry: Hurry, settings: Settings) -> AsyncIterator[tuple[socket.socket, ConnectEnd]]:
    """Connect to `to` until one of several connects ends; the block gets its socket, and how it ended.

    Raises:
        ProbeError: the system gives no socket, or it cannot be bound to the own address asked for.
    """
    running = _Race(to, hurry, settings)
    try:
        yield await running.run()
    finally:
        await running.close()


class _Race:
    """Each connect beyond the first takes a place of `sockets`; where there is none, the first has all of its time."""

    def __init__(self, to: Destination, hurry: Hurry, settings: Settings) -> None:
        self._to = to
        self._control = msgspec.structs.replace(to, port=hurry.control)
        self._hurry = hurry
        self._taken = 0
        self._settings = settings
        self._began = asyncio.get_running_loop().time()
        self._open: dict[_Connecting, socket.socket] = {}
        self._first = self._start(to)
        self._connects = [self._first]
        self._controls: list[_Connecting] = []

    async def run(self) -> tuple[socket.socket, ConnectEnd]:
        if not await self._is_silent():
            await self._stop(self._controls)
            await self._ended_by(math.inf)
        ended = self._ended()
        await self._stop([task for task in self._open if task is not (ended or self._first)])
        sock, seconds = self._open[ended or self._first], self._elapsed()
        end = ended.result() if ended else timed_out(sock, self._to.address, seconds)
        return sock, msgspec.structs.replace(end, seconds=seconds, attempts=len(self._connects))

    async def close(self) -> None:
        await self._stop(list(self._open))
        for _ in range(self._taken):
            if self._hurry.sockets is not None:
                self._hurry.sockets.release()

    async def _is_silent(self) -> bool:
        """Repeat the connect. Whether none was answered in the short time, while lmgrd's port accepted each time."""
        for at, controlled in self._hurry.repeats:
            if await self._ended_by(at):
                return False
            try:
                self._connects.append(await self._start_another(self._to))
                if controlled:
                    self._controls.append(await self._start_another(self._control))
            except ProbeError:
                return False
        if await self._ended_by(self._hurry.wait):
            return False
        return all(_accepted(task) for task in self._controls)

    async def _start_another(self, to: Destination) -> _Connecting:
        places = self._hurry.sockets
        if places is not None:
            if places.locked():
                raise ProbeError("all sockets are in use")
            await places.acquire()  # at once
            self._taken += 1
        return self._start(to)

    def _start(self, to: Destination) -> _Connecting:
        sock = open_socket(to.address, self._settings.source, self._settings.ports)
        task = asyncio.ensure_future(connect(sock, to, self._settings.connect_wait - self._elapsed()))
        self._open[task] = sock
        return task

    async def _ended_by(self, at: float) -> bool:
        """Wait until a connect has ended, or until `at` seconds after the first began. Whether one has ended."""
        while self._ended() is None:
            left = at - self._elapsed()
            if left <= 0:
                return False
            going_on = [task for task in self._connects if not task.done()]
            await asyncio.wait(
                going_on, timeout=None if left == math.inf else left, return_when=asyncio.FIRST_COMPLETED
            )
        return True

    def _ended(self) -> _Connecting | None:
        """Return the connect that decides: one that was accepted, or else the earliest whose end counts."""
        ended = [task for task in self._connects if task.done() and (task is self._first or _tells(task))]
        return next(filter(_accepted, ended), ended[0] if ended else None)

    def _elapsed(self) -> float:
        return asyncio.get_running_loop().time() - self._began

    async def _stop(self, tasks: list[_Connecting]) -> None:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for task in tasks:
            self._open.pop(task).close()


def _accepted(task: _Connecting) -> bool:
    return _tells(task) and task.result().connect is Connect.ESTABLISHED


def _tells(task: _Connecting) -> bool:
    """Whether this connect has ended by something that came from the network."""
    return task.done() and task.exception() is None and task.result().connect in _OF_THE_NETWORK
