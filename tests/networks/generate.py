"""From a seed to a plan: each part of a network is healthy by itself more often than not, and faults meet by chance."""

from __future__ import annotations

import random
from collections.abc import Callable

from msgspec.structs import replace

from tests.networks.model import expected
from tests.networks.path import Unknowable
from tests.networks.path_plan import PathPlan, Shape
from tests.networks.plan import BACK, ICMP, THERE, Daemon, Direction, Fault, Name, Nat, Pause, Plan, Special, SynLimit

__all__ = ["generate", "generate_path"]

# Below the ports that a client takes for itself, so that a rule for one never meets the other.
_LMGRD_PORTS = (27000,) * 6 + (27003, 27005, 1700, 5280)
_VENDOR_PORTS = (27001, 27001, 27001, 27009, 27000, 27004, 2080, 30123)
_OTHER_PORTS = (27002, 27007, 5053, 28001)  # stale, or translated to another

_WORKING = ("normal",) * 9 + ("legacy", "slow", "slow-reader", "pieces", "unreadable")
_FAILING = (
    "silent",
    "deaf",
    "mute",
    "closes-on-accept",
    "closes-after-hello",
    "closes-unsaid",
    "resets",
    "error",
    "error",
    "swapped",
    "garbled",
    "garbled",
    "cut",
    "cut-and-closed",
    "http",
    "http-held",
    "ssh",
    "tls",
    "unknown",
    "closed",
    "filtered",
)
_NUMBERS: dict[str, Callable[[random.Random], float]] = {
    "slow": lambda chance: chance.choice((0.3, 1, 2.5)),
    "slow-reader": lambda chance: chance.choice((0.3, 1, 2.5)),
    "pieces": lambda chance: chance.randint(1, 7),
    "unreadable": lambda chance: chance.randint(20, 50),
    "deaf": lambda chance: chance.randint(0, 60),
    "error": lambda chance: chance.choice((-4, -8, -13, -18, -21, -23, -34, -39, -60, -97, -97, -106)),
    "garbled": lambda chance: chance.randint(1, 29),
    "cut": lambda chance: chance.randint(1, 29),
    "cut-and-closed": lambda chance: chance.randint(1, 29),
}
_NAMES = (*("right", "special", "elsewhere", "loopback") * 4, *("inside", "several", "odd") * 2)
_SPECIALS: tuple[Special, ...] = ("nxdomain", "nxdomain", "nodata", "servfail", "silence")


def _no_number(_chance: random.Random) -> float:
    return 0


def generate(seed: int) -> Plan:
    """Return the plan of `seed`: always the same, and one whose outcome can be known."""
    chance = random.Random(f"network {seed}")  # noqa: S311 - to be repeatable, not secret
    while True:
        plan = _hindered(chance, _Author(chance).write(seed))
        try:
            expected(plan)
        except Unknowable:
            continue
        return plan


_LIMITS = ((30, 1), (60, 1), (60, 3), (120, 1), (1200, 5))
_NEAR_LIMITS = (0.045, 0.0475, 0.05, 0.0525, 0.12, 0.125, 0.13)
"""Seconds one way: there and back, about what a connect takes on a good path, or what lmwire waits to repeat it."""


def _hindered(chance: random.Random, plan: Plan) -> Plan:
    """Add, now and then, what a hasty probe takes for a filter."""
    kind = chance.choice(("none", "none", "none", "late", "burst", "limit", "delay"))
    places = [*plan.router_names, "server"]
    place = chance.choice(places)
    if kind in ("late", "burst") and 0 < plan.referred_port < 1 << 16:
        behind = plan.nat is None or plan.places.index(place) >= plan.nat.router
        port = plan.vendor.port if behind else plan.referred_port
        if kind == "late":
            return replace(plan, pause=Pause(place=place, port=port, seconds=chance.choice((0.2, 0.6, 0.9, 15.0))))
        return replace(
            plan, pause=Pause(place=place, port=port, scope="path", seconds=chance.choice((0.2, 0.6, 0.9, 1.5, 2.5)))
        )
    if kind == "limit":
        per_minute, burst = chance.choice(_LIMITS)
        limit = SynLimit(place=place, per_minute=per_minute, burst=burst)
        if not limit.slow or isinstance(plan.target.answer, str):
            return replace(plan, limit=limit)
        target = replace(plan.target, answer=plan.target.answer[:1])  # two connects side by side would race
        return replace(plan, limit=limit, target=target, referral=None, vendor_named=True)
    if kind == "delay" and not plan.delays:
        return replace(plan, delays=(0.0,) * plan.routers + (chance.choice(_NEAR_LIMITS),))
    return plan


_SHAPES: tuple[Shape, ...] = ("one", "one", "list", "list", "triad")
_TRIAD = 3
_MOST_LOSS = 0.1
"""In a whole path. Beyond it, chance decides how long a client waits, and it has a dozen connections to lose."""

_FAILS = 0.7
"""How often a server that is not the last one fails for sure: else most paths would end at their first."""


