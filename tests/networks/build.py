"""From a plan to a running network: namespaces, wires, names, servers, translation, and last the faults."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from lmwire.netns import Namespace, Network
from lmwire.netns.dns import DnsServer, DnsZone
from lmwire.netns.dns import Special as NoAnswer
from lmwire.netns.links import Link
from lmwire_mockserver.scenario import Lmgrd, Servers, TextAnswers, Vendor
from lmwire_mockserver.server import AsyncMockServer
from lmwire_mockserver.threaded import ThreadedMock
from tests.networks.behaviour import settings_of
from tests.networks.hindrance import limit_rules, pause_rules, pause_sets
from tests.networks.path_plan import PathPlan
from tests.networks.plan import VENDOR, Fault, Name, Plan

__all__ = ["Lab", "build", "build_path"]

_LOOPBACK: Final = {4: "127.0.1.1", 6: "::1"}
_NOWHERE: Final = {4: "203.0.113.240", 6: "2001:db8:ffff::1"}
_HOST: Final = {4: 9, 6: 0x99}  # in the server's subnet: nobody's
_NO_ANSWERS: Final = {"nodata": NoAnswer.NODATA, "servfail": NoAnswer.SERVFAIL, "silence": NoAnswer.SILENCE}

_STAGES: Final = {
    "syn": "tcp flags & (syn | ack) == syn",
    "synack": "tcp flags & (syn | ack) == syn | ack",
    # Whoever sends data at once, as all do here, marks the segment so; nothing else is marked.
    "payload": "tcp flags & psh == psh",
    "answer": "tcp flags & psh == psh",
    "all": "",
}
_ICMPV6: Final = {
    "port-unreachable": "port-unreachable",
    "host-unreachable": "addr-unreachable",
    "net-unreachable": "no-route",
    "prot-unreachable": "policy-fail",
    "admin-prohibited": "admin-prohibited",
    "host-prohibited": "admin-prohibited",
    "net-prohibited": "reject-route",
}
_POLICIES: Final = {"prohibit": "prohibit", "no-route": "unreachable"}
_UNUSED_PORT: Final = 9  # for a daemon that stands on the other machine only to keep company


@dataclass(frozen=True, slots=True)
class Lab:
    """A network at work. `license_path` is what an application on `client` has."""

    network: Network
    client: Namespace
    license_path: str


@contextlib.contextmanager
def build(plan: Plan) -> Iterator[Lab]:
    """Build what `plan` says, and take it down at the end of the block.

    Raises:
        NetworkUnavailable: there are no network namespaces to be had here.
    """
    with contextlib.ExitStack() as stack:
        network = stack.enter_context(Network())
        client = network.host("client")
        names = _Member(network, plan)
        names.wire(client)
        network.route_all()
        name_server = names.node(_name_server(plan))
        stack.enter_context(DnsServer(name_server, DnsZone.of(_zone(plan, names))))
        client.nameservers(network.address(name_server, plan.families[0]), options=_resolver_options((plan,)))
        client.hosts(_hosts(plan, names))
        _start(stack, names, VENDOR)
        _break(names)
        yield Lab(network, client, _license_path(plan, names))


@contextlib.contextmanager
def build_path(path: PathPlan, vendor: str) -> Iterator[Lab]:
    """Build the servers of a whole license path, each at the end of a way of its own, and one client.

    The name server is the client's neighbour: no fault of a way concerns it.
    """
    with contextlib.ExitStack() as stack:
        network = stack.enter_context(Network())
        client, name_server = network.host("client"), network.host("ns")
        network.link(client, name_server)
        members = [_Member(network, plan, f"m{number}-") for number, plan in enumerate(path.members)]
        for member in members:
            member.wire(client)
        network.route_all()
        zone = {name: answer for member in members for name, answer in _zone(member.plan, member).items()}
        stack.enter_context(DnsServer(name_server, DnsZone.of(zone)))
        client.nameservers(network.address(name_server, 4), options=_resolver_options(path.members))
        client.hosts({name: found for member in members for name, found in _hosts(member.plan, member).items()})
        for member in members:
            _start(stack, member, vendor)
        for member in members:
            _break(member)
        separator = "," if path.shape == "triad" else ":"
        yield Lab(network, client, separator.join(_license_path(member.plan, member) for member in members))


def _resolver_options(plans: Sequence[Plan]) -> tuple[str, ...]:
    # What says nothing is asked twice. On slow wires, an answer may have to wait for neighbours to be found.
    return (f"timeout:{3 if any(plan.delays for plan in plans) else 1}", "attempts:2")


def _start(stack: contextlib.ExitStack, member: _Member, vendor: str) -> None:
    for mock, node in _mocks(member.plan, member, vendor):
        stack.enter_context(ThreadedMock(mock, inside=node))


def _break(member: _Member) -> None:
    for place in member.plan.places:
        rules = _ruleset(member.plan, member, place)
        if rules:
            member.node(place).nft(rules)
    _set_policies(member.plan, member.node("client"))


class _Member:
    """The machines of one server's plan within a network, and what the symbols of the plan stand for there.

    `prefix` sets them apart from those of other servers: the client has none.
    """

    def __init__(self, network: Network, plan: Plan, prefix: str = "") -> None:
        self._network = network
        self.plan = plan
        self.prefix = prefix
        self._links: list[Link] = []

    def name(self, place: str) -> str:
        return place if place == "client" else f"{self.prefix}{place}"

    def node(self, place: str) -> Namespace:
        return self._network[self.name(place)]

    def wire(self, client: Namespace) -> None:
        plan = self.plan
        routers = [self._network.router(self.name(name)) for name in plan.router_names]
        nodes = [client, *routers, self._network.host(self.name("server"))]
        for number, (near, far) in enumerate(itertools.pairwise(nodes)):
            self._links.append(self._link(near, far, number))

    def _link(self, near: Namespace, far: Namespace, number: int) -> Link:
        plan = self.plan
        return self._network.link(
            near,
            far,
            net4="auto" if 4 in plan.families else None,
            net6="auto" if 6 in plan.families else None,
            delay=plan.delays[number] if plan.delays else 0.0,
            loss=plan.loss if number == plan.lossy else 0.0,
            seed=plan.seed,
        )

    def __call__(self, symbol: str) -> str:
        spot, family = symbol[:-1], int(symbol[-1])
        if spot == "loopback":
            return _LOOPBACK[family]
        if spot == "nowhere" or family not in self.plan.families:
            return _NOWHERE[family]
        match spot:
            case "server":
                return self._far(len(self._links), family)
            case "public" if self.plan.nat:
                return self._far(self.plan.nat.router, family)
            case "other":
                return self._far(self.plan.other, family)
            case "gone":
                last = self._links[-1].b.address(family)
                if last is not None:
                    return str(last.network[_HOST[family]])
        raise ValueError(symbol)

    def _far(self, link: int, family: int) -> str:
        """Return the address at the far end of the link of this number, the client's being 1."""
        found = self._links[link - 1].b.address(family)
        if found is None:
            raise ValueError(link)
        return str(found.ip)

    def host(self, name: Name) -> str:
        """Return what stands where a host does."""
        return self(name.answer[0]) if name.literal else name.text


