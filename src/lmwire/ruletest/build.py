"""Build the network of a plan: namespaces, links, names, license servers and the user's rules."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lmwire.netns import Namespace, Network
from lmwire.netns.dns import DnsServer
from lmwire.netns.zone import DnsAnswer, DnsZone, Special
from lmwire.ruletest import routes
from lmwire.ruletest.plan import Interface, Plan, PlanServer, Router, Zone
from lmwire.ruletest.rules import load_rules
from lmwire_mockserver.scenario import Servers
from lmwire_mockserver.server import AsyncMockServer
from lmwire_mockserver.threaded import ThreadedMock

__all__ = ["Playground", "build", "lay_out", "names_of"]

_SPECIAL: Final = {"servfail": Special.SERVFAIL, "silent": Special.SILENCE, "nodata": Special.NODATA}
_BRIDGE: Final = "lan"
_FIRST_INDEX: Final = 100
_RESOLVER: Final = "127.0.0.1"
"""The name server's address in every zone, each with its own server. A process has one resolver configuration."""


@dataclass(frozen=True, slots=True)
class Playground:
    """The running network of a plan.

    Attributes:
        clients: zone → its client machine.
        routers, servers: name → machine.
    """

    network: Network
    clients: dict[str, Namespace]
    routers: dict[str, Namespace]
    servers: dict[str, Namespace]


@contextlib.contextmanager
def build(plan: Plan, folder: Path) -> Iterator[Playground]:
    """Build the network of `plan`, and remove it at the end of the block. Rule files are relative to `folder`.

    Raises:
        NetworkUnavailable: network namespaces are not available here.
        PlanError: a tool refuses a rule file; the error names the line.
        NetworkError: another part of the plan cannot be built.
    """
    with lay_out(plan, folder) as ground, contextlib.ExitStack() as stack:
        for zone in plan.zones:
            stack.enter_context(DnsServer(ground.clients[zone.name], DnsZone.of(names_of(plan, zone.name))))
        for server in plan.servers:
            stack.enter_context(ThreadedMock(_mock(server), inside=ground.servers[server.name]))
        yield ground


@contextlib.contextmanager
def lay_out(plan: Plan, folder: Path) -> Iterator[Playground]:
    """Like `build`, but start no servers. Clients use the name server on their own machine."""
    with Network() as network:
        ground = Playground(
            network,
            clients={zone.name: network.host(f"z{index}") for index, zone in enumerate(plan.zones)},
            routers={router.name: network.router(f"r{index}") for index, router in enumerate(plan.routers)},
            servers={server.name: network.host(f"s{index}") for index, server in enumerate(plan.servers)},
        )
        _wire(plan, ground)
        for node in ground.clients.values():
            node.nameservers(_RESOLVER, options=("timeout:2", "attempts:2"))
        for index, router in enumerate(plan.routers):
            load_rules(f"routers[{index}]", router, ground.routers[router.name], folder)
        for index, server in enumerate(plan.servers):
            load_rules(f"servers[{index}]", server, ground.servers[server.name], folder)
        yield ground


def names_of(plan: Plan, zone: str) -> dict[str, DnsAnswer]:
    """Return the answers of a zone's resolver by name."""
    sees = plan.zone(zone).sees
    if sees is None:
        return {server.referral_host: server.addresses for server in plan.servers}
    return {
        name: answer if isinstance(answer, tuple) else _SPECIAL.get(answer, (answer,)) for name, answer in sees.items()
    }


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
        commands[here] += _End(here, _BRIDGE, _own(routes.client_addresses(plan, zone), zone)).commands()
        ends += ends_here
    for near, far in _links(plan, ground):
        commands[near.node].append(_pair(near.name, far, indices))
        ends += (near, far)
    for end in ends:
        commands[end.node] += end.commands()
    for router in plan.routers:
        for interface in router.interfaces:
            if not interface.zone and not interface.link:
                commands[ground.routers[router.name]] += _loose(interface, indices)
    _add_routes(plan, ground, commands)
    # Machines that make interfaces of others are first: zones, then routers in the plan's order.
    for node in (*ground.clients.values(), *ground.routers.values(), *ground.servers.values()):
        node.ip(*commands[node])
    _filter_reverse_paths(plan, ground)


def _own(addresses: tuple[str, ...], zone: Zone) -> tuple[str, ...]:
    return tuple(routes.prefixed(addresses, zone))


def _ends_in(plan: Plan, zone: Zone, ground: Playground) -> Iterator[_End]:
    """Yield the ends at the zone's switch: routers and servers."""
    for router in plan.routers:
        for interface in router.interfaces:
            if interface.zone == zone.name:
                yield _End(ground.routers[router.name], interface.name, interface.addresses)
    for server in plan.servers:
        if server.zone == zone.name:
            yield _End(ground.servers[server.name], server.interface, _own(server.addresses, zone))


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
    """Yield both ends of the links between routers, that of the earlier router first."""
    found: dict[str, list[tuple[Router, Interface]]] = {}
    for router in plan.routers:
        for interface in router.interfaces:
            if interface.link:
                found.setdefault(interface.link, []).append((router, interface))
    for (one, near), (other, far) in found.values():
        mtu = min((each for each in (near.mtu, far.mtu) if each), default=None)
        yield (
            _End(ground.routers[one.name], near.name, near.addresses, mtu),
            _End(ground.routers[other.name], far.name, far.addresses, mtu),
        )


def _loose(interface: Interface, indices: Iterator[int]) -> Iterator[str]:
    """Yield the lines for an interface that the rules name but that has no zone or link in this plan."""
    yield f"link add name {interface.name} index {next(indices)} type bridge"
    yield f"link set dev {interface.name} up"
    for address in interface.addresses:
        yield f"address add {address} dev {interface.name}{' nodad' if ':' in address else ''}"


def _add_routes(plan: Plan, ground: Playground, commands: dict[Namespace, list[str]]) -> None:
    for zone in plan.zones:
        commands[ground.clients[zone.name]] += routes.client_routes(plan, zone)
    for router in plan.routers:
        commands[ground.routers[router.name]] += routes.router_routes(plan, router)
    for server in plan.servers:
        commands[ground.servers[server.name]] += routes.server_routes(plan, server)


def _filter_reverse_paths(plan: Plan, ground: Playground) -> None:
    values = {"off": 0, "strict": 1, "loose": 2}
    for router in plan.routers:
        # The kernel uses the larger of "all" and the interface's own value, which is 0.
        ground.routers[router.name].sysctl("net.ipv4.conf.all.rp_filter", values[router.rp_filter])
