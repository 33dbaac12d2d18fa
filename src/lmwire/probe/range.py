"""The walk through the default range, `@host`: which of ten ports is lmgrd's?

A client tries the ports in order, one after the other, and talks to each that accepts until it is referred. Here all
connects run side by side, so that a firewall that drops nine of ten costs one connect time-out, not nine; then the
ports that accepted are asked in the client's order.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import msgspec

from lmwire.evidence import Answer, Asked
from lmwire.probe.concurrency import together
from lmwire.probe.leg import ProbedLeg, Question

__all__ = ["Ask", "RangeWalk"]

Ask = Callable[[Question], Awaitable[ProbedLeg]]

_HEAD_START: Final = 0.3
"""Seconds that lower ports have to accept too, once one has accepted."""

_PATIENCE: Final = 1.0
"""Seconds that the first port has to answer before the other ports that accepted are asked as well."""

_FOUND: Final = frozenset({Answer.REFERRAL, Answer.TEXT})


class RangeWalk:
    """One walk. `ask` opens one connection a question; `knocks` are the questions, in a client's order, asking nothing.

    First `find`, then, side by side with whatever follows the referral, `rest`.
    """

    def __init__(self, ask: Ask, knocks: list[Question], asked: Asked) -> None:
        self._ask = ask
        self._knocks = knocks
        self._asked = asked
        self._probed: dict[int, ProbedLeg] = {}
        self._open: dict[int, asyncio.Future[ProbedLeg]] = {}

    async def find(self) -> ProbedLeg | None:
        """Return the answer of lmgrd as soon as a port has given it; None when none did.

        A lower port that has not accepted by then may still do so: see `rest`.
        """
        self._open = {index: asyncio.ensure_future(self._ask(knock)) for index, knock in enumerate(self._knocks)}
        try:
            await self._first_accepting()
            return await self._ask_accepting()
        except BaseException:
            self._cancel(self._open)
            raise

    async def _first_accepting(self) -> None:
        while self._open and not any(probed.leg.established for probed in self._probed.values()):
            await asyncio.wait(self._open.values(), return_when=asyncio.FIRST_COMPLETED)
            self._collect()
        if self._open:
            await asyncio.wait(self._open.values(), timeout=_HEAD_START)
            self._collect()

    def _collect(self) -> None:
        for index in [index for index, future in self._open.items() if future.done()]:
            self._probed[index] = self._open.pop(index).result()

    async def _ask_accepting(self) -> ProbedLeg | None:
        """Ask the ports that accepted, lowest first; when one keeps us waiting, the others side by side."""
        accepting = self._accepting()
        for position, index in enumerate(accepting):
            asking = asyncio.ensure_future(self._ask_one(index))
            try:
                await asyncio.wait((asking,), timeout=_PATIENCE)
                if not asking.done():
                    await together(self._ask_one(other) for other in accepting[position + 1 :])
                    await asking
                    break
                if asking.result().leg.answer in _FOUND:
                    break
            finally:
                asking.cancel()
        return next((self._found(index) for index in accepting if self._probed[index].leg.answer in _FOUND), None)

    def _accepting(self) -> list[int]:
        return [index for index in sorted(self._probed) if self._probed[index].leg.established]

    async def _ask_one(self, index: int) -> ProbedLeg:
        self._probed[index] = await self._ask(msgspec.structs.replace(self._knocks[index], asked=self._asked))
        return self._probed[index]

    def _found(self, index: int) -> ProbedLeg:
        # No client goes beyond the port that referred it: how the higher ones end tells nothing.
        higher = {other: future for other, future in self._open.items() if other > index}
        self._cancel(higher)
        for other in higher:
            del self._open[other]
        return self._probed[index]

    @property
    def places(self) -> list[tuple[str, int]]:
        """Address and port of each that accepted, in the client's order, as far as lmgrd's own."""
        return [(self._knocks[index].address, self._knocks[index].port) for index in self._accepting()]

    async def rest(self) -> list[ProbedLeg]:
        """Return what all ports came to, lowest first, once those have ended that were still open."""
        late = dict(self._open)
        try:
            for index, future in late.items():
                self._probed[index] = await future
        finally:
            self._cancel(late)
        accepted = [index for index in late if self._probed[index].leg.established]
        await together(self._ask_one(index) for index in accepted)
        self._open.clear()
        return [self._probed[index] for index in sorted(self._probed)]

    @staticmethod
    def _cancel(futures: dict[int, asyncio.Future[ProbedLeg]]) -> None:
        for future in futures.values():
            if not future.cancel() and not future.cancelled():
                future.exception()  # read, so that asyncio does not warn of an unread exception
