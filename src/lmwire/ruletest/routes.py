"""Work out addresses and routes from the plan. Pure."""

from __future__ import annotations

import ipaddress
import itertools
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from ipaddress import IPv4Address, IPv4Interface, IPv4Network, IPv6Address, IPv6Interface, IPv6Network
from typing import Final

from lmwire.ruletest.plan import Interface, Plan, PlanServer, Route, Router, Zone

__all__ = ["client_addresses", "client_machines", "client_routes", "prefixed", "router_routes", "server_routes"]

_Network = IPv4Network | IPv6Network
_Address = IPv4Address | IPv6Address
_DEFAULT: Final = {4: "0.0.0.0/0", 6: "::/0"}
_FIRST_CLIENT: Final = 0xC11E
"""The client's host number in an IPv6 subnet: rarely used, and easy to recognise."""


def client_addresses(plan: Plan, zone: Zone) -> tuple[str, ...]:
    """Return the addresses of the zone's client: those of the plan, or a free one of each subnet."""
    if zone.client:
        return zone.client
    taken = {ipaddress.ip_address(address) for server in plan.servers for address in server.addresses}
    taken |= {ipaddress.ip_address(address) for each in plan.zones for address in (*each.client, *each.gateway)}
    for machine in (*plan.routers, *plan.servers):
        taken |= {ipaddress.ip_interface(address).ip for each in machine.interfaces for address in each.addresses}
    networks = map(ipaddress.ip_network, zone.subnets)
    free = (next((one for one in _hosts(network) if one not in taken), None) for network in networks)
    return tuple(str(address) for address in free if address is not None)


def client_machines(plan: Plan, zone: Zone) -> tuple[tuple[str, ...], ...]:
    """Return the addresses of each client of the zone: one client for each subnet of a family.

    The first IPv4 subnet and the first IPv6 subnet share a client, and so on. Rules may treat each subnet differently.
    """
    addresses = client_addresses(plan, zone)
    families = [[one for one in addresses if ipaddress.ip_address(one).version == version] for version in (4, 6)]
    found = itertools.zip_longest(*families)
    return tuple(tuple(one for one in pair if one is not None) for pair in found) or ((),)


def _hosts(network: _Network) -> Iterator[_Address]:
    """Yield candidate addresses for a client, from rarely used parts of a subnet."""
    last = network.num_addresses - 1
    if network.version == 6 and last > _FIRST_CLIENT:  # noqa: PLR2004 - the version
        yield from (network[number] for number in range(_FIRST_CLIENT, min(last, 2 * _FIRST_CLIENT)))
        return
    ends = 1 if network.version == 4 and last > 1 else 0  # noqa: PLR2004 - the version; of the subnet, and broadcast
    yield from (network[number] for number in range(last - ends, ends - 1, -1))


def prefixed(addresses: Iterable[str], zone: Zone) -> Iterator[str]:
    """Yield the addresses with the prefix lengths of their subnets in the zone."""
    networks = [ipaddress.ip_network(subnet) for subnet in zone.subnets]
    for text in addresses:
        address = ipaddress.ip_address(text)
        home = next(network for network in networks if address in network)
        yield f"{address}/{home.prefixlen}"


def client_routes(plan: Plan, zone: Zone, own: Sequence[str] | None = None) -> list[str]:
    """Return the `ip -batch` lines for the routes of the zone's client with the addresses `own`; None: its only one."""
    own = client_addresses(plan, zone) if own is None else own
    return [*_defaults(plan, zone, own, zone.gateway), *_static(zone.routes)]


def server_routes(plan: Plan, server: PlanServer) -> list[str]:
    """Return the `ip -batch` lines for the routes of a server."""
    zone = plan.zone(server.zone)
    return [*_defaults(plan, zone, server.addresses, server.gateway or zone.gateway), *_static(server.routes)]


def router_routes(plan: Plan, router: Router) -> list[str]:
    """Return the `ip -batch` lines for a router: the automatic routes, then its own, which override them."""
    found = [line for version in (4, 6) for line in _automatic(plan, router, version)] if router.auto_routes else []
    return [*found, *_static(router.routes)]


