"""One conversation through a planned network, packet by packet, as the client sees it end. Knows nothing of lmwire.

The rules are those of the Evidence in the design: what the client can't tell apart is one thing here too. Above all:

- A SYN-ACK turned away is never heard of, however it is turned away: the ICMP error or RST goes to the server.
- The same goes for the answer's payload, while the client's bytes are acknowledged: the server is silent.
- The client's payload turned away by ICMP is retransmitted until the time is up, and never acknowledged: lost.
- A machine's own rule that rejects as "host unreachable" looks like an address that nobody on the link has.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tests.networks.behaviour import BEHAVIOURS
from tests.networks.plan import Daemon, Fault, Plan, Stage

__all__ = ["End", "Stop", "Unknowable", "converse", "route"]

_ROUTING = {"prohibit": "denied", "no-route": "unreachable"}  # kinds of fault on the client, before its firewall

_WORDS = {
    "outside-drop": "no translation of this port",
    "nobody": "nobody has the address",
    "nowhere": "no route to the address",
    "no-family": "no address of this IP version",
}
_LETTER_AND_CODE = 6  # bytes of a legacy error that show what it is


class Unknowable(Exception):  # noqa: N818 - says something of the plan, not that something failed
    """This plan's outcome hangs on which of two packets is faster, or on the order of a resolver's answer."""


@dataclass(frozen=True, slots=True)
class End:
    """How a conversation ended for the client, and what decided that.

    `what` is a connect's or dialogue's end, "referral", "hello", or "error -97".
    """

    what: str
    why: str

    @property
    def connected(self) -> bool:
        """Whether TCP was established."""
        return self.what not in _NOT_CONNECTED

    @property
    def progress(self) -> int:
        """How far it got; the more, the more it tells of the service."""
        if self.what in ("referral", "hello"):
            return 7
        if self.what.startswith("error"):
            return 6
        return _NOT_CONNECTED.get(self.what, 5)


_NOT_CONNECTED = {"denied": 0, "unreachable": 1, "filtered": 2, "rejected": 3, "refused": 4}


@dataclass(frozen=True, slots=True)
class Stop:
    """A machine whose firewall a packet passes, and the port it has there. `guard`: turns away all that come so."""

    place: str
    port: int
    guard: str = ""


@dataclass(frozen=True, slots=True)
class Route:
    """Where packets to an address and port go: through `stops`, to `end`, which sees `port`."""

    plan: Plan
    family: int
    stops: tuple[Stop, ...]
    end: str
    port: int

    def there(self, stage: Stage) -> tuple[int, str, str] | None:
        """Return the first stop at which a packet of the client's is turned away: index, kind, why."""
        for index, stop in enumerate(self.stops):
            if stop.guard and stage == "syn":
                return index, stop.guard, f"{stop.place} guards its inside by {stop.guard}"
            pause = self.plan.pause
            if stage == "syn" and pause and pause.lasts and (pause.place, pause.port) == (stop.place, stop.port):
                return index, "drop", f"{pause.place} accepts too late"
            for fault in self._faults(stop, "there", stage):
                return index, fault.kind, str(fault)
        return None

    def back(self, stage: Stage | None, first: int | None = None) -> Fault | None:
        """Return what turns a packet of the server's away, on its way from stop `first` (the last) to the client.

        A stage of None is an RST: part of no stage but "all".
        """
        for stop in reversed(self.stops[: None if first is None else first + 1]):
            for fault in self._faults(stop, "back", stage):
                return fault
        return None

    def _faults(self, stop: Stop, direction: str, stage: Stage | None) -> Iterator[Fault]:
        at_stop = [fault for fault in self.plan.faults if (fault.place, fault.port) == (stop.place, stop.port)]
        # The client's routing policy comes before its firewall, and has no say about its own loopback.
        local = self.end == "loopback"
        ordered = sorted(at_stop, key=lambda fault: fault.kind not in _ROUTING)
        for fault in ordered:
            matches = fault.stage in ("all", stage) and fault.family in (0, self.family)
            if fault.direction == direction and matches and not (local and fault.kind in _ROUTING):
                yield fault


def route(plan: Plan, address: str, port: int) -> Route:
    """Return the way from the client to the address of this symbol."""
    spot, family = address[:-1], int(address[-1])
    if spot != "loopback" and family not in plan.families:
        return Route(plan, family, (), "no-family", port)
    routers = plan.router_names
    names: tuple[str, ...] = ("client",)
    inside = port
    match spot:
        case "server":
            names, end = plan.places, "server"
        case "public" if plan.nat is not None and port in dict(plan.nat.ports):
            names, end, inside = plan.places, "server", dict(plan.nat.ports)[port]
        case "public" if plan.nat is not None:
            names, end = ("client", *routers[: plan.nat.router - 1]), f"outside-{plan.nat.others}"
        case "other":
            names, end = ("client", *routers[: plan.other - 1]), "other"
        case "gone":
            names, end = ("client", *routers), "nobody"
        case "nowhere" | "loopback":
            end = spot
        case _:
            raise ValueError(address)
    stops = (Stop(name, inside if _behind_nat(plan, name) else port, _guard(plan, name, spot)) for name in names)
    return Route(plan, family, tuple(stops), end, inside)


