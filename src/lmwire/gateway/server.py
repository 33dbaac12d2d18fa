"""The gateway: listeners, the sessions of their clients, and the bounds of both."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import ipaddress
import socket
from collections import Counter, OrderedDict
from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from lmwire.accepting import accept_no_more
from lmwire.addresses import endpoint
from lmwire.descriptors import room
from lmwire.gateway.errors import GatewayError
from lmwire.gateway.names import Names
from lmwire.gateway.plan import GatewayPlan, Limits
from lmwire.gateway.records import SessionRecord
from lmwire.gateway.routes import Route, routes_of
from lmwire.gateway.session import KnownReferral, Session, VendorPlace
from lmwire.gateway.side import Side, keep_alive
from lmwire.gateway.upstream import Reached
from lmwire.ports import port_dialled
from lmwire.session.idle_echo import MOST_ECHOES
from lmwire.text import printable
from lmwire.wire import Referral

__all__ = ["Gateway", "Watcher"]

_MOST_VENDORS: Final = 64
"""Ports for vendor daemons of one route, in the mode "referral"."""

_KEPT: Final = 2.0
"""Seconds that a referral is used for other clients: many start at once, and lmgrd would say the same to all."""

_PER_SESSION: Final = 2
"""Descriptors of one session: the client's, and lmgrd's or the vendor daemon's."""


class Watcher(Protocol):
    """Hears what happens. Never waits."""

    def ended(self, record: SessionRecord) -> None:
        """Hear of a session that is over."""

    def failed(self, route: Route, vendor: str) -> None:
        """Hear that a server could not be reached for a client that asks for `vendor`, which is not escaped."""

    def moved(self, route: Route, vendor: str, before: int | None, now: int) -> None:
        """Hear to which port lmgrd refers, when it is the first time or another port than before."""


class _Listener:
    """A socket that listens, and what its clients get; that changes with the plan."""

    def __init__(self, sock: socket.socket, route: Route, vendor: tuple[str, VendorPlace] | None = None) -> None:
        self.sock = sock
        self.route = route
        self.vendor = vendor
        self.server: asyncio.Server | None = None

    @property
    def place(self) -> tuple[str, int]:
        """Its own address and port."""
        address, port, *_ = self.sock.getsockname()
        return address, port

    def close(self) -> None:
        """Accept no more. Sessions go on."""
        if self.server is not None:
            self.server.close()
        self.sock.close()


