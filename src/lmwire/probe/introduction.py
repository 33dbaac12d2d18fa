"""Ask lmgrd for its vendor daemons as lmutil does: a hello that names none, then `dlist` on the same connection.

The answer to the hello has lmgrd's own version, and the host of a triad's master. [pub] An lmgrd that does not answer
so is asked for the list alone, on a connection of its own: what it makes of that hello changes no verdict.
"""

from __future__ import annotations

import asyncio
from typing import Final

import msgspec

from lmwire.evidence import Answer, Asked, Connect, Leg
from lmwire.legs import make_leg
from lmwire.probe.leg import ProbedLeg, Question, ask, connected_socket
from lmwire.probe.settings import Settings
from lmwire.probe.talk import talk
from lmwire.wire import HelloAnswer

__all__ = ["Listed", "ask_for_list"]

_PATIENCE: Final = 1.0
"""Seconds that lmgrd has for each of the two answers; a slower one is asked again, as patiently as ever."""


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """The leg with the list, or without; and lmgrd's answer to the hello, when that came first."""

    probed: ProbedLeg
    hello: HelloAnswer | None = None

    @property
    def leg(self) -> Leg:
        """The leg."""
        return self.probed.leg


async def ask_for_list(question: Question, settings: Settings, *, began: float) -> Listed:
    """Connect, say hello without a vendor daemon, ask for the list; or ask for the list alone. Raises as `ask` does."""
    found = await _introduced(question, settings, began)
    return found if found is not None else Listed(probed=await ask(question, settings, began=began))


async def _introduced(question: Question, settings: Settings, began: float) -> Listed | None:
    loop = asyncio.get_running_loop()
    at = loop.time()
    hasty = msgspec.structs.replace(settings, answer_wait=min(_PATIENCE, settings.answer_wait))
    async with connected_socket(question, settings) as (sock, connect):
        if connect.connect is not Connect.ESTABLISHED:
            leg = make_leg(question, connect, at=at - began, seconds=loop.time() - at)
            return Listed(probed=ProbedLeg(leg=leg))
        if connect.detail:
            return None
        hello, _ = await talk(sock, Asked.HELLO, "", hasty)
        if hello.answer is not Answer.HELLO or hello.hello is None:
            return None
        end, traffic = await talk(sock, Asked.DLIST, "", hasty)
        if end.answer is not Answer.TEXT:
            return None
    leg = make_leg(question, connect, end, traffic, at=at - began, seconds=loop.time() - at)
    return Listed(probed=ProbedLeg(leg=leg, text=end.text), hello=hello.hello)
