"""The verdict that a planned network must lead to: the definitions of the design, over `path`. Knows nothing of lmwire.

Where the design leaves it open which of several addresses speaks, it is the one that got furthest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tests.networks.path import End, Unknowable, converse
from tests.networks.plan import Name, Plan

__all__ = ["RANGE", "Expected", "expected", "resolve", "words"]

RANGE = range(27000, 27010)
_HIGHEST = 65535
_PLAIN = (("healthy", "ok"), ("inconclusive", "critical"))
_LONG_PAUSE = 1.0  # seconds: beyond them, a long wait has one or two SYNs left
_TALKS = 5  # progress of an end beyond which an lmgrd answered with a message


@dataclass(frozen=True, slots=True)
class Expected:
    """The verdict's id and severity, and what in the plan decided it."""

    id: str
    severity: str
    why: str

    def __str__(self) -> str:
        return words(self.id, self.severity)


def words(verdict: str, severity: str) -> str:
    """Return a verdict as tables show it: with its severity unless that is plain."""
    return verdict if (verdict, severity) in _PLAIN else f"{verdict} ({severity})"


def expected(plan: Plan) -> Expected:
    """Return what a diagnosis of this network must say.

    Raises:
        Unknowable: nobody can know.
    """
    _check_pause(plan)
    _check_limit(plan)
    addresses = resolve(plan, plan.target)
    if not addresses:
        return Expected("name-unresolvable", "critical", f"target {_kind(plan.target)}")
    _check_order(addresses)
    used = used_of(addresses)
    port, end = _lmgrd_end(plan, used)
    if not _daemons_known(plan, addresses, end):
        return Expected("inconclusive", "critical", f"dlist {plan.dlist}")
    if end.what != "referral":
        return _lmgrd_fails(plan, end)
    referring = (used, *(other for other in addresses if converse(plan, other, port).what == "referral"))
    return _referred(plan, referring, port)


def _check_pause(plan: Plan) -> None:
    if plan.pause is not None and plan.lossy >= 0 and plan.pause.seconds > _LONG_PAUSE and not plan.pause.lasts:
        raise Unknowable("the one or two SYNs that come after the pause may get lost")


def _check_limit(plan: Plan) -> None:
    if plan.limit is None:
        return
    if plan.target_port is None:
        raise Unknowable("ten connects share a limit, and a client makes them one after the other")
    several = len(plan.target.answer) > 1 or plan.referral is not None or not plan.vendor_named
    if plan.limit.slow and (several or plan.lossy >= 0):
        raise Unknowable("connects share a limit, and which of them passes is a race")


def used_of(addresses: Sequence[str]) -> str:
    """Return the one address that a client uses: the first of IPv4, or else the first."""
    return next((address for address in addresses if address[-1] == "4"), addresses[0])


def _kind(name: Name) -> str:
    return name.answer if isinstance(name.answer, str) else "without usable address"


def resolve(plan: Plan, name: Name) -> tuple[str, ...]:
    """Return what the client's resolver makes of `name`, as symbols, in its order of preference."""
    if isinstance(name.answer, str):
        return ()
    if name.literal:
        return name.answer[:1]
    # Without an IPv4 address of its own, a client is given none. A link-local IPv6 address it always has.
    usable = [address for address in name.answer if address[-1] == "6" or 4 in plan.families]
    return tuple(
        sorted(
            usable,
            key=lambda address: (int(address[-1]) not in plan.families, address[-1] == "4", _near(plan, address)),
        )
    )


def _near(plan: Plan, address: str) -> int:
    """Return how a resolver orders IPv4 addresses: those of the client's own subnet first, the nearest number first."""
    spot, family = address[:-1], address[-1]
    if family == "6":
        return 0
    neighbours = {"server": plan.routers == 0, "other": plan.other == 1, "public": plan.nat and plan.nat.router == 1}
    if neighbours.get(spot):
        return 0
    return 1 if spot == "gone" and plan.routers == 0 else 2


def _check_order(addresses: Sequence[str]) -> None:
    # How far two IPv6 addresses are from the client's own depends on their bits.
    if used_of(addresses)[-1] == "6" and len({address[:-1] for address in addresses}) > 1:
        raise Unknowable("several IPv6 addresses, and a resolver decides which is first")