class Gateway:
    """Serves a plan's routes, between `start` and `stop`.

    Args:
        watcher: hears what happens.
        inherited: sockets that listen already, as from systemd; each is taken for the route with its address, or else
            for the routes in order.
    """

    def __init__(self, plan: GatewayPlan, watcher: Watcher, inherited: Sequence[socket.socket] = ()) -> None:
        self.plan = plan
        self.names = Names()
        self.sessions: dict[Session, None] = {}
        self.total = 0
        """Sessions that have ended."""
        self.vendor_ports: dict[tuple[Route, str], int] = {}
        self._watcher = watcher
        self._inherited = list(inherited)
        self._listeners: dict[tuple[str, int], _Listener] = {}
        self._vendors: dict[tuple[tuple[str, int], str], _Listener] = {}
        self._waiting: OrderedDict[Session, None] = OrderedDict()
        self._echoing: set[Session] = set()
        self._clients: Counter[str] = Counter()
        self._own: set[tuple[str, int]] = set()
        self._everywhere: set[int] = set()
        self._known: dict[tuple[Route, str], tuple[float, KnownReferral]] = {}
        self._idle = asyncio.Event()
        self._most = 1

    @property
    def limits(self) -> Limits:
        """See `SessionHouse`."""
        return self.plan.limits

    @property
    def places(self) -> Sequence[tuple[Route, tuple[str, int]]]:
        """Each route with the address and port of its listener."""
        return [(listener.route, listener.place) for listener in self._listeners.values()]

    # Start, change, stop.

    async def start(self) -> None:
        """Listen on every route.

        Raises:
            GatewayError: a listener cannot be had.
        """
        await self.change(self.plan)

    async def change(self, plan: GatewayPlan) -> None:
        """Go on with another plan: listeners that stay are kept, and so is every session.

        Raises:
            GatewayError: a new listener cannot be had. Nothing has changed then.
        """
        routes = {route.key if route.port else (route.address, -number): route for number, route in _numbered(plan)}
        opened: dict[tuple[str, int], _Listener] = {}
        try:
            for key, route in routes.items():
                if key not in self._listeners:
                    opened[key] = _Listener(self._socket(route), route)
        except GatewayError:
            for listener in opened.values():
                listener.close()
            raise
        self.plan = plan
        self._known.clear()
        await _close(self._adopt(routes))
        self._listeners |= opened
        fitting, backlog = room(max(len(self._listeners), 1))
        fitting = max(fitting // _PER_SESSION, 1)
        self._most = min(plan.limits.sessions or fitting, fitting)
        for listener in opened.values():
            await self._serve(listener, backlog)

    def _adopt(self, routes: Mapping[tuple[str, int], Route]) -> list[_Listener]:
        """Give listeners their routes. Return those without one, which are the gateway's no longer."""
        gone = [self._listeners.pop(key) for key in tuple(self._listeners) if key not in routes]
        for key, listener in self._listeners.items():
            listener.route = routes[key]
        for (key, vendor), listener in tuple(self._vendors.items()):
            if key in routes:
                listener.route = routes[key]
            else:
                gone.append(self._vendors.pop((key, vendor)))
        return gone

    async def _serve(self, listener: _Listener, backlog: int) -> None:
        loop = asyncio.get_running_loop()

        def client() -> Side:
            vendor = listener.vendor
            session = Session(self, listener.route, vendor and vendor[1])
            if vendor is not None:
                session.handshake.vendor = vendor[0]
            return session.client

        keep_alive(listener.sock, self.limits)
        listener.server = await loop.create_server(client, sock=listener.sock, backlog=backlog)
        self._own = {listener.place for listener in (*self._listeners.values(), *self._vendors.values())}
        self._everywhere = {port for address, port in self._own if ipaddress.ip_address(address).is_unspecified}

    def _socket(self, route: Route) -> socket.socket:
        for sock in self._inherited:
            if sock.getsockname()[:2] == route.key:
                self._inherited.remove(sock)
                return sock
        if self._inherited:
            return self._inherited.pop(0)
        return _listening(route.address, route.port)

    async def stop_listening(self) -> None:
        """Accept no more. Sessions go on."""
        await _close((*self._listeners.values(), *self._vendors.values()))

    async def stop(self, drain: float) -> None:
        """Accept no more; give sessions `drain` seconds; end those that are left."""
        await self.stop_listening()
        for session in (*self._waiting, *self._echoing):
            session.end("the gateway stopped")
        if self.sessions and drain > 0:
            self._idle.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._idle.wait(), drain)
        for session in tuple(self.sessions):
            session.end("the gateway stopped")
        await asyncio.sleep(0)  # the connections' ends are reported by the event loop
        while self.sessions:
            self._idle.clear()
            await self._idle.wait()

    # What sessions tell; see `SessionHouse`.

    def opened(self, session: Session) -> str:
        """See `SessionHouse`."""
        address = session.peer[0]
        self.sessions[session] = None
        self._clients[address] += 1
        allow = session.route.allow
        if allow is not None and not _within(address, allow):
            return "this client's address is not allowed"
        if self._clients[address] > self.limits.per_client:
            return f"this client has {self.limits.per_client} connections already"
        if len(self.sessions) > self._most and not self._make_room(session):
            return f"there are {self._most} sessions already"
        if session.waits_for_hello:
            self._waiting[session] = None
            if len(self._waiting) > self.limits.waiting:
                self._make_room(session)
        return ""

    def _make_room(self, keep: Session) -> bool:
        """End the connection that waited longest for its hello, or one that measures; return whether there was one."""
        for oldest in self._waiting:
            if oldest is not keep:
                del self._waiting[oldest]
                oldest.end("made room for others before it said hello")
                return True
        for measuring in self._echoing:  # a license is worth more than a measurement
            if measuring is not keep:
                self._echoing.discard(measuring)
                measuring.end("made room for others")
                return True
        return False

    def introduced(self, session: Session) -> None:
        """See `SessionHouse`."""
        self._waiting.pop(session, None)

    def may_echo(self, session: Session) -> bool:
        """See `SessionHouse`."""
        if len(self._echoing) >= MOST_ECHOES:
            return False
        self._echoing.add(session)
        return True

    def is_own(self, reached: Reached) -> bool:
        """See `SessionHouse`."""
        if (reached.address, reached.port) in self._own:
            return True
        if reached.port not in self._everywhere:
            return False
        try:  # a connection to oneself has the same address at both ends
            return bool(reached.sock.getsockname()[0] == reached.sock.getpeername()[0])
        except OSError:
            return False

    def known_referral(self, session: Session) -> KnownReferral | None:
        """See `SessionHouse`."""
        known = self._known.get((session.route, session.handshake.vendor))
        if known is None or asyncio.get_running_loop().time() - known[0] > _KEPT:
            return None
        return known[1]

    def followed(self, session: Session, referral: KnownReferral | None) -> None:
        """See `SessionHouse`."""
        key = (session.route, session.handshake.vendor)
        if referral is None:
            self._known.pop(key, None)
        elif len(self._known) < _MOST_VENDORS or key in self._known:
            self._known[key] = (asyncio.get_running_loop().time(), referral)

    def referred(self, session: Session, vendor: str, port: int) -> None:
        """See `SessionHouse`."""
        key = (session.route, vendor)
        before = self.vendor_ports.get(key)
        if before != port and (before is not None or len(self.vendor_ports) < _MOST_VENDORS * len(self._listeners)):
            self.vendor_ports[key] = port
            self._watcher.moved(session.route, printable(vendor, 60), before, port)

    def failed(self, session: Session) -> None:
        """See `SessionHouse`."""
        self._watcher.failed(session.route, session.handshake.vendor)

    async def vendor_listener(self, session: Session, referral: Referral) -> tuple[str, int]:
        """See `SessionHouse`."""
        route, vendor = session.route, session.handshake.vendor
        key = next((key for key, one in self._listeners.items() if one.route is route), route.key)
        place = VendorPlace(referral.host, port_dialled(referral.port), session.lmgrd_address)
        listener = self._vendors.get((key, vendor))
        if listener is None:
            if sum(key == other for other, _ in self._vendors) >= _MOST_VENDORS:
                raise OSError(0, f"{_MOST_VENDORS} vendor daemons have one already")
            try:
                sock = _listening(route.address, dict(route.vendor_ports).get(vendor, 0))
            except GatewayError as error:
                raise OSError(0, error.message) from error
            listener = self._vendors[key, vendor] = _Listener(sock, route, (vendor, place))
            await self._serve(listener, room(len(self._listeners) + len(self._vendors))[1])
        listener.vendor = (vendor, place)
        return route.advertise or session.local[0], listener.place[1]

    def closed(self, session: Session) -> None:
        """See `SessionHouse`."""
        self._waiting.pop(session, None)
        self._echoing.discard(session)
        if session not in self.sessions:
            return
        del self.sessions[session]
        self.total += 1
        address = session.peer[0]
        self._clients[address] -= 1
        if not self._clients[address]:
            del self._clients[address]
        self._watcher.ended(session.record())
        if not self.sessions:
            self._idle.set()


_HINTS: Final[Mapping[int, str]] = {
    errno.EADDRINUSE: "another program listens there, perhaps a license server of this machine: choose another port",
    errno.EACCES: "ports below 1024 belong to root: choose another",
    errno.EADDRNOTAVAIL: "this machine has no such address; 0.0.0.0 is all of its own",
}


async def _close(listeners: Sequence[_Listener]) -> None:
    await accept_no_more(listener.sock for listener in listeners)
    for listener in listeners:
        listener.close()


def _numbered(plan: GatewayPlan) -> list[tuple[int, Route]]:
    return list(enumerate(routes_of(plan), 1))


def _within(address: str, allowed: Sequence[ipaddress.IPv4Network | ipaddress.IPv6Network]) -> bool:
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:  # a client that was gone before it was asked for its address
        return False
    return any(found in network for network in allowed if network.version == found.version)


def _listening(address: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    sock = socket.socket(family)
    try:
        sock.setblocking(False)
        if port:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, int(address != "::"))
        sock.bind((address, port))
        sock.listen(1)
    except OSError as error:
        sock.close()
        hint = _HINTS.get(error.errno or 0, "choose another")
        raise GatewayError(f"cannot listen on {endpoint(address, port)}: {error.strerror}", hint) from error
    return sock
