"""The walk along a path: which hop answers for which of two ports. Bounded in packets and in time.

1. Lives 1, 2, 3, … in waves, both ports side by side, until the control port answers: that is the server's distance.
   With the first wave, both ports with the usual life: does either answer at all?
2. What was not answered is asked again, twice at most: a router may answer only so many times a second, and a packet
   may be lost. The pause between is the wait for the answer that did not come.
3. Where nothing at all comes back, whether the packets leave this machine.
4. Where the port is reset, how much life the resets have left when they come in, and whether the control port's
   answers have as much: a machine before the server is nearer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from lmwire.defaults import LOCATE_HOPS, LOCATE_WAIT
from lmwire.locate.knocking import Knocker
from lmwire.locate.model import Fate, Hop, Knock, Seen, Trace

__all__ = ["Limits", "trace"]

_TRIES: Final = 3
_TOTAL: Final = 30.0

_WAVE: Final = 6
_COARSE: Final = 16
_AGAIN: Final = 3
_LARGEST: Final = 255
_NOT_TRIED: Final = Seen(fate=Fate.UNTRIED)
_SILENCE: Final = frozenset({Fate.SILENT, Fate.UNTRIED})
_LAST_WORDS: Final = frozenset({Fate.ACCEPTED, Fate.RESET, Fate.REJECTED, Fate.DENIED, Fate.UNREACHABLE})
"""Whoever says so says it to every packet that comes as far: the server, who rejects, this machine itself."""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How far, how patiently, and for how long in all; seconds."""

    max_hops: int = LOCATE_HOPS
    wait: float = LOCATE_WAIT
    tries: int = _TRIES
    total: float = _TOTAL


async def trace(
    knocker: Knocker, address: str, port: int, control: int | None, *, local: str = "", limits: Limits | None = None
) -> Trace:
    """Walk to `address` and return what was seen; what there was no time for is marked as not tried.

    Args:
        knocker: makes the connects.
        address: where to.
        port: the port in question.
        control: a port to compare with, or None.
        local: this machine's own address on the way.
        limits: of hops, packets and time.

    Raises:
        LocateError: this side can't go on.
    """
    tracer = _Tracer(knocker, port, control, limits or Limits())
    await tracer.run()
    return tracer.found(address, local)


class _Tracer:
    def __init__(self, knocker: Knocker, port: int, control: int | None, limits: Limits) -> None:
        self._knocker = knocker
        self._port, self._control = port, control
        self._limits = limits
        self._began = asyncio.get_running_loop().time()
        self._until = self._began + limits.total
        self._seen: dict[tuple[int, int], Seen] = {}  # (port, life) → what became of it
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
            self._leaves = await self._knocker.leaves(self._port, self._left())

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
        """Whether the wave brought the answer that tells how long the way is, or nobody has more to say."""
        arrived = self._control is not None and any(self._of(self._control, life).arrived for life in self._lives())
        return arrived or all(self._last_word(port) for port in self._ports())

    def _last_word(self, port: int) -> int:
        """Return the first life with which the port got an answer that longer lives get as well; 0 without."""
        return next((life for life in self._lives() if self._of(port, life).fate in _LAST_WORDS), 0)

    def _useful(self) -> int:
        """Return the longest life worth a look: that of the server, or of the port's last "time exceeded"."""
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
        # Whatever is behind the last that said anything says nothing more, however often it is asked.
        return min(max(heard, default=0) + 1, self._longest)

    def _left(self) -> float:
        return self._until - asyncio.get_running_loop().time()

    async def _ask(self, lives: Iterable[int]) -> None:
        """Ask what is not answered yet, the shortest lives first: a router may answer only the first few."""
        wanted = [(port, life) for life in lives for port in self._ports() if self._of(port, life).fate in _SILENCE]
        for key, seen in zip(wanted, await self._knock([Knock(*key) for key in wanted]), strict=True):
            self._seen[key] = seen

    async def _knock(self, knocks: Sequence[Knock]) -> list[Seen]:
        left = self._left()
        if left <= 0:
            self._complete = False
            return [self._seen.get((knock.port, knock.life), _NOT_TRIED) for knock in knocks]
        self._sent += len(knocks)
        return await self._knocker.knock(knocks, min(self._limits.wait, left))

    # -- how far away a reset comes from ------------------------------------------------------------------------

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
        """Return the highest floor that lets resets through: in steps of sixteen, then one by one."""
        coarse = await self._passing(range(_COARSE, _LARGEST, _COARSE))
        fine = max(coarse, await self._passing(range(coarse + 1, coarse + _COARSE)))
        # One lost packet must not make it look farther away.
        return max(fine, await self._passing(range(fine + 1, min(fine + 1 + _AGAIN, _LARGEST + 1)))) or None

    async def _passing(self, floors: range) -> int:
        seen = await self._knock([Knock(self._port, 0, floor) for floor in floors])
        return max((floor for floor, one in zip(floors, seen, strict=True) if one.fate is Fate.RESET), default=0)

    async def _has_left(self, port: int, left: int) -> bool:
        """Whether the port's answers come in with just so much life left. Each is asked for twice, lest one be lost."""
        at = await self._knock([Knock(port, 0, left)] * 2)
        above = await self._knock([Knock(port, 0, left + 1)] * 2) if left < _LARGEST else []
        return any(one.arrived for one in at) and not any(one.arrived for one in above)
