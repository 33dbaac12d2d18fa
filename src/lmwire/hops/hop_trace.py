"""Trace a path: find the hops that answer for each of two ports. Packets and time are bounded.

1. Send TTL 1, 2, 3, … in waves to both ports until the control port answers: that is the server's distance. The first
   wave also has both ports with the usual TTL, to see whether either answers.
2. Ask again for missing answers, at most twice: a router may limit its answers, and packets get lost. The wait for the
   missing answer is the pause.
3. If nothing answers, find out whether the packets leave this machine.
4. If the port is reset, measure the remaining TTL of the resets, and compare it with the control port's answers: a
   device before the server is nearer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from lmwire.defaults import LOCATE_HOPS, LOCATE_WAIT
from lmwire.hops.connect_probe import ConnectProbe
from lmwire.hops.model import ConnectTry, Fate, Hop, Seen, Trace

__all__ = ["TraceLimits", "trace"]

_TRIES: Final = 3
_TOTAL: Final = 30.0

_WAVE: Final = 6
_COARSE: Final = 16
_AGAIN: Final = 3
_LARGEST: Final = 255
_NOT_TRIED: Final = Seen(fate=Fate.UNTRIED)
_SILENCE: Final = frozenset({Fate.SILENT, Fate.UNTRIED})
_LAST_WORDS: Final = frozenset({Fate.ACCEPTED, Fate.RESET, Fate.REJECTED, Fate.DENIED, Fate.UNREACHABLE})
"""Final results: the sender gives them to every packet that reaches it."""


class TraceLimits(msgspec.Struct, frozen=True, kw_only=True):
    """Hops, wait for an answer, and total time; times in seconds."""

    max_hops: int = LOCATE_HOPS
    wait: float = LOCATE_WAIT
    tries: int = _TRIES
    total: float = _TOTAL


async def trace(
    probe: ConnectProbe,
    address: str,
    port: int,
    control: int | None,
    *,
    local: str = "",
    limits: TraceLimits | None = None,
) -> Trace:
    """Trace the path to `address`. Connects for which time ran out are marked as not tried.

    Args:
        probe: makes the connects.
        address: the target.
        port: the port to find.
        control: a port to compare with, or None.
        local: this machine's address on the path.
        limits: hops, packets and time.

    Raises:
        LocateError: this machine cannot continue.
    """
    tracer = _Tracer(probe, port, control, limits or TraceLimits())
    await tracer.run()
    return tracer.found(address, local)


class _Tracer:
    def __init__(self, probe: ConnectProbe, port: int, control: int | None, limits: TraceLimits) -> None:
        self._probe = probe
        self._port, self._control = port, control
        self._limits = limits
        self._began = asyncio.get_running_loop().time()
        self._until = self._began + limits.total
        self._seen: dict[tuple[int, int], Seen] = {}  # (port, TTL) → result
        self._complete = True
        self._sent = 0
        self._longest = 0
        self._leaves: bool | None = None
        self._reset_left: int | None = None
        self._reset_as_control: bool | None = None

    async def run(self) -> None:
        for first in range(1, self._limits.max_hops + 1, _WAVE):
            self._longest = min(first + _WAVE - 1, self._limits.max_hops)
            await self._ask([*range(first, self._longest + 1), *([0] if first == 1 else [])])
            if self._ended() or not self._complete:
                break
        for _ in range(self._limits.tries - 1):
            await self._ask([*range(1, self._useful() + 1), 0])
        fates = {self._of(self._port, life).fate for life in (0, *self._lives())}
        if Fate.RESET in fates:
            await self._weigh()
        elif fates <= _SILENCE and self._left() > 0:
            self._sent += 1
            self._leaves = await self._probe.leaves(self._port, self._left())

    def found(self, address: str, local: str) -> Trace:
        hops = [self._hop(life) for life in range(1, self._useful() + 1)]
        return Trace(
            address=address,
            port=self._port,
            control=self._control,
            local=local,
            end=self._hop(0),
            hops=tuple(hops),
            leaves=self._leaves,
            reset_left=self._reset_left,
            reset_as_control=self._reset_as_control,
            complete=self._complete,
            sent=self._sent,
            seconds=asyncio.get_running_loop().time() - self._began,
        )

    def _hop(self, life: int) -> Hop:
        control = _NOT_TRIED if self._control is None else self._of(self._control, life)
        return Hop(number=life, control=control, port=self._of(self._port, life))

    def _of(self, port: int, life: int) -> Seen:
        return self._seen.get((port, life), _NOT_TRIED)

    def _lives(self) -> range:
        return range(1, self._longest + 1)

    def _ports(self) -> tuple[int, ...]:
        return (self._port,) if self._control is None else (self._control, self._port)

    def _ended(self) -> bool:
        """Whether the wave got the answer that shows the length of the path, or no hop can answer any more."""
        arrived = self._control is not None and any(self._of(self._control, life).arrived for life in self._lives())
        return arrived or all(self._last_word(port) for port in self._ports())

    def _last_word(self, port: int) -> int:
        """Return the smallest TTL with a result that all greater TTLs get as well; 0 for none."""
        return next((life for life in self._lives() if self._of(port, life).fate in _LAST_WORDS), 0)

    def _useful(self) -> int:
        """Return the greatest TTL to ask: that of the server, or of the port's last "time exceeded"."""
        lives = self._lives()
        measure = self._port if self._control is None else self._control
        server = next((life for life in lives if self._of(measure, life).arrived), 0)
        if server:
            passed = [life for life in lives if self._of(self._port, life).fate is Fate.PASSED]
            arrived = next((life for life in lives if self._of(self._port, life).arrived), 0)
            return max(server, arrived, *passed, 0)
        last_words = [self._last_word(port) for port in self._ports()]
        if all(last_words):
            return max(last_words)
        heard = [life for life in lives for port in self._ports() if self._of(port, life).fate not in _SILENCE]
        # Hops behind the last one that answered stay silent, so asking again is useless.
        return min(max(heard, default=0) + 1, self._longest)

    def _left(self) -> float:
        return self._until - asyncio.get_running_loop().time()

    async def _ask(self, lives: Iterable[int]) -> None:
        """Ask again for missing answers, the smallest TTL first: a router may answer only the first few."""
        wanted = [(port, life) for life in lives for port in self._ports() if self._of(port, life).fate in _SILENCE]
        for key, seen in zip(wanted, await self._try_all([ConnectTry(*key) for key in wanted]), strict=True):
            self._seen[key] = seen

    async def _try_all(self, connects: Sequence[ConnectTry]) -> list[Seen]:
        left = self._left()
        if left <= 0:
            self._complete = False
            return [self._seen.get((connect.port, connect.life), _NOT_TRIED) for connect in connects]
        self._sent += len(connects)
        return await self._probe.try_all(connects, min(self._limits.wait, left))

    # -- distance of a reset's sender ---------------------------------------------------------------------------

    async def _weigh(self) -> None:
        told = next((self._of(self._port, life).left for life in (0, *self._lives()) if self._resets(life)), None)
        self._reset_left = told if told is not None else await self._search()
        if self._reset_left is None or self._control is None:
            return
        control = self._of(self._control, 0)
        if control.left is not None:
            self._reset_as_control = control.left == self._reset_left
        elif control.arrived:
            self._reset_as_control = await self._has_left(self._control, self._reset_left)

    def _resets(self, life: int) -> bool:
        return self._of(self._port, life).fate is Fate.RESET

    async def _search(self) -> int | None:
        """Return the highest floor that still passes resets: in steps of sixteen, then one by one."""
        coarse = await self._passing(range(_COARSE, _LARGEST, _COARSE))
        fine = max(coarse, await self._passing(range(coarse + 1, coarse + _COARSE)))
        # One lost packet must not increase the distance.
        return max(fine, await self._passing(range(fine + 1, min(fine + 1 + _AGAIN, _LARGEST + 1)))) or None

    async def _passing(self, floors: range) -> int:
        seen = await self._try_all([ConnectTry(self._port, 0, floor) for floor in floors])
        return max((floor for floor, one in zip(floors, seen, strict=True) if one.fate is Fate.RESET), default=0)

    async def _has_left(self, port: int, left: int) -> bool:
        """Whether the port's answers have exactly this remaining TTL. Each is asked twice, in case one is lost."""
        at = await self._try_all([ConnectTry(port, 0, left)] * 2)
        above = await self._try_all([ConnectTry(port, 0, left + 1)] * 2) if left < _LARGEST else []
        return any(one.arrived for one in at) and not any(one.arrived for one in above)