def _gateways(plan: Plan, zone: Zone) -> list[_Address]:
    """Return the addresses of the routers in the zone, in the plan's order."""
    inside = [
        ipaddress.ip_interface(address)
        for router in plan.routers
        for interface in router.interfaces
        if interface.zone == zone.name
        for address in interface.addresses
    ]
    networks = [ipaddress.ip_network(subnet) for subnet in zone.subnets]
    return [address.ip for address in inside if address.network in networks]


def _defaults(plan: Plan, zone: Zone, own: Sequence[str], given: Sequence[str]) -> Iterator[str]:
    """Yield default routes for the families of a machine's addresses.

    Of the plan's gateways, else of the routers in the zone, it is the first in a subnet of the machine. A gateway of
    another subnet is reached on the same link.
    """
    networks = [ipaddress.ip_network(subnet) for subnet in zone.subnets]
    addresses = [ipaddress.ip_address(address) for address in own]
    homes = [network for network in networks if any(address in network for address in addresses)]
    for version in (4, 6):
        if version not in {address.version for address in addresses}:
            continue
        named = [gateway for text in given if (gateway := ipaddress.ip_address(text)).version == version]
        routers = [gateway for gateway in _gateways(plan, zone) if gateway.version == version]
        near = [gateway for gateway in (*named, *routers) if any(gateway in home for home in homes)]
        best = next(iter((*near, *named, *routers)), None)
        if best is not None:
            yield f"route replace {_DEFAULT[version]} via {best}{'' if best in near else ' onlink'}"


def _static(routes: Iterable[Route]) -> Iterator[str]:
    for route in routes:
        via = ipaddress.ip_address(route.via)
        to = _DEFAULT[via.version] if route.to == "default" else route.to
        yield f"route replace {to} via {via}{f' table {route.table}' if route.table else ''}"


def _automatic(plan: Plan, router: Router, version: int) -> Iterator[str]:
    """Yield a route to every subnet through the fewest routers; of equal routes, the first in the plan."""
    direct = {subnet for interface in router.interfaces for subnet in _subnets(plan, interface)}
    found: dict[_Network, str] = {}
    seen = {router.name}
    waiting: deque[tuple[Router, str]] = deque([(router, "")])
    while waiting:
        here, gateway = waiting.popleft()
        for mine, beyond, theirs in _neighbours(plan, here):
            address = gateway or _address(mine, theirs, version)
            if not address or beyond.name in seen:
                continue
            seen.add(beyond.name)
            waiting.append((beyond, address))
            for subnet in itertools.chain.from_iterable(_subnets(plan, each) for each in beyond.interfaces):
                if subnet.version == version and subnet not in direct:
                    found.setdefault(subnet, address)
    return (f"route replace {subnet} via {address}" for subnet, address in found.items())


def _neighbours(plan: Plan, router: Router) -> Iterator[tuple[Interface, Router, Interface]]:
    for mine in router.interfaces:
        for other in plan.routers:
            for theirs in other.interfaces:
                joined = (mine.zone and mine.zone == theirs.zone) or (mine.link and mine.link == theirs.link)
                if other is not router and joined:
                    yield mine, other, theirs


def _address(mine: Interface, theirs: Interface, version: int) -> str:
    """Return the neighbour's address in a network of this machine; empty without one."""
    networks = {ipaddress.ip_interface(address).network for address in mine.addresses}
    for address in _parsed(theirs.addresses):
        if address.version == version and address.network in networks:
            return str(address.ip)
    return ""


def _parsed(addresses: Sequence[str]) -> Iterator[IPv4Interface | IPv6Interface]:
    return map(ipaddress.ip_interface, addresses)


def _subnets(plan: Plan, interface: Interface) -> list[_Network]:
    own: list[_Network] = [address.network for address in _parsed(interface.addresses)]
    zone = plan.zone(interface.zone) if interface.zone else None
    return own + [ipaddress.ip_network(subnet) for subnet in (zone.subnets if zone else ())]
