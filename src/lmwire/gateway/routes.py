"""From a plan to routes: a listener and the one server behind it each. Checks what the types cannot."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from lmwire.addresses import endpoint, is_address, is_loopback
from lmwire.gateway.errors import GatewayError
from lmwire.gateway.plan import GatewayPlan, GatewayServer, Mode
from lmwire.licensepath import parse_path
from lmwire.ports import MAX_PORT
from lmwire.targets import Server, Target
from lmwire.text import printable

__all__ = ["Network", "Route", "client_path", "parse_endpoint", "routes_of"]

_LONGEST_NAME: Final = 253
"""Characters of a host name."""

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """A listener, and the server behind it.

    Attributes:
        name: for the log, escaped.
        address, port: to listen on.
        host, server_port: of lmgrd, as clients of the server would name it.
        allow: networks that may connect; None: every address.
    """

    name: str
    address: str
    port: int
    host: str
    server_port: int
    mode: Mode
    vendors: frozenset[str]
    vendor_ports: tuple[tuple[str, int], ...]
    advertise: str
    allow: tuple[Network, ...] | None

    @property
    def key(self) -> str:
        """What a listener is told by, over a change of the plan."""
        return endpoint(self.address, self.port) if self.port else f"{self.address}, any port, {self.name}"

    @property
    def target(self) -> str:
        """The server as an entry of a license path."""
        return str(Server(self.host, self.server_port))

    @property
    def is_open(self) -> bool:
        """Whether machines other than this one can connect without being asked who they are."""
        return self.allow is None and not is_loopback(self.address)


def routes_of(plan: GatewayPlan) -> tuple[Route, ...]:
    """Return the routes of a plan.

    Raises:
        GatewayError: a value makes no sense.
        LicensePathError: a license path is written wrong.
    """
    if not plan.servers:
        raise GatewayError("the plan has no server", 'add a [[servers]] table with server = "27000@licsrv"')
    routes = tuple(route for server in plan.servers for route in _of_server(server))
    if len({route.key for route in routes if not route.port}) < sum(not route.port for route in routes):
        raise GatewayError("two servers that listen on any port have the same name", "give each a name of its own")
    _check_ports([place for route in routes for place in _places(route)] + _metrics(plan))
    return routes


def _places(route: Route) -> Iterator[tuple[str, str, int]]:
    """Yield what listens for a route, and where: itself, and the vendor daemons that have a fixed port."""
    yield route.name, route.address, route.port
    for vendor, port in route.vendor_ports:
        yield f"vendor daemon {printable(vendor, 40)} of {route.name}", route.address, port


def _metrics(plan: GatewayPlan) -> list[tuple[str, str, int]]:
    if not plan.metrics:
        return []
    address, port = parse_endpoint(plan.metrics, "metrics")
    if port is None:
        raise GatewayError(f"metrics: {printable(plan.metrics, 60)} has no port", "write 127.0.0.1:9310")
    return [("metrics", address, port)]


def _check_ports(places: Sequence[tuple[str, str, int]]) -> None:
    """Raise GatewayError when two want the same port of the same address, or one wants it of all addresses."""
    taken: dict[int, list[tuple[str, str]]] = {}
    for name, address, port in places:
        for other, its in taken.get(port, []):
            if _meet(address, its):
                raise GatewayError(
                    f"{other} and {name} both listen on {endpoint(address, port)}", "give one of them another port"
                )
        if port:
            taken.setdefault(port, []).append((name, address))


def _meet(one: str, other: str) -> bool:
    """Whether two listeners on the same port are in each other's way."""
    if (":" in one) != (":" in other):
        return False
    return one == other or any(ipaddress.ip_address(each).is_unspecified for each in (one, other))