def _name_server(plan: Plan) -> str:
    # A resolver that gets one of two answers asks again from another port, so that the wire may lose all it asks: the
    # name server stands before a lossy wire.
    return "server" if plan.lossy < 0 else plan.places[plan.lossy]


def _zone(plan: Plan, addresses: _Member) -> dict[str, Sequence[str] | NoAnswer]:
    zone: dict[str, Sequence[str] | NoAnswer] = {}
    for name in (plan.target, plan.referred_name):
        if not name.text.strip() or name.literal or name.hosts:
            continue
        if isinstance(name.answer, tuple):
            zone[name.text] = [addresses(symbol) for symbol in name.answer]
        elif name.answer in _NO_ANSWERS:
            zone[name.text] = _NO_ANSWERS[name.answer]
    return zone


def _hosts(plan: Plan, addresses: _Member) -> dict[str, list[str]]:
    return {
        name.text: [addresses(symbol) for symbol in name.answer]
        for name in (plan.target, plan.referred_name)
        if name.hosts and not name.literal and name.text != "localhost" and isinstance(name.answer, tuple)
    }


# -- servers --------------------------------------------------------------------------------------------------


def _mocks(plan: Plan, addresses: _Member, vendor_name: str) -> Iterator[tuple[AsyncMockServer, Namespace]]:
    name = plan.referred_name
    host = "no such name\x1b[2J" if name.answer == "unaskable" else addresses.host(name)
    lmgrd = Lmgrd(**settings_of(plan.lmgrd), referral_port=plan.referral_port, text=TextAnswers(plan.dlist))
    vendor = Vendor(**settings_of(plan.vendor), name=vendor_name, down=plan.vendor_down)
    servers = Servers(lmgrds=(lmgrd,), vendors=(vendor,))
    yield (
        AsyncMockServer(
            servers, bind="::", lmgrd_port=plan.lmgrd.port, vendor_ports=(plan.vendor.port,), referral_host=host
        ),
        addresses.node("server"),
    )
    if plan.other_service is not None:
        alone = Servers(vendors=(Vendor(**settings_of(plan.other_service), name=vendor_name),))
        port = plan.other_service.port
        mock = AsyncMockServer(alone, bind="::", lmgrd_port=_UNUSED_PORT, vendor_ports=(port,))
        yield mock, addresses.node(f"r{plan.other}")


