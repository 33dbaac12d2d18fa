"""Build the network of a plan: namespaces, links, names, license servers and the user's rules."""

from __future__ import annotations

import contextlib
import ipaddress
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from lmwire.licensepath import parse_path
from lmwire.netns import Namespace, Network
from lmwire.netns.dns import DnsServer
from lmwire.netns.zone import DnsAnswer, DnsZone, Special
from lmwire.ruletest import routes
from lmwire.ruletest.plan import ClientTarget, Interface, Machine, Plan, PlanServer, Router, Zone
from lmwire.ruletest.rules import load_rules
from lmwire_mockserver.scenario import Servers
from lmwire_mockserver.server import AsyncMockServer
from lmwire_mockserver.threaded import ThreadedMock

__all__ = ["Playground", "build", "lay_out", "names_of"]

_SPECIAL: Final = {"servfail": Special.SERVFAIL, "silent": Special.SILENCE, "nodata": Special.NODATA}
_BRIDGE: Final = "lan"
_FIRST_INDEX: Final = 100
_NEIGHBOURS: Final = Path("/proc/sys/net")
_RESOLVER: Final = "127.0.0.1"
"""The name server's address in every zone, each with its own server. A process has one resolver configuration."""


@dataclass(frozen=True, slots=True)
class Playground:
    """The running network of a plan.

    Attributes:
        clients: zone → its first client machine.
        routers, servers: name → machine.
        clients_at: zone → addresses → the client with these addresses.
        notes: remarks about the rule files. Escaped.
    """

    network: Network
    clients: dict[str, Namespace]
    routers: dict[str, Namespace]
    servers: dict[str, Namespace]
    clients_at: dict[str, dict[tuple[str, ...], Namespace]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def client(self, zone: str, addresses: tuple[str, ...]) -> Namespace:
        """Return the client with these addresses; the first of the zone for unknown ones."""
        return self.clients_at[zone].get(addresses, self.clients[zone])

    def clients_for(self, plan: Plan, zone: str, aim: ClientTarget) -> dict[tuple[str, ...], Namespace]:
        """Return the clients of a zone that try a server: those with an address of its IP version, else all."""
        versions = _versions_of(plan, zone, aim)
        every = self.clients_at[zone]
        able = {own: node for own, node in every.items() if versions & {_version(address) for address in own}}
        return able or every


@contextlib.contextmanager
def build(plan: Plan, folder: Path, *, only: tuple[str, str] | None = None) -> Iterator[Playground]:
    """Build the network of `plan`, and remove it at the end of the block. Rule files are relative to `folder`.

    Args:
        plan: the plan.
        folder: the folder of its rule files.
        only: the only zone and server in use; the others are there, but answer nothing.

    Raises:
        NetworkUnavailable: network namespaces are not available here.
        PlanError: a tool refuses a rule file; the error names the line.
        NetworkError: another part of the plan cannot be built.
    """
    with lay_out(plan, folder) as ground, contextlib.ExitStack() as stack:
        for zone in plan.zones:
            for node in ground.clients_at[zone.name].values() if only is None or only[0] == zone.name else ():
                stack.enter_context(DnsServer(node, DnsZone.of(names_of(plan, zone.name))))
        for server in plan.servers:
            if only is not None and only[1] != server.name:
                continue
            stack.enter_context(ThreadedMock(_mock(server), inside=ground.servers[server.name]))
        yield ground


@contextlib.contextmanager
def lay_out(plan: Plan, folder: Path) -> Iterator[Playground]:
    """Like `build`, but start no servers. Clients use the name server on their own machine."""
    with Network() as network:
        clients = {
            zone.name: {
                own: network.host(f"z{index}" if number == 0 else f"z{index}-{number}")
                for number, own in enumerate(routes.client_machines(plan, zone))
            }
            for index, zone in enumerate(plan.zones)
        }
        notes: list[str] = []
        ground = Playground(
            network,
            clients={zone: next(iter(machines.values())) for zone, machines in clients.items()},
            routers={router.name: network.router(f"r{index}") for index, router in enumerate(plan.routers)},
            servers={server.name: network.host(f"s{index}") for index, server in enumerate(plan.servers)},
            clients_at=clients,
        )
        _wire(plan, ground)
        for node in (node for machines in clients.values() for node in machines.values()):
            node.nameservers(_RESOLVER, options=("timeout:2", "attempts:2"))
        for index, router in enumerate(plan.routers):
            notes += load_rules(f"routers[{index}]", router, ground.routers[router.name], folder)
        for index, server in enumerate(plan.servers):
            notes += load_rules(f"servers[{index}]", server, ground.servers[server.name], folder)
        yield replace(ground, notes=tuple(dict.fromkeys(notes)))


def names_of(plan: Plan, zone: str) -> dict[str, DnsAnswer]:
    """Return the answers of a zone's resolver by name."""
    sees = plan.zone(zone).sees
    if sees is None:
        return {server.referral_host: server.addresses for server in plan.servers}
    return {
        name: answer if isinstance(answer, tuple) else _SPECIAL.get(answer, (answer,)) for name, answer in sees.items()
    }


def _versions_of(plan: Plan, zone: str, aim: ClientTarget) -> set[int]:
    """Return the IP versions of the addresses that a client of `zone` has for a target; empty when it has none."""
    host = next((server.host for target in parse_path(aim.target).targets for server in target.servers), "")
    answer = names_of(plan, zone).get(host, (host,))
    return {version for text in answer if (version := _version(text))} if isinstance(answer, tuple) else set()


def _version(text: str) -> int:
    try:
        return ipaddress.ip_address(text).version
    except ValueError:
        return 0


def _mock(server: PlanServer) -> AsyncMockServer:
    return AsyncMockServer(
        Servers(),
        bind="::",  # accepts IPv4 too
        lmgrd_port=server.lmgrd,
        vendor_ports=tuple(server.vendors.values()),
        vendors=tuple(server.vendors),
        referral_host=server.referral_host,
    )


# -- wires ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _End:
    """The far end of a wire: its machine, name, addresses and MTU."""

    node: Namespace
    name: str
    addresses: tuple[str, ...]
    mtu: int | None = None

    def commands(self) -> Iterator[str]:
        mtu = f" mtu {self.mtu}" if self.mtu else ""
        yield f"link set dev {self.name}{mtu} up"
        for address in self.addresses:
            yield f"address add {address} dev {self.name}{' nodad' if ':' in address else ''}"


def _wire(plan: Plan, ground: Playground) -> None:
    """Make all interfaces, with one `ip` for each machine."""
    indices = itertools.count(_FIRST_INDEX)
    commands: dict[Namespace, list[str]] = {node: [] for node in ground.network.nodes}
    ends: list[_End] = []
    for zone in plan.zones:
        here = ground.clients[zone.name]
        ends_here = list(_ends_in(plan, zone, ground))
        commands[here] += _switch(ends_here, indices)
        first = next(iter(ground.clients_at[zone.name]))
        commands[here] += _End(here, _BRIDGE, _own(first, zone)).commands()
        ends += ends_here
    for near, far in _links(plan, ground):
        commands[near.node].append(_pair(near.name, far, indices))
        ends += (near, far)
    for end in ends:
        commands[end.node] += end.commands()
    for router in plan.routers:
        _add_loose(commands[ground.routers[router.name]], router.interfaces, indices)
    for server in plan.servers:
        _add_loose(commands[ground.servers[server.name]], server.interfaces, indices)
    _add_routes(plan, ground, commands)
    # Machines that make interfaces of others are first: zones, then routers in the plan's order.
    clients = (node for machines in ground.clients_at.values() for node in machines.values())
    for node in (*clients, *ground.routers.values(), *ground.servers.values()):
        node.ip(*commands[node])
    _set_kernels(plan, ground)


def _own(addresses: tuple[str, ...], zone: Zone) -> tuple[str, ...]:
    return tuple(routes.prefixed(addresses, zone))


def _ends_in(plan: Plan, zone: Zone, ground: Playground) -> Iterator[_End]:
    """Yield the ends at the zone's switch: more clients, routers and servers."""
    _first, *others = ground.clients_at[zone.name].items()
    for own, node in others:
        yield _End(node, _BRIDGE, _own(own, zone))
    for router in plan.routers:
        for interface in router.interfaces:
            if interface.zone == zone.name:
                yield _End(ground.routers[router.name], interface.name, interface.addresses)
    for server in plan.servers:
        if server.zone == zone.name:
            yield _End(ground.servers[server.name], server.interface, _own(server.addresses, zone))
        for interface in server.interfaces:
            if interface.zone == zone.name:
                yield _End(ground.servers[server.name], interface.name, interface.addresses)


def _switch(ends: list[_End], indices: Iterator[int]) -> Iterator[str]:
    """Yield the lines that make a zone: a switch whose own port is the client's interface."""
    yield f"link add name {_BRIDGE} index {next(indices)} type bridge stp_state 0 forward_delay 0 mcast_snooping 0"
    for number, end in enumerate(ends):
        yield _pair(f"port{number}", end, indices)
        yield f"link set dev port{number} master {_BRIDGE} up"


def _pair(name: str, far: _End, indices: Iterator[int]) -> str:
    # The kernel distinguishes the ends of a pair by their index, so every index is unique.
    return (
        f"link add name {name} index {next(indices)} type veth"
        f" peer name {far.name} index {next(indices)} netns {far.node.net_path}"
    )


def _links(plan: Plan, ground: Playground) -> Iterator[tuple[_End, _End]]:
    """Yield both ends of the links between machines, that of the earlier machine first."""
    found: dict[str, list[tuple[Namespace, Interface]]] = {}
    machines: tuple[Router | PlanServer, ...] = (*plan.routers, *plan.servers)
    for machine in machines:
        node = ground.routers[machine.name] if isinstance(machine, Router) else ground.servers[machine.name]
        for interface in machine.interfaces:
            if interface.link:
                found.setdefault(interface.link, []).append((node, interface))
    for (one, near), (other, far) in found.values():
        mtu = min((each for each in (near.mtu, far.mtu) if each), default=None)
        yield (
            _End(one, near.name, near.addresses, mtu),
            _End(other, far.name, far.addresses, mtu),
        )


def _add_loose(lines: list[str], interfaces: Sequence[Interface], indices: Iterator[int]) -> None:
    for interface in interfaces:
        if not interface.zone and not interface.link:
            lines += _loose(interface, indices)


def _loose(interface: Interface, indices: Iterator[int]) -> Iterator[str]:
    """Yield the lines for an interface that the rules name but that has no zone or link in this plan."""
    yield f"link add name {interface.name} index {next(indices)} type bridge"
    yield f"link set dev {interface.name} up"
    for address in interface.addresses:
        yield f"address add {address} dev {interface.name}{' nodad' if ':' in address else ''}"


def _add_routes(plan: Plan, ground: Playground, commands: dict[Namespace, list[str]]) -> None:
    for zone in plan.zones:
        for own, node in ground.clients_at[zone.name].items():
            commands[node] += routes.client_routes(plan, zone, own)
    for router in plan.routers:
        commands[ground.routers[router.name]] += [*routes.router_routes(plan, router), *_rules(router)]
    for server in plan.servers:
        commands[ground.servers[server.name]] += [*routes.server_routes(plan, server), *_rules(server)]


def _rules(machine: Machine) -> Iterator[str]:
    return (f"rule add {rule}" for rule in machine.ip_rules)


def _set_kernels(plan: Plan, ground: Playground) -> None:
    for node in ground.network.nodes:
        node.inside(_shorten_neighbours)
    values = {"off": 0, "strict": 1, "loose": 2}
    for router in plan.routers:
        # The kernel uses the larger of "all" and the interface's own value, which is 0.
        ground.routers[router.name].sysctl("net.ipv4.conf.all.rp_filter", values[router.rp_filter])
    for name, machine in ((each.name, each) for each in (*plan.routers, *plan.servers)):
        node = ground.routers[name] if name in ground.routers else ground.servers[name]
        for setting, value in machine.sysctl.items():
            node.sysctl(setting, value)


def _shorten_neighbours() -> None:
    """Let the kernel give up after 0.3 s on an address that no machine has, instead of 3 s: no link has a delay."""
    for file in _NEIGHBOURS.glob("ipv[46]/neigh/*/retrans_time_ms"):
        file.write_text("100", encoding="ascii")
