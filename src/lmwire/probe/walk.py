"""The walk: resolve, ask lmgrd, follow the referral, ask the vendor daemon. One server, one vendor daemon.

Each address of a name is a leg of its own, and the legs of a name run side by side: IPv6 and IPv4 are not raced,
and a dead address does not hide behind a live one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Final

import msgspec

from lmwire.addresses import address_used
from lmwire.evidence import (
    VENDOR_DOWN,
    Answer,
    Asked,
    Dialogue,
    Evidence,
    Leg,
    NameFault,
    ReferralSeen,
    Resolution,
    Role,
    Via,
)
from lmwire.legs import version_of
from lmwire.ports import DEFAULT_RANGE, MAX_PORT, port_dialled
from lmwire.probe.concurrency import together
from lmwire.probe.hurry import Hurry, may_hurry
from lmwire.probe.introduction import ask_for_list
from lmwire.probe.kernel import TELLS_ICMP
from lmwire.probe.leg import ProbedLeg, Question, ask
from lmwire.probe.range import RangeWalk
from lmwire.probe.resolve import Resolver
from lmwire.probe.settings import ProbeError, Settings
from lmwire.session import NOBODY, parse_daemons
from lmwire.wire import HelloAnswer

__all__ = ["Walk", "walk"]

_HEAD_START: Final = 0.25
"""Seconds that the referral's own name has before lmgrd's address is tried too. A client waits for the name to fail;
a diagnosis must be there within one connect time-out plus half a second."""

_PATIENCE: Final = 1.0
"""Seconds that lmgrd has to list its vendor daemons before it is greeted all the same."""

_MAX_DAEMONS: Final = 16


class Walk(msgspec.Struct, frozen=True, kw_only=True):
    """The server of a target that a walk goes to.

    Attributes:
        pinned: vendor daemon → `port=` of its line (0 when it has none), when a license file was read.
    """

    target: str
    host: str
    port: int | None
    pinned: dict[str, int] = {}


async def walk(
    plan: Walk, settings: Settings, resolver: Resolver, sockets: asyncio.Semaphore | None = None
) -> list[Evidence]:
    """Walk to every vendor daemon of one server and return the evidence, one a vendor daemon.

    Without `settings.vendors`, lmgrd is asked which it has. Never raises for what the network does; what this side
    cannot do is in `Evidence.failure`.

    Args:
        plan: where to.
        settings: how to probe.
        resolver: shared between walks, so that a name is looked up once.
        sockets: how many sockets may be open at a time, shared between walks; None: any number.
    """
    walker = _Walker(plan, settings, resolver, sockets or asyncio.Semaphore(MAX_PORT))
    try:
        async with asyncio.timeout(settings.total):
            return await walker.run()
    except TimeoutError:
        return walker.failed(f"the walk did not end within {settings.total:g} s")
    except ProbeError as error:
        return walker.failed(str(error))


class _Walker:
    def __init__(self, plan: Walk, settings: Settings, resolver: Resolver, sockets: asyncio.Semaphore) -> None:
        self.plan = plan
        self.settings = settings
        self.resolver = resolver
        self.sockets = sockets
        self.began = asyncio.get_running_loop().time()
        self.looks: list[Resolution] = []
        self.seen: list[Leg] = []
        self.introduced: HelloAnswer | None = None

    async def run(self) -> list[Evidence]:
        look = await self._look_up(self.plan.host, Via.TARGET)
        vendors = self.settings.vendors
        if not look.addresses:
            return [self._evidence(vendor) for vendor in vendors or ("",)]
        if self.plan.port is None:
            return await self._through_range(look)
        if vendors:
            return await together(self._one(look, vendor) for vendor in vendors)
        return await self._all_daemons(look)

    async def _all_daemons(self, look: Resolution) -> list[Evidence]:
        """Ask lmgrd for its vendor daemons, and walk to each.

        An lmgrd may be too old for the question: when no list comes, a hello tells whether it talks at all.
        """
        listing = asyncio.ensure_future(self._list_all(self._at_port(look, Asked.DLIST, "")))
        greeting: asyncio.Future[Evidence] | None = None
        try:
            await asyncio.wait((listing,), timeout=_PATIENCE)
            if not listing.done():
                greeting = asyncio.ensure_future(self._one(look, ""))
            probed = await listing
            legs = tuple(one.leg for one in probed)
            daemons = _daemons(probed)
            if daemons is not None:
                return await self._each(daemons, legs, lambda vendor: self._one(look, vendor, legs, daemons))
            if not any(leg.dialogue in _WORTH_A_HELLO for leg in legs):
                return [self._evidence("", legs=legs)]
            greeted = await (greeting or self._one(look, ""))
            return [msgspec.structs.replace(greeted, legs=legs + greeted.legs)]
        finally:
            listing.cancel()
            if greeting is not None:
                greeting.cancel()

    async def _each(
        self, daemons: tuple[str, ...], legs: tuple[Leg, ...], walk_to: Callable[[str], Coroutine[Any, Any, Evidence]]
    ) -> list[Evidence]:
        if not daemons:
            return [self._evidence("", legs=legs, daemons=())]
        return await together(walk_to(vendor) for vendor in daemons[:_MAX_DAEMONS])

    async def _one(
        self, look: Resolution, vendor: str, before: tuple[Leg, ...] = (), daemons: tuple[str, ...] | None = None
    ) -> Evidence:
        probed = await self._ask_all(self._at_port(look, Asked.HELLO, vendor or NOBODY))
        if vendor and daemons is None and any(one.leg.code == VENDOR_DOWN for one in probed):
            # A name that was mistyped looks like a daemon that is down: lmgrd's own list tells them apart.
            listed = await self._ask_all(self._at_port(look, Asked.DLIST, ""))
            daemons = _daemons(listed)
            before = (*before, *(one.leg for one in listed))
        referral, looks, more = await self._after_lmgrd(probed, vendor)
        legs = (*before, *(one.leg for one in probed), *more)
        return self._evidence(vendor, legs=legs, daemons=daemons, referral=referral, looks=looks)

    async def _through_range(self, look: Resolution) -> list[Evidence]:
        """Walk through the default range once, whatever the number of vendor daemons."""
        vendors = self.settings.vendors
        asked, first = (Asked.HELLO, vendors[0]) if vendors else (Asked.DLIST, "")
        # The address that a client uses comes first, with all its ports: whoever refers there is the one to follow.
        used = address_used(look.addresses)
        knocks = [
            self._question(look, address, port, Asked.NOTHING, first)
            for address in sorted(look.addresses, key=lambda address: address != used)
            for port in DEFAULT_RANGE
        ]
        walked = RangeWalk(self._ask, knocks, asked)
        found = await walked.find()
        rest = asyncio.ensure_future(walked.rest())
        try:
            if vendors:
                others = (self._at_places(look, walked, rest, vendor) for vendor in vendors[1:])
                return await together((self._where_found(found, rest, first), *others))
            daemons = _daemons([found] if found else await asyncio.shield(rest))
            if daemons is not None:
                legs = tuple(one.leg for one in await asyncio.shield(rest)) if not daemons else ()
                return await self._each(
                    daemons, legs, lambda vendor: self._at_places(look, walked, rest, vendor, daemons)
                )
            legs = tuple(one.leg for one in await asyncio.shield(rest))
            if not any(leg.dialogue in _WORTH_A_HELLO for leg in legs):
                return [self._evidence("", legs=legs)]
            return [await self._at_places(look, walked, rest, "")]
        finally:
            rest.cancel()

    async def _where_found(
        self, found: ProbedLeg | None, rest: asyncio.Future[list[ProbedLeg]], vendor: str
    ) -> Evidence:
        """Go on from lmgrd's answer in the range, while the ports that were still open end.

        Where none of the ports that accepted first is lmgrd's, a slower one may be.
        """
        referral, looks, more = await self._after_lmgrd([found] if found else await asyncio.shield(rest), vendor)
        legs = (*(one.leg for one in await asyncio.shield(rest)), *more)
        return self._evidence(vendor, legs=legs, referral=referral, looks=looks)

    async def _at_places(
        self,
        look: Resolution,
        walked: RangeWalk,
        rest: asyncio.Future[list[ProbedLeg]],
        vendor: str,
        daemons: tuple[str, ...] | None = None,
    ) -> Evidence:
        """Say hello for another vendor daemon where the walk through the range met somebody."""
        probed = await self._ask_all(
            [self._question(look, address, port, Asked.HELLO, vendor or NOBODY) for address, port in walked.places]
        )
        referral, looks, more = await self._after_lmgrd(probed, vendor)
        before = [one.leg for one in await asyncio.shield(rest)]
        kept = [leg for leg in before if not leg.established or leg.asked is Asked.DLIST]
        legs = sorted((*kept, *(one.leg for one in probed)), key=lambda leg: leg.port)
        return self._evidence(vendor, legs=(*legs, *more), daemons=daemons, referral=referral, looks=looks)

    async def _after_lmgrd(
        self, probed: list[ProbedLeg], vendor: str
    ) -> tuple[ReferralSeen | None, tuple[Resolution, ...], tuple[Leg, ...]]:
        """Follow the first referral; without `vendor`, or without `follow`, only report it."""
        found = _referring(probed)
        if found is None or found.referral is None:
            return None, (), ()
        referral = ReferralSeen(
            host=found.referral.host,
            port=found.referral.port,
            lmgrd_address=found.leg.address,
            lmgrd_port=found.leg.port,
        )
        if not (vendor and self.settings.follow and port_dialled(referral.port)):
            return referral, (), ()
        quick = {one.leg.address: one.leg.port for one in probed if one.quick}
        return referral, *await self._follow(referral, vendor, quick if may_hurry(self.settings) else {})

    def _at_port(self, look: Resolution, asked: Asked, vendor: str) -> list[Question]:
        port = self.plan.port or DEFAULT_RANGE.start
        return [self._question(look, address, port, asked, vendor) for address in look.addresses]

    def _question(self, look: Resolution, address: str, port: int, asked: Asked, vendor: str) -> Question:
        return Question(
            role=Role.LMGRD, via=Via.TARGET, host=look.name, address=address, port=port, asked=asked, vendor=vendor
        )

    async def _follow(
        self, referral: ReferralSeen, vendor: str, quick: dict[str, int]
    ) -> tuple[tuple[Resolution, ...], tuple[Leg, ...]]:
        """Resolve the referral's name and ask the vendor daemon there; and at lmgrd's own address when need be.

        `quick` has the addresses at which lmgrd accepted in a moment, with its port.
        """
        # Without a name there is nothing to look up; clients take lmgrd's own address then. [obs]
        looks = await self._looks(referral.host, Via.REFERRAL) if referral.host.strip() else ()
        addresses = looks[0].addresses if looks else ()
        own, port = (referral.lmgrd_address, referral.lmgrd_port), port_dialled(referral.port)
        if any((address, port) == own for address in addresses or (referral.lmgrd_address,)):
            return looks, ()  # it points back at lmgrd: asking again would tell nothing new
        named = [self._vendor_question(referral, address, Via.REFERRAL, vendor) for address in addresses]
        if referral.lmgrd_address in addresses:
            probed = await together(self._ask(question, quick) for question in named)
        else:
            fallback = self._vendor_question(referral, referral.lmgrd_address, Via.LMGRD_ADDRESS, vendor)
            probed = await self._with_fallback(named, fallback, quick)
        return looks, tuple(one.leg for one in probed)

    async def _with_fallback(self, named: list[Question], fallback: Question, quick: dict[str, int]) -> list[ProbedLeg]:
        """Ask where the name leads, and at lmgrd's address when no address of the name accepts in a moment.

        When one accepts, lmgrd's address is asked only after it turned out to be no vendor daemon.
        """
        connected = asyncio.Event()
        names = asyncio.ensure_future(together(self._ask(question, quick, connected=connected) for question in named))
        waiter = asyncio.ensure_future(connected.wait())
        try:
            if named:
                await asyncio.wait((names, waiter), timeout=_HEAD_START, return_when=asyncio.FIRST_COMPLETED)
            if not connected.is_set():
                own, probed = await asyncio.gather(self._ask(fallback, quick), names)
                return [*probed, own]
            probed = await names
        finally:
            waiter.cancel()
            names.cancel()
        if any(one.leg.answer is Answer.HELLO for one in probed):
            return probed
        return [*probed, await self._ask(fallback, quick)]

    def _vendor_question(self, referral: ReferralSeen, address: str, via: Via, vendor: str) -> Question:
        return Question(
            role=Role.VENDOR,
            via=via,
            host=referral.host,
            address=address,
            port=port_dialled(referral.port),
            vendor=vendor,
        )

    async def _ask(
        self, question: Question, quick: dict[str, int] | None = None, *, connected: asyncio.Event | None = None
    ) -> ProbedLeg:
        control = (quick or {}).get(question.address)
        hurry = None if control is None else Hurry(control=control, sockets=self.sockets)
        async with self.sockets:
            probed = await ask(question, self.settings, began=self.began, connected=connected, hurry=hurry)
        self.seen.append(probed.leg)
        return probed

    async def _list_all(self, questions: list[Question]) -> list[ProbedLeg]:
        return await together(map(self._list, questions))

    async def _list(self, question: Question) -> ProbedLeg:
        async with self.sockets:
            listed = await ask_for_list(question, self.settings, began=self.began)
        self.seen.append(listed.leg)
        self.introduced = self.introduced or listed.hello
        return listed.probed

    async def _ask_all(self, questions: list[Question]) -> list[ProbedLeg]:
        return await together(map(self._ask, questions))

    async def _look_up(self, name: str, via: Via) -> Resolution:
        looks = await self._looks(name, via)
        self.looks.extend(looks)
        return looks[0]

    async def _looks(self, name: str, via: Via) -> tuple[Resolution, ...]:
        own = await self.resolver.look_up(name, via)
        if not self.settings.dns or own.source == "literal" or own.fault is NameFault.INVALID:
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
            lmgrd_version=version_of(self.introduced) if self.introduced is not None else "",
            triad_master=self.introduced.host if self.introduced is not None and self._in_triad else "",
        )

    @property
    def _in_triad(self) -> bool:
        return "," in self.plan.target

    def failed(self, why: str) -> list[Evidence]:
        """Return evidence of a walk that could not be done, with what was seen before it came to nothing."""
        return [
            msgspec.structs.replace(self._evidence(vendor, legs=tuple(self.seen)), failure=why)
            for vendor in self.settings.vendors or ("",)
        ]


def _referring(probed: list[ProbedLeg]) -> ProbedLeg | None:
    """Return the leg whose referral is followed: the one at the address that a client uses, if that gave one."""
    referring = [one for one in probed if one.referral is not None]
    used = address_used([one.leg.address for one in probed])
    return next((one for one in referring if one.leg.address == used), referring[0] if referring else None)


def _daemons(probed: list[ProbedLeg]) -> tuple[str, ...] | None:
    """Return the vendor daemons that lmgrd named; None when it did not answer with a list."""
    texts = (one.text for one in probed if one.leg.answer is Answer.TEXT)
    return next((parse_daemons(text) for text in texts), None)


_POOR: Final = (
    "this system does not tell who sent an ICMP error, nor whether our bytes were acknowledged: rejected and "
    "unreachable, silent and lost cannot be told apart"
)
_WORTH_A_HELLO: Final = frozenset({Dialogue.SILENT, Dialogue.CLOSED, Dialogue.RESET, Dialogue.GARBLED, Dialogue.ERROR})