def _license_path(plan: Plan, addresses: _Member) -> str:
    host = addresses.host(plan.target)
    return f"{'' if plan.target_port is None else plan.target_port}@{host}"


# -- rules ----------------------------------------------------------------------------------------------------


def _ruleset(plan: Plan, addresses: _Member, place: str) -> str:
    """Return what nft is to load at `place`; empty for nothing."""
    faults = [fault for fault in plan.faults if fault.place == place and fault.kind not in _POLICIES]
    chains: dict[str, list[str]] = {}
    if plan.nat is not None and place == f"r{plan.nat.router}":
        chains |= _translation(plan, addresses, addresses.name(plan.places[plan.nat.router - 1]))
    passing = "input" if place == "server" else "forward"
    if plan.pause is not None and plan.pause.place == place:
        chains.setdefault(passing, []).extend(pause_rules(plan.pause))
    if plan.limit is not None and plan.limit.place == place:
        chains.setdefault(passing, []).extend(limit_rules(plan.limit))
    for fault in faults:
        chains.setdefault(_hook(fault), []).extend(_rules(fault))
    sets = pause_sets(plan.pause) if plan.pause is not None and plan.pause.place == place else ""
    body = sets + "".join(
        f"  chain {hook} {{\n    type {_TYPES.get(hook, f'filter hook {hook} priority filter')};\n"
        + "".join(f"    {line}\n" for line in lines)
        + "  }\n"
        for hook, lines in chains.items()
    )
    return f"table inet plan{addresses.prefix.rstrip('-')} {{\n{body}}}\n" if body else ""


_TYPES: Final = {"prerouting": "nat hook prerouting priority dstnat"}


def _translation(plan: Plan, addresses: _Member, towards_client: str) -> dict[str, list[str]]:
    nat = plan.nat
    if nat is None:
        return {}
    chains: dict[str, list[str]] = {"prerouting": [], "forward": []}
    for family in plan.families:
        ip, server = ("ip", addresses("server4")) if family == 4 else ("ip6", addresses("server6"))
        public = addresses(f"public{family}")
        for outside, inside in nat.ports:
            target = f"{server}:{inside}" if family == 4 else f"[{server}]:{inside}"
            chains["prerouting"].append(f"{ip} daddr {public} tcp dport {outside} dnat {ip} to {target}")
        if nat.inside != "open":
            match = f"iifname {towards_client} ct status & dnat == 0 {ip} daddr {server} meta l4proto tcp"
            chains["forward"].append(f"{match} {_action(nat.inside, family)}")
    if nat.others == "drop":
        chains["input"] = [f"iifname {towards_client} meta l4proto tcp drop"]
    return chains


def _hook(fault: Fault) -> str:
    ends = {("client", "there"): "output", ("client", "back"): "input"}
    ends |= {("server", "there"): "input", ("server", "back"): "output"}
    return ends.get((fault.place, fault.direction), "forward")


def _rules(fault: Fault) -> Iterator[str]:
    side = "dport" if fault.direction == "there" else "sport"
    for family in (4, 6):
        if fault.family in (0, family):
            match = f"meta nfproto ipv{family} tcp {side} {fault.port} {_STAGES[fault.stage]}"
            yield f"{match} {_action(fault.kind, family)}"


def _action(kind: str, family: int) -> str:
    if kind == "drop":
        return "drop"
    if kind == "rst":
        return "reject with tcp reset"
    return f"reject with icmp type {kind}" if family == 4 else f"reject with icmpv6 type {_ICMPV6[kind]}"


def _set_policies(plan: Plan, client: Namespace) -> None:
    for fault in plan.faults:
        if fault.kind in _POLICIES:
            for family in (4, 6):
                if fault.family in (0, family):
                    rule = f"rule add ipproto tcp dport {fault.port} {_POLICIES[fault.kind]}"
                    client.run(["ip", f"-{family}", *rule.split()])