def _behind_nat(plan: Plan, place: str) -> bool:
    """Whether the firewall of `place` sees translated packets; the translating router's own does."""
    return plan.nat is not None and plan.places.index(place) >= plan.nat.router


def _guard(plan: Plan, place: str, spot: str) -> str:
    at_nat = plan.nat is not None and place == f"r{plan.nat.router}"
    return plan.nat.inside if plan.nat and at_nat and spot == "server" and plan.nat.inside != "open" else ""


def converse(plan: Plan, address: str, port: int) -> End:
    """Return how a hello to the address of this symbol ends; raises Unknowable."""
    way = route(plan, address, port)
    turned = way.there("syn")
    if turned is not None:
        return _turned_away(way, *turned)
    if way.end in ("server", "other"):
        return _at_machine(plan, way)
    return _nobody_there(plan, way)


def _turned_away(way: Route, index: int, kind: str, why: str) -> End:
    if kind in _ROUTING:
        return End(_ROUTING[kind], why)
    if kind == "drop":
        return End("filtered", why)
    if kind == "rst":
        # A router's own RST does not pass its own forwarding rules; an end's passes the rules of the other direction.
        first = index if way.stops[index].place in ("client", "server") else index - 1
        return _refused(way, why, first)
    if way.stops[index].place != "client":
        return End("rejected", why)
    return End("unreachable" if kind == "host-unreachable" else "denied", why)


def _refused(way: Route, why: str, first: int | None = None) -> End:
    eaten = way.back(None, first)
    return End("refused", why) if eaten is None else End("filtered", f"{why}; its RST: {eaten}")


def _nobody_there(plan: Plan, way: Route) -> End:
    if way.end == "nobody" and plan.routers and (plan.unsteady or plan.pause is not None):
        raise Unknowable("a router looks for a neighbour for three seconds, and its answer may get lost")
    if way.end in ("loopback", "outside-closed"):
        return _refused(way, "loopback" if way.end == "loopback" else _WORDS["outside-drop"])
    # The first router says that it has no route; a server that is the only neighbour does not forward, nor say why.
    ends = {
        "outside-drop": "filtered",
        "nobody": "rejected" if plan.routers else "unreachable",
        "nowhere": "rejected" if plan.routers else "filtered",
        "no-family": "unreachable",
    }
    return End(ends[way.end], _WORDS[way.end])


def _at_machine(plan: Plan, way: Route) -> End:
    role, daemon = _daemon_at(plan, way)
    if daemon is None:
        return _refused(way, f"{way.end} has no such port")
    how = BEHAVIOURS[daemon.behaviour]
    why = f"{role} {daemon.behaviour}"
    if role == "vendor" and plan.vendor_down:
        return _refused(way, "vendor daemon down")
    if how.port:
        return End(how.seen, why) if how.seen == "filtered" else _refused(way, why)
    eaten = way.back("synack")
    if eaten is not None:
        return End("filtered", str(eaten))
    return _talk(plan, way, role, daemon)


def _daemon_at(plan: Plan, way: Route) -> tuple[str, Daemon | None]:
    here = {"server": (("lmgrd", plan.lmgrd), ("vendor", plan.vendor)), "other": (("other", plan.other_service),)}
    for role, daemon in here[way.end]:
        if daemon is not None and daemon.port == way.port:
            return role, daemon
    return "", None


def _talk(plan: Plan, way: Route, role: str, daemon: Daemon) -> End:
    how, why = BEHAVIOURS[daemon.behaviour], f"{role} {daemon.behaviour}"
    lost, eaten = way.there("payload"), way.back("answer")
    _check_order(plan, daemon, lost and lost[1], eaten)
    if how.banner and eaten is None:
        return End(how.seen, why)
    if lost is not None and daemon.behaviour != "closes-on-accept":
        return End("closes" if lost[1] == "rst" else "payload-lost", lost[2])
    if how.speaks and eaten is not None:
        return End("silent", str(eaten))
    if how.seen == "normal" and role == "lmgrd" and plan.vendor_down:
        return End("error -97", "lmgrd knows its vendor daemon down")
    own, others = ("referral", "hello") if role == "lmgrd" else ("hello", "referral")
    words = {"normal": own, "swapped": others, "error": f"error {int(daemon.number)}"}
    return End(words.get(how.seen, how.seen), why)


def _check_order(plan: Plan, daemon: Daemon, lost: str | None, eaten: Fault | None) -> None:
    how = BEHAVIOURS[daemon.behaviour]
    resets = eaten is not None and eaten.kind == "rst" and how.speaks
    if how.banner and (lost == "rst" or resets):
        raise Unknowable("an RST races with a banner")
    if plan.unsteady and (how.resets or resets):
        raise Unknowable("the only RST may get lost")
    if plan.unsteady and eaten is not None and eaten.place == "server":
        raise Unknowable("a kernel that can't send its answer acknowledges once, and that may get lost")
    if plan.unsteady and (how.twice or plan.vendor_down):
        raise Unknowable("four packets lost one after the other may take longer than a client waits")
    if plan.vendor_down and daemon.behaviour.startswith("cut") and daemon.number < _LETTER_AND_CODE:
        raise Unknowable("the start of a legacy error may be anybody's")