def _lmgrd_end(plan: Plan, address: str) -> tuple[int, End]:
    """Return the port that counts, and how a hello to it ends."""
    ports = RANGE if plan.target_port is None else (plan.target_port,)
    ends = {port: converse(plan, address, port) for port in ports}
    for port, end in ends.items():  # a client talks to the first that accepts
        if end.connected:
            return port, end
    # Nothing accepts: a port that refuses says that lmgrd is not there, so it may be behind one that does not.
    behind = {port: end for port, end in ends.items() if end.what != "refused"} or ends
    return max(behind.items(), key=lambda item: item[1].progress)


def _daemons_known(plan: Plan, addresses: Sequence[str], end: End) -> bool:
    """Whether the client knows whom to ask for, as far as it comes to that.

    One that answers as a vendor daemon does has shown what it is, whomever the client asked for.
    """
    matters = end.what == "referral" or end.what.startswith("error")
    if plan.vendor_named or not matters:
        return True
    if plan.dlist != "normal":
        return False
    ports = RANGE if plan.target_port is None else (plan.target_port,)
    met = (converse(plan, address, port) for port in ports for address in addresses)
    return any(end.why.startswith("lmgrd") and end.progress > _TALKS for end in met)


def _lmgrd_fails(plan: Plan, end: End) -> Expected:
    if end.what == "hello" and plan.target_port is not None:
        # The license path leads to a vendor daemon, and a client needs no more; but it is not what anybody meant.
        return Expected("healthy", "warning", end.why)
    verdicts = {"hello": "range-shadowed", "error -97": "vendor-daemon-down"}
    return Expected(verdicts.get(end.what, f"lmgrd-{end.what.partition(' ')[0]}"), "critical", end.why)


def _referred(plan: Plan, referring: tuple[str, ...], lmgrd_port: int) -> Expected:
    """Go on from a referral. `referring` is where lmgrd was found; the first is where a client falls back to."""
    name, port = plan.referred_name, plan.referred_port
    named = name.literal or bool(name.text.strip())
    addresses = resolve(plan, name) if named else ()
    if not 1 <= port <= _HIGHEST:
        return Expected("referral-invalid", "critical", "impossible port")
    if port == lmgrd_port and (not addresses or set(addresses) & set(referring)):
        return Expected("referral-invalid", "critical", "points back")
    if not addresses:
        verdict, kind = ("referral-unresolvable", _kind(name)) if named else ("referral-invalid", "empty")
        return _name_fails(verdict, kind, converse(plan, referring[0], port))
    return _at_vendor(plan, addresses, referring, port)


def _at_vendor(plan: Plan, addresses: tuple[str, ...], referring: tuple[str, ...], port: int) -> Expected:
    _check_order(addresses)
    used, own = used_of(addresses), referring[0]
    end = converse(plan, used, port)
    if end.what == "hello":
        return Expected("healthy", "ok", end.why)
    fallback = converse(plan, own, port)
    served = fallback.what == "hello"
    loopback = all(address.startswith("loopback") for address in addresses)
    verdict = "referral-loopback" if loopback else "referral-elsewhere"
    if used == own:
        return _vendor_fails(end)
    if end.connected:
        if not (loopback or served):
            return _vendor_fails(end)
        return Expected(verdict, "warning" if served and _goes_on(end) else "critical", "something accepts there")
    if not served and set(addresses) & set(referring):  # the name is right: it leads to another address of this lmgrd
        return _vendor_fails(end)
    return _name_fails(verdict, addresses[0][:-1], fallback)


def _goes_on(end: End) -> bool:
    """Whether a client falls back after this end, and has nothing in its buffer that spoils the next answer."""
    return end.what in ("silent", "payload-lost", "closes")


def _vendor_fails(end: End) -> Expected:
    what = end.what.partition(" ")[0]
    return Expected("vendor-garbled" if what == "referral" else f"vendor-{what}", "critical", end.why)


def _name_fails(verdict: str, kind: str, fallback: End) -> Expected:
    severity = "warning" if fallback.what == "hello" else "critical"
    return Expected(verdict, severity, f"referral {kind}, fallback {fallback.what}")
