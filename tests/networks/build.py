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
from lmwire_mockserver.scenario import Lmgrd, Servers, TextAnswers, Vendor
from lmwire_mockserver.server import AsyncMockServer
from lmwire_mockserver.threaded import ThreadedMock
from tests.networks.behaviour import settings_of
from tests.networks.plan import VENDOR, Fault, Name, Plan

__all__ = ["Lab", "build"]

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
        _wire(network, plan)
        names = _Addresses(network, plan)
        client, name_server = network["client"], network[_name_server(plan)]
        stack.enter_context(DnsServer(name_server, _zone(plan, names)))
        # What says nothing is asked twice. On slow wires, an answer may have to wait for neighbours to be found.
        wait = f"timeout:{3 if plan.delays else 1}"
        client.nameservers(network.address(name_server, plan.families[0]), options=(wait, "attempts:2"))
        client.hosts(_hosts(plan, names))
        for mock, node in _mocks(plan, names, network):
            stack.enter_context(ThreadedMock(mock, inside=node))
        for place in plan.places:
            rules = _ruleset(plan, names, place)
            if rules:
                network[place].nft(rules)
        _set_policies(plan, client)
        yield Lab(network, client, _license_path(plan, names))


def _wire(network: Network, plan: Plan) -> None:
    nodes = [network.host("client"), *map(network.router, plan.router_names), network.host("server")]
    for number, (near, far) in enumerate(itertools.pairwise(nodes)):
        network.link(
            near,
            far,
            net4="auto" if 4 in plan.families else None,
            net6="auto" if 6 in plan.families else None,
            delay=plan.delays[number] if plan.delays else 0.0,
            loss=plan.loss if number == plan.lossy else 0.0,
            seed=plan.seed,
        )
    network.route_all()


def _name_server(plan: Plan) -> str:
    # A resolver that gets one of two answers asks again from another port, so that the wire may lose all it asks: the
    # name server stands before a lossy wire.
    return "server" if plan.lossy < 0 else plan.places[plan.lossy]


class _Addresses:
    """What the symbols of a plan stand for in a network."""

    def __init__(self, network: Network, plan: Plan) -> None:
        self._network = network
        self._plan = plan

    def __call__(self, symbol: str) -> str:
        spot, family = symbol[:-1], int(symbol[-1])
        if spot == "loopback":
            return _LOOPBACK[family]
        if spot == "nowhere" or family not in self._plan.families:
            return _NOWHERE[family]
        match spot:
            case "server":
                return self._network.address("server", family)
            case "public" if self._plan.nat:
                return self._outside(self._plan.nat.router, family)
            case "other":
                return self._outside(self._plan.other, family)
            case "gone":
                last = self._network.links[-1].b.address(family)
                if last is not None:
                    return str(last.network[_HOST[family]])
        raise ValueError(symbol)

    def _outside(self, router: int, family: int) -> str:
        found = self._network.links[router - 1].b.address(family)
        if found is None:
            raise ValueError(router)
        return str(found.ip)

    def host(self, name: Name) -> str:
        """Return what stands where a host does."""
        return self(name.answer[0]) if name.literal else name.text


def _zone(plan: Plan, addresses: _Addresses) -> DnsZone:
    zone: dict[str, Sequence[str] | NoAnswer] = {}
    for name in (plan.target, plan.referred_name):
        if not name.text.strip() or name.literal or name.hosts:
            continue
        if isinstance(name.answer, tuple):
            zone[name.text] = [addresses(symbol) for symbol in name.answer]
        elif name.answer in _NO_ANSWERS:
            zone[name.text] = _NO_ANSWERS[name.answer]
    return DnsZone.of(zone)


def _hosts(plan: Plan, addresses: _Addresses) -> dict[str, list[str]]:
    return {
        name.text: [addresses(symbol) for symbol in name.answer]
        for name in (plan.target, plan.referred_name)
        if name.hosts and not name.literal and name.text != "localhost" and isinstance(name.answer, tuple)
    }


# -- servers --------------------------------------------------------------------------------------------------


def _mocks(plan: Plan, addresses: _Addresses, network: Network) -> Iterator[tuple[AsyncMockServer, Namespace]]:
    name = plan.referred_name
    host = "no such name\x1b[2J" if name.answer == "unaskable" else addresses.host(name)
    lmgrd = Lmgrd(**settings_of(plan.lmgrd), referral_port=plan.referral_port, text=TextAnswers(plan.dlist))
    vendor = Vendor(**settings_of(plan.vendor), name=VENDOR, down=plan.vendor_down)
    servers = Servers(lmgrds=(lmgrd,), vendors=(vendor,))
    yield (
        AsyncMockServer(
            servers, bind="::", lmgrd_port=plan.lmgrd.port, vendor_ports=(plan.vendor.port,), referral_host=host
        ),
        network["server"],
    )
    if plan.other_service is not None:
        alone = Servers(vendors=(Vendor(**settings_of(plan.other_service), name=VENDOR),))
        port = plan.other_service.port
        mock = AsyncMockServer(alone, bind="::", lmgrd_port=_UNUSED_PORT, vendor_ports=(port,))
        yield mock, network[f"r{plan.other}"]


def _license_path(plan: Plan, addresses: _Addresses) -> str:
    host = addresses.host(plan.target)
    return f"{'' if plan.target_port is None else plan.target_port}@{host}"


# -- rules ----------------------------------------------------------------------------------------------------


def _ruleset(plan: Plan, addresses: _Addresses, place: str) -> str:
    """Return what nft is to load at `place`; empty for nothing."""
    faults = [fault for fault in plan.faults if fault.place == place and fault.kind not in _POLICIES]
    chains: dict[str, list[str]] = {}
    if plan.nat is not None and place == f"r{plan.nat.router}":
        chains |= _translation(plan, addresses, plan.places[plan.nat.router - 1])
    for fault in faults:
        chains.setdefault(_hook(fault), []).extend(_rules(fault))
    body = "".join(
        f"  chain {hook} {{\n    type {_TYPES.get(hook, f'filter hook {hook} priority filter')};\n"
        + "".join(f"    {line}\n" for line in lines)
        + "  }\n"
        for hook, lines in chains.items()
    )
    return f"table inet plan {{\n{body}}}\n" if body else ""


_TYPES: Final = {"prerouting": "nat hook prerouting priority dstnat"}


def _translation(plan: Plan, addresses: _Addresses, towards_client: str) -> dict[str, list[str]]:
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