def _of_server(server: GatewayServer) -> Iterator[Route]:
    path = parse_path(server.server)
    if len(path.targets) > 1:
        raise GatewayError(
            f"{printable(server.server, 100)} is a list of {len(path.targets)} license servers; a listener has one",
            "start one gateway for each, or name each in a [[servers]] table",
        )
    target = path.targets[0]
    _check(server)
    if target.is_triad and server.vendor_ports:
        raise GatewayError(
            "vendor_ports is one port for a vendor daemon, and a triad has three of them",
            "leave it out, or write a [[servers]] table for each member",
        )
    allow = tuple(_network(text) for text in server.allow) or None
    listens = _listens(server, target)
    for number, (member, (address, port)) in enumerate(zip(target.servers, listens, strict=True)):
        if member.port is None:
            raise GatewayError(
                f"{member} does not name a port; a gateway goes to one port", f"write 27000{member}, with lmgrd's port"
            )
        name = printable(server.name or target.text, 60)
        yield Route(
            name=f"{name}/{number + 1}" if target.is_triad else name,
            address=address,
            port=member.port if port is None else port,
            host=member.host,
            server_port=member.port,
            mode=server.mode,
            vendors=frozenset(server.vendors),
            vendor_ports=tuple(server.vendor_ports.items()),
            advertise=server.advertise,
            allow=allow,
        )


def _check(server: GatewayServer) -> None:
    if server.mode is Mode.ONE_PORT and (server.vendor_ports or server.advertise):
        what = "vendor_ports" if server.vendor_ports else "advertise"
        raise GatewayError(f'{what} has no use in the mode "one-port"', 'leave it out, or set mode = "referral"')
    if server.vendors and (extra := set(server.vendor_ports) - set(server.vendors)):
        raise GatewayError(
            f"vendor_ports names {printable(min(extra), 40)}, which vendors does not allow", "add it to vendors"
        )
    if "\0" in server.advertise or not server.advertise.isascii() or len(server.advertise) > _LONGEST_NAME:
        raise GatewayError(f"{printable(server.advertise, 60)} is not a host name", "write the name that clients use")


def _listens(server: GatewayServer, target: Target) -> list[tuple[str, int | None]]:
    """Return address and port for each member; None for the port of the server itself."""
    given = [server.listen] if isinstance(server.listen, str) else list(server.listen)
    found = [parse_endpoint(text, "listen") for text in given]
    wanted = len(target.servers)
    if len(found) == wanted:
        return found
    if len(found) != 1:
        raise GatewayError(f"{len(found)} addresses to listen on, for {wanted} server{'s' * (wanted > 1)}", "name one")
    address, port = found[0]
    first = target.servers[0].port or 0 if port is None else port
    if first and first + wanted - 1 > MAX_PORT:
        raise GatewayError(f"there are no {wanted} ports from {first} on", "choose a lower one")
    return [(address, first + number if first else 0) for number in range(wanted)]


def parse_endpoint(text: str, what: str) -> tuple[str, int | None]:
    """Read ADDRESS:PORT or ADDRESS; the port is None when there is none. Raises GatewayError."""
    address, port = text, ""
    if not is_address(text):
        address, _, port = text.rpartition(":")
        address = address.removeprefix("[").removesuffix("]")
    if not is_address(address) or (port and not (port.isascii() and port.isdecimal() and int(port) <= MAX_PORT)):
        raise GatewayError(
            f"{what}: {printable(text, 60)} is not ADDRESS:PORT", "write 127.0.0.1:27000, 10.8.0.1:27000 or [::1]:27000"
        )
    return address, int(port) if port else None


def _network(text: str) -> Network:
    try:
        return ipaddress.ip_network(text)
    except ValueError as error:
        hint = "write 10.8.0.0/16, or 10.8.3.7 for one machine"
        if "host bits" in str(error):
            hint = f"write {ipaddress.ip_network(text, strict=False)}, or {text.partition('/')[0]} for one machine"
        raise GatewayError(f"allow: {printable(text, 60)} is not a network", hint) from None


def client_path(routes: Sequence[Route], ports: Sequence[int], host: str = "") -> str:
    """Return what clients put into their license path for the routes of one server, in order."""
    entries = (
        str(Server(host or route.advertise or route.address, port)) for route, port in zip(routes, ports, strict=True)
    )
    return ",".join(entries)
