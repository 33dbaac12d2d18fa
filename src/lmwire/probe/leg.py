"""One question on one connection, and how it ended."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

import msgspec

from lmwire.evidence import Asked, Connect, Leg
from lmwire.legs import ConnectEnd, Destination, TalkEnd, Traffic, broken, make_leg
from lmwire.probe.connect import connect, open_socket
from lmwire.probe.hurry import LOSSLESS, Hurry, is_quick, race
from lmwire.probe.settings import Settings
from lmwire.probe.talk import talk
from lmwire.wire import Referral

__all__ = ["ProbedLeg", "Question", "ask", "connected_socket"]


class Question(Destination, frozen=True, kw_only=True):
    """What to ask, of whom, and for which vendor daemon."""

    asked: Asked = Asked.HELLO
    vendor: str = ""


class ProbedLeg(msgspec.Struct, frozen=True, kw_only=True):
    """A leg, with the referral or the text that it brought.

    Attributes:
        quick: the port accepted in a moment, and the connection lost nothing.
    """

    leg: Leg
    referral: Referral | None = None
    text: str = ""
    quick: bool = False


async def ask(
    question: Question,
    settings: Settings,
    *,
    began: float,
    connected: asyncio.Event | None = None,
    hurry: Hurry | None = None,
) -> ProbedLeg:
    """Connect, ask, and return the leg.

    Args:
        question: whom to ask what; with `Asked.NOTHING` the connection is closed again at once.
        settings: waits, own address, identity.
        began: the loop's time at which the walk began, for `Leg.at`.
        connected: set as soon as the connect succeeded.
        hurry: given where another port of this address accepted in a moment: silence is then told sooner.

    Raises:
        ProbeError: the system gives no socket, or it cannot be bound to the own address asked for.
    """
    loop = asyncio.get_running_loop()
    at = loop.time()
    async with connected_socket(question, settings, hurry) as (sock, accepted):
        end, traffic = TalkEnd(), Traffic()
        if accepted.connect is Connect.ESTABLISHED:
            if connected is not None:
                connected.set()
            if accepted.detail:
                end, traffic = broken(accepted.detail), Traffic(asked=question.asked)
            elif question.asked is not Asked.NOTHING:
                end, traffic = await talk(sock, question.asked, question.vendor, settings)
        quick = is_quick(sock, accepted)
    leg = make_leg(question, accepted, end, traffic, at=at - began, seconds=loop.time() - at)
    return ProbedLeg(leg=leg, referral=end.referral, text=end.text, quick=quick)


@contextlib.asynccontextmanager
async def connected_socket(
    question: Question, settings: Settings, hurry: Hurry | None = None
) -> AsyncIterator[tuple[socket.socket, ConnectEnd]]:
    """Connect; the block gets the socket and how the connect ended. Arguments and ProbeError are those of `ask`."""
    if settings.lossless:
        hurry = LOSSLESS
    if hurry is not None:
        async with race(question, hurry, settings) as ended:
            yield ended
        return
    with open_socket(question.address, settings.source, settings.ports) as sock:
        yield sock, await connect(sock, question, settings.connect_wait)
