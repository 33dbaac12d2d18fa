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
    addresses = resolve(plan, plan.target)
    if not addresses:
        return Expected("name-unresolvable", "critical", f"target {_kind(plan.target)}")
    port, ends = _lmgrd_ends(plan, addresses)
    referring = tuple(address for address, end in ends.items() if end.what == "referral")
    if not _daemons_known(plan, addresses, ends):
        return Expected("inconclusive", "critical", f"dlist {plan.dlist}")
    if not referring:
        return _lmgrd_fails(plan, _furthest(ends))
    _check_one_a_family(referring)
    return _referred(plan, referring, port)


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
    return tuple(sorted(usable, key=lambda address: (int(address[-1]) not in plan.families, address[-1] == "4")))


def _lmgrd_ends(plan: Plan, addresses: Sequence[str]) -> tuple[int, dict[str, End]]:
    """Return the port that counts, and how a hello to it ends at each address."""
    ports = RANGE if plan.target_port is None else (plan.target_port,)
    ends = {port: {address: converse(plan, address, port) for address in addresses} for port in ports}
    for port in ports:  # a client talks to the first that accepts
        if any(end.connected for end in ends[port].values()):
            return port, ends[port]
    return _where_it_may_be(ends)


def _where_it_may_be(ends: dict[int, dict[str, End]]) -> tuple[int, dict[str, End]]:
    """Nothing accepts: a port that refuses says that lmgrd is not there, so it may be behind one that does not."""
    each_end = ((address, end) for each in ends.values() for address, end in each.items())
    address, best = max(each_end, key=lambda item: item[1].progress)
    behind = {port: each[address] for port, each in ends.items() if each[address].what != "refused"}
    if best.what == "refused" and behind:
        port, best = max(behind.items(), key=lambda item: item[1].progress)
    else:
        port = next(port for port, each in ends.items() if each[address] == best)
    return port, {address: best}


def _furthest(ends: dict[str, End]) -> End:
    most = max(end.progress for end in ends.values())
    tied = {address: end for address, end in ends.items() if end.progress == most}
    for family in "46":
        if len({end.what for address, end in tied.items() if address[-1] == family}) > 1:
            raise Unknowable("two addresses of one IP version get equally far")
    return next(iter(tied.values()))


def _check_one_a_family(referring: Sequence[str]) -> None:
    if len({address[-1] for address in referring}) < len(referring):
        raise Unknowable("lmgrd is found at two addresses of one IP version")


def _daemons_known(plan: Plan, addresses: Sequence[str], ends: dict[str, End]) -> bool:
    """Whether the client knows whom to ask for, as far as it comes to that.

    One that answers as a vendor daemon does has shown what it is, whomever the client asked for.
    """
    matters = any(end.what == "referral" or end.what.startswith("error") for end in ends.values())
    if plan.vendor_named or not matters:
        return True
    if plan.dlist != "normal" or plan.lmgrd.behaviour == "unreadable":
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
    ends = {address: converse(plan, address, port) for address in addresses}
    good = next((end for end in ends.values() if end.what == "hello"), None)
    if good is not None:
        return Expected("healthy", "ok", good.why)
    furthest = _furthest(ends)
    fallback = converse(plan, referring[0], port)
    served = fallback.what == "hello"
    loopback = all(address.startswith("loopback") for address in addresses)
    verdict = "referral-loopback" if loopback else "referral-elsewhere"
    if referring[0] in addresses:
        return _vendor_fails(furthest)
    if furthest.connected:  # a client stays there
        astray = loopback or served
        return Expected(verdict, "critical", "something accepts there") if astray else _vendor_fails(furthest)
    if not served and set(addresses) & set(referring):  # the name is right: it leads to another address of this lmgrd
        return _vendor_fails(furthest)
    return _name_fails(verdict, addresses[0][:-1], fallback)


def _vendor_fails(end: End) -> Expected:
    what = end.what.partition(" ")[0]
    return Expected("vendor-garbled" if what == "referral" else f"vendor-{what}", "critical", end.why)


def _name_fails(verdict: str, kind: str, fallback: End) -> Expected:
    severity = "warning" if fallback.what == "hello" else "critical"
    return Expected(verdict, severity, f"referral {kind}, fallback {fallback.what}")
