"""Connections that grow old, all at once, and one byte on each when its time has come.

When one is lost, a new connection shows whether the other end is still there. Then all the others, which are as old by
now, send their bytes at once: they must be lost, too, or it was not the silence. So the measurement ends soon after the
first loss.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import socket
import struct
import time
from collections.abc import Callable, Sequence
from typing import Final

from lmwire.errors import LmwireError
from lmwire.idle.introduction import OtherEnd, mark
from lmwire.idle.model import FORGOTTEN, Fate, IdleProbe, Measured
from lmwire.probe.kernel import SOFT_ERRORS, unacknowledged
from lmwire.session.idle_echo import GOODBYE

__all__ = ["Tell", "measure"]

Tell = Callable[[float, float, float | None], None]
"""Called every second: seconds so far, seconds in all, the longest silence that was survived."""

_CHUNK: Final = 256
_TICK: Final = 1.0
_ON_TIME: Final = 0.25
"""Seconds that a byte may be late, and still count as sent at its time."""

_SLEEP: Final = 2.0
_LINGER: Final = struct.pack("ii", 1, 0)


async def measure(end: OtherEnd, ages: Sequence[float], tell: Tell) -> Measured:
    """Measure after which silence connections to `end` are lost.

    Args:
        end: a gateway or a mock, which has been checked.
        ages: seconds of silence, one connection each.
        tell: hears how far it got.

    Raises:
        IdleError: the other end cannot be reached, or does not take part.
        ProbeError: this machine gives no sockets.
    """
    with contextlib.ExitStack() as sockets:

        async def connection(age: float) -> _Connection:
            return _Connection(age, sockets.enter_context(await end.open()), end.wait)

        opening = [asyncio.create_task(connection(age)) for age in sorted(ages)]
        try:
            connections = await asyncio.gather(*opening)
        finally:
            for task in opening:
                task.cancel()
            await asyncio.gather(*opening, return_exceptions=True)
        return await _Measurement(end, connections, tell).run()


class _Connection:
    """One connection that grows old."""

    def __init__(self, age: float, sock: socket.socket, wait: float) -> None:
        self.age = age
        self.fate = Fate.NOT_TRIED
        self._loop = asyncio.get_running_loop()
        self._since = self._loop.time()
        self._seconds = 0.0
        self._sock = sock
        self._wait = wait
        self._rejected = False

    @property
    def probe(self) -> IdleProbe:
        """What is known of it."""
        late = self._seconds - self.age
        if 0 <= late <= _ON_TIME:
            seconds = self.age
        else:  # what was survived is not shorter than said, what was lost not longer
            tenths = self._seconds * 10
            seconds = (math.floor(tenths) if self.fate is Fate.SURVIVED else math.ceil(tenths)) / 10
        return IdleProbe(age=self.age, seconds=seconds, fate=self.fate)

    async def grow_old(self, hurry: asyncio.Event) -> None:
        """Wait until its time has come, or until all are called; send the byte; note what becomes of it."""
        received = self._loop.create_task(self._receive())
        called = self._loop.create_task(hurry.wait())
        try:
            left = self.age - (self._loop.time() - self._since)
            await asyncio.wait({received, called}, timeout=max(left, 0), return_when=asyncio.FIRST_COMPLETED)
            self._seconds = self._loop.time() - self._since
            self.fate = _fate(received.result(), b"") if received.done() else await self._send(received)
        finally:
            for task in (received, called):
                task.cancel()
            with contextlib.suppress(OSError):
                if self.fate is not Fate.SURVIVED:  # a FIN would be sent again and again
                    self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER)
            await asyncio.gather(received, called, return_exceptions=True)
            self._sock.close()

    async def _send(self, received: asyncio.Task[bytes | OSError]) -> Fate:
        byte = mark()
        for last in (False, True):
            try:
                await self._loop.sock_sendall(self._sock, byte)
                break
            except OSError as error:
                if last or error.errno not in SOFT_ERRORS:
                    return _fate(error, byte)
                self._rejected = True  # an ICMP error of before, which the kernel reports instead of sending
        await asyncio.wait({received}, timeout=self._wait)
        if received.done():
            return _fate(received.result(), byte)
        if unacknowledged(self._sock) == 0:
            return Fate.NOT_RETURNED
        return Fate.REJECTED if self._rejected else Fate.SILENT

    async def _receive(self) -> bytes | OSError:
        """Return the first bytes that come; none at the end of the stream; or how the connection ended."""
        while True:
            try:
                return await self._loop.sock_recv(self._sock, _CHUNK)
            except OSError as error:
                if error.errno not in SOFT_ERRORS:
                    return error
                self._rejected = True


def _fate(received: bytes | OSError, byte: bytes) -> Fate:
    """Return what it means that this was received after `byte` was sent; empty: before anything was."""
    if isinstance(received, TimeoutError):
        return Fate.SILENT
    if isinstance(received, OSError):
        return Fate.RESET
    if not received:
        return Fate.CLOSED
    if byte and received.startswith(byte) and GOODBYE.startswith(received[1:]):
        return Fate.SURVIVED
    return Fate.ENDED if GOODBYE.startswith(received) else Fate.WRONG


class _Measurement:
    """All connections, and the order of things."""

    def __init__(self, end: OtherEnd, connections: Sequence[_Connection], tell: Tell) -> None:
        self._end = end
        self._connections = connections
        self._tell = tell
        self._loop = asyncio.get_running_loop()
        self._began = self._loop.time()
        self._gone: str | None = None  # not asked yet

    async def run(self) -> Measured:
        """Wait for all connections, or for what ends the measurement before."""
        hurry, clock = asyncio.Event(), _clock()
        waiting = {self._loop.create_task(each.grow_old(hurry)): each for each in self._connections}
        try:
            while waiting:
                done, _ = await asyncio.wait(waiting, timeout=_TICK, return_when=asyncio.FIRST_COMPLETED)
                fates = {waiting.pop(task).fate for task in done if task.result() is None}
                self._report()
                if fates & {Fate.WRONG, Fate.ENDED}:
                    break
                if fates & FORGOTTEN and self._gone is None:
                    self._gone = await self._ask_again()
                    if self._gone:
                        break
                    hurry.set()
        finally:
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)
        slept = (_clock() - clock) - (self._loop.time() - self._began)
        return Measured(
            probes=tuple(each.probe for each in self._connections),
            gone=self._gone or "",
            slept=round(slept, 1) if slept > _SLEEP else 0.0,
        )

    def _report(self) -> None:
        probes = [each.probe for each in self._connections]
        survived = max((probe.seconds for probe in probes if probe.fate is Fate.SURVIVED), default=None)
        self._tell(self._loop.time() - self._began, max(probe.age for probe in probes), survived)

    async def _ask_again(self) -> str:
        """Return why a new connection fails; empty when it works."""
        try:
            await self._end.check()
        except LmwireError as error:
            return error.message
        return ""


def _clock() -> float:
    """Return seconds that go on while this machine sleeps; the event loop's stand still meanwhile."""
    boot = getattr(time, "CLOCK_BOOTTIME", None)
    return time.time() if boot is None else time.clock_gettime(boot)