def generate_path(seed: int) -> PathPlan:
    """Return the license path of `seed`: always the same."""
    chance = random.Random(f"path {seed}")  # noqa: S311 - to be repeatable, not secret
    shape = chance.choice(_SHAPES)
    count = {"one": 1, "list": chance.choice((2, 2, 3)), "triad": _TRIAD}[shape]
    members = tuple(_member(chance, seed, number, last=number == count - 1) for number in range(count))
    if shape == "triad":  # whose members need a port each
        members = tuple(replace(plan, target_port=plan.target_port or plan.lmgrd.port) for plan in members)
    return PathPlan(seed=seed, shape=shape, members=members)


def _member(chance: random.Random, seed: int, number: int, *, last: bool) -> Plan:
    fails = not last and chance.random() < _FAILS
    while True:
        plan = _Author(chance).write(seed)
        try:
            verdict = expected(plan)
        except Unknowable:
            continue
        if _fair(plan) and (not fails or verdict.severity == "critical"):
            return _renamed(replace(plan, loss=min(plan.loss, _MOST_LOSS), vendor_named=True), number)


def _fair(plan: Plan) -> bool:
    """Whether every client meets the same: no server reads one hello and not the other, no path has an IPv6 literal."""
    if plan.target.literal and plan.target.answer[0].endswith("6"):
        return False
    return all(daemon.behaviour != "unreadable" for daemon in (plan.lmgrd, plan.vendor, plan.other_service) if daemon)


def _renamed(plan: Plan, number: int) -> Plan:
    """Give the names of this server a number, so that the zone of a whole path has room for them all."""

    def renamed(name: Name) -> Name:
        text = name.text.replace("licsrv.test", f"licsrv{number}.test")
        return replace(
            name, text=text.replace("corp.test", f"corp{number}.test").replace("Corp.Test", f"Corp{number}.Test")
        )

    referral = None if plan.referral is None else renamed(plan.referral)
    return replace(plan, target=renamed(plan.target), referral=referral)


