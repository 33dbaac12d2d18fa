"""The walk: resolve, ask lmgrd, follow the referral, ask the vendor daemon. One server, one vendor daemon.

Each address of a name is a leg of its own, and the legs of a name run side by side: IPv6 and IPv4 are not raced,
and a dead address does not hide behind a live one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable, Sequence
from typing import Any, Final, TypeVar

import msgspec

from lmwire.evidence import (
    Answer,
    Asked,
    Dialogue,
    Evidence,
    Leg,
    ReferralSeen,
    Resolution,
    Role,
    Via,
)
from lmwire.outcome import Told
from lmwire.ports import DEFAULT_RANGE, MAX_PORT
from lmwire.probe.kernel import TELLS_ICMP
from lmwire.probe.leg import Question, ask
from lmwire.probe.resolve import Resolver
from lmwire.probe.settings import ProbeError, Settings
from lmwire.session import parse_daemons

__all__ = ["Walk", "walk"]

_HEAD_START: Final = 0.25
"""Seconds that the referral's own name has before lmgrd's address is tried too. A client waits for the name to fail;
a diagnosis must be there within one connect time-out plus half a second."""

_MAX_DAEMONS: Final = 16

_NOBODY: Final = "lmwire"
"""The vendor daemon asked for when nobody named one, only to see whether lmgrd talks at all."""


class Walk(msgspec.Struct, frozen=True, kw_only=True):
    """What to walk: one server of a target.

    Attributes:
        pinned: vendor daemon → `port=` of its line (0 when it has none), when a license file was read.
    """

    target: str
    host: str
    port: int | None
    pinned: dict[str, int] = {}


async def walk(plan: Walk, settings: Settings, resolver: Resolver) -> list[Evidence]:
    """Walk to every vendor daemon of one server and return the evidence, one a vendor daemon.

    Without `settings.vendors`, lmgrd is asked which it has. Never raises for what the network does; what this side
    can't do is in `Evidence.failure`.
    """
    walker = _Walker(plan, settings, resolver)
    try:
        async with asyncio.timeout(settings.total):
            return await walker.run()
    except TimeoutError:
        return [walker.failed(f"the walk was not over within {settings.total:g} s")]
    except ExceptionGroup as group:  # of the task groups below
        problems, others = group.split(ProbeError)
        if problems is None or others is not None:
            raise
        return [walker.failed(str(_first(problems)))]


def _first(group: ExceptionGroup[ProbeError]) -> BaseException:
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


_Result = TypeVar("_Result")


async def _together(work: Iterable[Coroutine[Any, Any, _Result]]) -> list[_Result]:
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one) for one in work]
    return [task.result() for task in tasks]


class _Walker:
    def __init__(self, plan: Walk, settings: Settings, resolver: Resolver) -> None:
        self.plan = plan
        self.settings = settings
        self.resolver = resolver
        self.began = asyncio.get_running_loop().time()
        self.looks: list[Resolution] = []

    async def run(self) -> list[Evidence]:
        look = await self._look_up(self.plan.host, Via.TARGET)
        if not look.addresses:
            return [self._evidence(vendor) for vendor in self.settings.vendors or ("",)]
        if self.settings.vendors:
            vendors: Sequence[str] = self.settings.vendors
            return await _together(self._one(look, vendor, (), None) for vendor in vendors)
        return await self._all_daemons(look)

    async def _all_daemons(self, look: Resolution) -> list[Evidence]:
        """Ask lmgrd for its vendor daemons, and walk to each."""
        told = await self._ask_lmgrd(look, Asked.DLIST, "")
        texts = [one.text for one in told if one.leg.answer is Answer.TEXT]
        legs = tuple(one.leg for one in told)
        if texts:
            daemons = parse_daemons(texts[0])
            named = daemons[:_MAX_DAEMONS]
            if not named:
                return [self._evidence("", legs=legs, daemons=())]
            met = tuple(leg for leg in legs if leg.asked is Asked.DLIST)
            return await _together(self._one(look, vendor, met, daemons) for vendor in named)
        if not any(leg.dialogue in _WORTH_A_HELLO for leg in legs):
            return [self._evidence("", legs=legs)]
        # Connected, but no list: an lmgrd may be too old for the question. A hello tells whether it talks at all.
        return [await self._one(look, "", legs, None)]

    async def _one(
        self, look: Resolution, vendor: str, before: tuple[Leg, ...], daemons: tuple[str, ...] | None
    ) -> Evidence:
        told = await self._ask_lmgrd(look, Asked.HELLO, vendor or _NOBODY)
        legs = before + tuple(one.leg for one in told)
        found = next((one for one in told if one.referral is not None), None)
        if found is None or found.referral is None:
            return self._evidence(vendor, legs=legs, daemons=daemons)
        referral = ReferralSeen(
            host=found.referral.host,
            port=found.referral.port,
            lmgrd_address=found.leg.address,
            lmgrd_port=found.leg.port,
        )
        looks: tuple[Resolution, ...] = ()
        if vendor and self.settings.follow and 1 <= referral.port <= MAX_PORT:
            looks, more = await self._follow(referral, vendor)
            legs += more
        return self._evidence(vendor, legs=legs, daemons=daemons, referral=referral, looks=looks)

    async def _ask_lmgrd(self, look: Resolution, asked: Asked, vendor: str) -> list[Told]:
        if self.plan.port is not None:
            questions = [self._question(look, address, self.plan.port, asked, vendor) for address in look.addresses]
            return await self._ask_all(questions)
        return await self._walk_range(look, asked, vendor)

    async def _walk_range(self, look: Resolution, asked: Asked, vendor: str) -> list[Told]:
        """Try the default range: all ports at once for the connect, then talk to those that accept, in order.

        A client goes on to the next port until it is referred; so do we, to be able to say where lmgrd is.
        """
        knocks = [
            self._question(look, address, port, Asked.NOTHING, vendor)
            for port in DEFAULT_RANGE
            for address in look.addresses
        ]
        told = await self._ask_all(knocks)
        for index, knock in enumerate(knocks):
            if told[index].leg.established:
                told[index] = await self._ask(msgspec.structs.replace(knock, asked=asked))
                if told[index].leg.answer in (Answer.REFERRAL, Answer.TEXT):
                    break
        return told

    def _question(self, look: Resolution, address: str, port: int, asked: Asked, vendor: str) -> Question:
        return Question(
            role=Role.LMGRD, via=Via.TARGET, host=look.name, address=address, port=port, asked=asked, vendor=vendor
        )

    async def _follow(self, referral: ReferralSeen, vendor: str) -> tuple[tuple[Resolution, ...], tuple[Leg, ...]]:
        """Resolve the referral's name and ask the vendor daemon there; and at lmgrd's own address when need be."""
        # Without a name there is nothing to look up; clients take lmgrd's own address then. [obs]
        looks = await self._looks(referral.host, Via.REFERRAL) if referral.host.strip() else ()
        addresses = looks[0].addresses if looks else ()
        own = (referral.lmgrd_address, referral.lmgrd_port)
        if any((address, referral.port) == own for address in addresses or (referral.lmgrd_address,)):
            return looks, ()  # it points back at lmgrd: asking again would tell nothing new
        named = [self._vendor_question(referral, address, Via.REFERRAL, vendor) for address in addresses]
        if referral.lmgrd_address in addresses:
            told = await self._ask_all(named)
        else:
            fallback = self._vendor_question(referral, referral.lmgrd_address, Via.LMGRD_ADDRESS, vendor)
            told = await self._with_fallback(named, fallback)
        return looks, tuple(one.leg for one in told)

    async def _with_fallback(self, named: list[Question], fallback: Question) -> list[Told]:
        """Ask where the name leads, and at lmgrd's address when no address of the name accepts in a moment.

        When one accepts, lmgrd's address is asked only after it turned out to be no vendor daemon.
        """
        connected = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._ask(question, connected=connected)) for question in named]
            waiter = group.create_task(connected.wait())
            if tasks:
                await asyncio.wait((*tasks, waiter), timeout=_HEAD_START, return_when=asyncio.FIRST_COMPLETED)
            waiter.cancel()
            if not connected.is_set():
                tasks.append(group.create_task(self._ask(fallback)))
        told = [task.result() for task in tasks]
        if len(told) > len(named) or any(one.leg.answer is Answer.HELLO for one in told):
            return told
        return [*told, await self._ask(fallback)]

    def _vendor_question(self, referral: ReferralSeen, address: str, via: Via, vendor: str) -> Question:
        return Question(
            role=Role.VENDOR, via=via, host=referral.host, address=address, port=referral.port, vendor=vendor
        )

    async def _ask(self, question: Question, *, connected: asyncio.Event | None = None) -> Told:
        return await ask(question, self.settings, began=self.began, connected=connected)

    async def _ask_all(self, questions: list[Question]) -> list[Told]:
        return await _together(map(self._ask, questions))

    async def _look_up(self, name: str, via: Via) -> Resolution:
        looks = await self._looks(name, via)
        self.looks.extend(looks)
        return looks[0]

    async def _looks(self, name: str, via: Via) -> tuple[Resolution, ...]:
        own = await self.resolver.look_up(name, via)
        if not self.settings.dns or own.source == "literal":
            return (own,)
        return own, await self.resolver.ask_dns(name, via)

    def _evidence(
        self,
        vendor: str,
        *,
        legs: tuple[Leg, ...] = (),
        daemons: tuple[str, ...] | None = None,
        referral: ReferralSeen | None = None,
        looks: tuple[Resolution, ...] = (),
    ) -> Evidence:
        return Evidence(
            target=self.plan.target,
            host=self.plan.host,
            port=self.plan.port,
            vendor=vendor,
            daemons=daemons,
            pinned=self.plan.pinned.get(vendor),
            resolutions=(*self.looks, *looks),
            legs=legs,
            referral=referral,
            followed=self.settings.follow,
            limits=() if TELLS_ICMP else (_POOR,),
            seconds=asyncio.get_running_loop().time() - self.began,
        )

    def failed(self, why: str) -> Evidence:
        evidence = self._evidence(next(iter(self.settings.vendors), ""))
        return msgspec.structs.replace(evidence, failure=why)


_POOR: Final = (
    "this system does not tell who sent an ICMP error, nor whether our bytes were acknowledged: rejected and "
    "unreachable, silent and lost can't be told apart"
)
_WORTH_A_HELLO: Final = frozenset({Dialogue.SILENT, Dialogue.CLOSED, Dialogue.RESET, Dialogue.GARBLED, Dialogue.ERROR})
