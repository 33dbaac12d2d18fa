"""The sockets that a gateway listens on: for each route, and in the mode "referral" for each vendor daemon."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import ipaddress
import os
import socket
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final

from lmwire.accepting import accept_no_more
from lmwire.addresses import endpoint
from lmwire.descriptors import room
from lmwire.gateway.errors import GatewayError
from lmwire.gateway.house import VendorPlace
from lmwire.gateway.plan import Limits, Mode
from lmwire.gateway.routes import Route
from lmwire.gateway.side import Side, keep_alive

__all__ = ["MOST_VENDORS", "Listener", "Listeners"]

MOST_VENDORS: Final = 64
"""Vendor daemons of one route that are known, and that may have a port of their own."""

_HINTS: Final[Mapping[int, str]] = {
    errno.EADDRINUSE: "another program listens there, perhaps a license server of this machine: choose another port",
    errno.EACCES: "ports below 1024 belong to root: choose another port",
    errno.EADDRNOTAVAIL: "this machine has no such address; 0.0.0.0 is all of its own",
}


class Listener:
    """A socket that listens, and what its clients get. A change of the plan may change that.

    Attributes:
        place: its own address and port.
        vendor: the vendor daemon behind it, and where that is; None for a route's own listener.
    """

    def __init__(self, sock: socket.socket, route: Route, vendor: tuple[str, VendorPlace] | None = None) -> None:
        address, port, *_ = sock.getsockname()
        self.sock = sock
        self.place: tuple[str, int] = (address, port)
        self.route = route
        self.vendor = vendor
        self.server: asyncio.Server | None = None

    def close(self) -> None:
        """Accept no more. Sessions go on."""
        if self.server is not None:
            self.server.close()
        self.sock.close()


class Listeners:
    """All listeners of a gateway.

    Args:
        inherited: sockets that listen already, as from systemd. Each must be the listener of a route.
        client: returns the protocol of a client that connects to a listener.
    """

    def __init__(self, inherited: Sequence[socket.socket], client: Callable[[Listener], Side]) -> None:
        self._inherited = list(inherited)
        self._client = client
        self._routes: dict[str, Listener] = {}
        self._vendors: dict[tuple[str, str], Listener] = {}
        self._own: set[tuple[str, int]] = set()
        self._everywhere: set[int] = set()
        self._closed = False

    def __iter__(self) -> Iterator[Listener]:
        """Return the routes' listeners, in the plan's order."""
        return iter(tuple(self._routes.values()))

    def of(self, route: Route) -> Listener | None:
        """Return the listener of a route, or None when the plan does not have it any more."""
        return None if self._closed else self._routes.get(route.key)

    async def change(self, routes: Sequence[Route], limits: Limits) -> None:
        """Listen for these routes, and for no others. Listeners that stay keep their sockets.

        Raises:
            GatewayError: a socket cannot be had. Nothing has changed then.
        """
        wanted = {route.key: route for route in routes}
        opened: dict[str, Listener] = {}
        try:
            for key, route in wanted.items():
                if key not in self._routes:
                    opened[key] = Listener(self._socket(route), route)
            self._refuse_strangers()
        except GatewayError:
            for listener in opened.values():
                listener.close()
            raise
        gone = self._adopt(wanted)
        self._routes = {key: opened.get(key) or self._routes[key] for key in wanted}
        await _close(gone)
        for listener in self._routes.values():
            await self._serve(listener, limits)

    def _refuse_strangers(self) -> None:
        if self._inherited:
            places = ", ".join(endpoint(*sock.getsockname()[:2]) for sock in self._inherited)
            raise GatewayError(
                f"systemd handed in {places}, where no server of the plan listens",
                "write the same addresses into ListenStream= and listen",
            )

    def _adopt(self, wanted: Mapping[str, Route]) -> list[Listener]:
        """Give listeners their routes. Return those that are not wanted any more."""
        gone = [listener for key, listener in self._routes.items() if key not in wanted]
        for (key, vendor), listener in tuple(self._vendors.items()):
            if wanted.get(key) != listener.route:  # another mode, other ports, other vendor daemons
                gone.append(self._vendors.pop((key, vendor)))
        for key, listener in self._routes.items():
            listener.route = wanted.get(key, listener.route)
        return gone

    async def _serve(self, listener: Listener, limits: Limits) -> None:
        keep_alive(listener.sock, limits)
        if listener.server is None:
            backlog = room(len(self._routes) + len(self._vendors) + 1)[1]
            listener.server = await asyncio.get_running_loop().create_server(
                lambda: self._client(listener), sock=listener.sock, backlog=backlog
            )
        self._own = {each.place for each in (*self._routes.values(), *self._vendors.values())}
        self._everywhere = {port for address, port in self._own if ipaddress.ip_address(address).is_unspecified}

    def _socket(self, route: Route) -> socket.socket:
        for sock in self._inherited:
            if sock.getsockname()[:2] == (route.address, route.port):
                self._inherited.remove(sock)
                return sock
        return self._listening(route.address, route.port)

    def _listening(self, address: str, port: int) -> socket.socket:
        try:
            return _listening(address, port)
        except OSError as error:
            hint = _HINTS.get(error.errno or 0, "choose another port")
            if error.errno == errno.EADDRINUSE and port in {own for _, own in self._own}:
                hint = "this gateway itself listens on that port at another address: restart it"
            raise GatewayError(f"cannot listen on {endpoint(address, port)}: {error.strerror}", hint) from error

    async def for_vendor(self, route: Route, vendor: str, place: VendorPlace, limits: Limits) -> Listener:
        """Return the listener for a vendor daemon, which leads to `place` from now on.

        Raises:
            GatewayError: the plan does not have the route any more, or the port cannot be had.
        """
        own = self.of(route)
        if own is None or own.route.mode is not Mode.REFERRAL:
            raise GatewayError("the plan has changed meanwhile")
        listener = self._vendors.get((route.key, vendor))
        if listener is None:
            if sum(key == route.key for key, _ in self._vendors) >= MOST_VENDORS:
                raise GatewayError(f"{MOST_VENDORS} vendor daemons have a port already")
            sock = self._listening(own.route.address, dict(own.route.vendor_ports).get(vendor, 0))
            listener = self._vendors[route.key, vendor] = Listener(sock, own.route, (vendor, place))
            await self._serve(listener, limits)
        listener.vendor = (vendor, place)
        return listener

    def is_own(self, address: str, port: int, sock: socket.socket) -> bool:
        """Whether a connection to that place leads back here."""
        if (address, port) in self._own:
            return True
        if port not in self._everywhere:
            return False
        with contextlib.suppress(OSError):  # a connection to oneself has the same address at both ends
            return bool(sock.getsockname()[0] == sock.getpeername()[0])
        return False

    async def close(self) -> None:
        """Accept no more, for good."""
        self._closed = True
        await _close((*self._routes.values(), *self._vendors.values()))


async def _close(listeners: Iterable[Listener]) -> None:
    listeners = tuple(listeners)
    await accept_no_more(listener.sock for listener in listeners)
    for listener in listeners:
        listener.close()


def _listening(address: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    sock = socket.socket(family)
    try:
        sock.setblocking(False)
        if os.name == "posix":  # elsewhere, it would bind beside another program
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, int(port != 0))
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, int(address != "::"))
        sock.bind((address, port))
        sock.listen(1)
    except BaseException:
        sock.close()
        raise
    return sock