class _Author:
    """Makes one plan, part by part, each from what is decided already."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.routers = chance.choice((0, 1, 2, 3, 3))
        self.families: tuple[int, ...] = chance.choice(((4,), (4,), (6,), (4, 6), (4, 6)))
        self.lmgrd_port = chance.choice(_LMGRD_PORTS)
        self.vendor_port = chance.choice([port for port in _VENDOR_PORTS if port != self.lmgrd_port])
        self.nat: Nat | None = None
        self.other = 0

    def maybe(self, share: float) -> bool:
        return self.chance.random() < share

    def write(self, seed: int) -> Plan:
        entry = self.lmgrd_port
        if self.routers and self.maybe(0.25):
            self.nat, entry = self._nat()
        target_port: int | None = entry
        if self.maybe(0.1):
            target_port = None
        elif self.maybe(0.03):
            target_port = self.chance.choice((*_OTHER_PORTS, *(self.vendor_port,) * 4))
        free = [number for number in range(1, self.routers + 1) if self.nat is None or number != self.nat.router]
        if free and self.maybe(0.5):
            self.other = self.chance.choice(free)
        delays, lossy, loss = self._wires()
        plan = Plan(
            seed=seed,
            routers=self.routers,
            families=self.families,
            target=self._target(),
            target_port=target_port,
            vendor_named=not self.maybe(0.15),
            referral=self._referral(),
            referral_port=self._referral_port(entry),
            lmgrd=self._daemon(self.lmgrd_port, 0.1),
            vendor=self._daemon(self.vendor_port, 0.22),
            vendor_down=self.maybe(0.03),
            nat=self.nat,
            other=self.other,
            delays=delays,
            lossy=lossy,
            loss=loss,
        )
        return self._with_the_rest(plan)

    # -- the way ----------------------------------------------------------------------------------------------

    def _nat(self) -> tuple[Nat, int]:
        """Return a translation, and lmgrd's port outside of it."""
        outside = self.chance.choice((27000, 27010)) if self.maybe(0.3) else self.lmgrd_port
        ports = [(outside, self.lmgrd_port)]
        kind = self.chance.choice(("same", "same", "same", "moved", "missing", "missing"))
        if kind == "same" and self.vendor_port != outside:
            ports.append((self.vendor_port, self.vendor_port))
        elif kind == "moved":
            ports.append((self.chance.choice(_OTHER_PORTS), self.vendor_port))
        nat = Nat(
            router=self.chance.randint(1, self.routers),
            ports=tuple(ports),
            others=self.chance.choice(("closed", "drop")),
            inside=self.chance.choice(("open", "open", "drop", self.chance.choice(ICMP))),
        )
        return nat, outside

    def _wires(self) -> tuple[tuple[float, ...], int, float]:
        links = self.routers + 1
        delays: tuple[float, ...] = ()
        if self.maybe(0.25):
            delays = tuple(self.chance.choice((0.0, 0.003, 0.02, 0.06)) for _ in range(links - 1))
            delays += (self.chance.choice((0.02, 0.06, 0.3)),)
        if not self.maybe(0.2):
            return delays, -1, 0.0
        return delays, self.chance.randrange(links), self.chance.choice((0.05, 0.2, 0.4))

    # -- names ------------------------------------------------------------------------------------------------

    def _own(self) -> list[str]:
        """Return the address, or one of each IP version, at which clients are meant to reach the server."""
        spot = "server" if self.nat is None else "public"
        families = list(self.families)
        if len(families) > 1 and self.maybe(0.3):
            families = [self.chance.choice(families)]
        return [f"{spot}{family}" for family in families]

    def _dead(self) -> str:
        family = self.chance.choice(self.families) if self.maybe(0.85) else 10 - self.chance.choice(self.families)
        return f"{self.chance.choice(('gone', 'gone', 'nowhere', 'other' if self.other else 'nowhere'))}{family}"

    def _target(self) -> Name:
        if self.maybe(0.03):
            return Name(answer=self.chance.choice(_SPECIALS))
        answer = self._own()
        if self.maybe(0.12):
            answer.insert(self.chance.randint(0, len(answer)), self._dead())
        if self.maybe(0.02):
            answer = [self._dead()]
        return Name(answer=tuple(answer), literal=self.maybe(0.15), hosts=self.maybe(0.15))

    def _referral_port(self, entry: int) -> int | None:
        if self.maybe(0.95):
            return None
        return self.chance.choice((0, 65536, 70000, 1 << 31, entry, entry, self.chance.choice(_OTHER_PORTS)))

    def _referral(self) -> Name | None:
        if self.maybe(0.5):
            return None
        text = "flexhost.corp.test"
        kind = self.chance.choice(_NAMES)
        if kind == "loopback":
            return self._loopback(text)
        if kind == "odd":
            return Name(text=self.chance.choice(("", "  ", "FlexHost.Corp.Test.")), answer=tuple(self._own()))
        if kind == "special":
            return Name(text=text, answer=self.chance.choice((*_SPECIALS, "unaskable")))
        answers: dict[str, tuple[str, ...]] = {
            "right": tuple(self._own()),
            "elsewhere": (self._dead(),),
            "inside": tuple(f"server{family}" for family in self.families),  # what DNS says inside of a NAT
            "several": (self._dead(), *self._own()),
        }
        return Name(text=text, answer=answers[kind], literal=self.maybe(0.2), hosts=self.maybe(0.2))

    def _loopback(self, text: str) -> Name:
        if self.maybe(0.3):
            return Name(text="localhost", answer=("loopback6", "loopback4"), hosts=True)
        answer = (f"loopback{self.chance.choice(self.families)}",)
        return Name(text=text, answer=answer, hosts=self.maybe(0.5), literal=self.maybe(0.2))

    # -- servers ----------------------------------------------------------------------------------------------

    def _daemon(self, port: int, failing: float) -> Daemon:
        behaviour = self.chance.choice(_FAILING if self.maybe(failing) else _WORKING)
        number = _NUMBERS.get(behaviour, _no_number)(self.chance)
        return Daemon(port=port, behaviour=behaviour, number=number)

    # -- what depends on all of it ----------------------------------------------------------------------------

    def _with_the_rest(self, plan: Plan) -> Plan:
        if self.other and self.maybe(0.5) and 0 < plan.referred_port < 1 << 16:
            plan = replace(plan, other_service=self._daemon(plan.referred_port, 0.7))
        if not plan.vendor_named and plan.lmgrd.behaviour == "normal" and self.maybe(0.06):
            plan = replace(plan, dlist=self.chance.choice(("refused", "silent")))
        count = self.chance.choice((0, 0, 1, 1, 1, 1, 1, 2, 2, 3))
        return replace(plan, faults=tuple(self._fault(plan) for _ in range(count)))

    def _fault(self, plan: Plan) -> Fault:
        place = self.chance.choice((*plan.places, *plan.router_names[-1:] * 2))
        direction: Direction = self.chance.choice(("there", "back"))
        stage = self.chance.choice(THERE if direction == "there" else BACK)
        kinds = ["drop", "drop", "drop", "rst", "rst", *self.chance.sample(ICMP, 3)]
        if place == "client" and direction == "there" and stage != "payload":
            kinds += ["prohibit", "no-route", "no-route"]
        return Fault(
            place=place,
            port=self._port_at(plan, place),
            direction=direction,
            stage=stage,
            kind=self.chance.choice(kinds),
            family=self.chance.choice((0, 0, 0, *self.families)),
        )

    def _port_at(self, plan: Plan, place: str) -> int:
        """Return lmgrd's port or the vendor daemon's as this machine sees it."""
        lmgrd = self.maybe(0.27)
        inside = plan.lmgrd.port if lmgrd else plan.vendor.port
        outside = (plan.target_port or plan.lmgrd.port) if lmgrd else plan.referred_port
        behind = plan.nat is None or plan.places.index(place) >= plan.nat.router
        return inside if behind or not 0 < outside < 1 << 16 else outside
