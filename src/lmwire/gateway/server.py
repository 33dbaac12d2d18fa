"""The gateway: listeners, the sessions of their clients, and the bounds of both."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
from collections import Counter, OrderedDict
from collections.abc import Sequence
from typing import Final, Protocol

from lmwire.descriptors import room
from lmwire.gateway.house import KnownReferral, VendorPlace
from lmwire.gateway.listeners import MOST_VENDORS, Listener, Listeners
from lmwire.gateway.names import Names
from lmwire.gateway.plan import GatewayPlan, Limits
from lmwire.gateway.records import SessionRecord
from lmwire.gateway.routes import Route, routes_of
from lmwire.gateway.session import Session
from lmwire.gateway.side import Side
from lmwire.gateway.upstream import Reached
from lmwire.ports import port_dialled
from lmwire.session.idle_echo import MOST_ECHOES
from lmwire.text import printable
from lmwire.wire import Referral

__all__ = ["Gateway", "Watcher"]

_STOPPED: Final = "the gateway stopped"

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


class Gateway:
    """Serves a plan's routes, between `start` and `stop`.

    Args:
        watcher: hears what happens.
        inherited: sockets that listen already, as from systemd; each must be the listener of a route.
    """

    def __init__(self, plan: GatewayPlan, watcher: Watcher, inherited: Sequence[socket.socket] = ()) -> None:
        self.plan = plan
        self.names = Names()
        self.sessions: dict[Session, None] = {}
        self.total = 0
        """Sessions that have ended."""
        self.vendor_ports: dict[tuple[Route, str], int] = {}
        self._watcher = watcher
        self._listeners = Listeners(inherited, self._client)
        self._waiting: OrderedDict[Session, None] = OrderedDict()
        self._echoing: set[Session] = set()
        self._clients: Counter[str] = Counter()
        self._stopping = False
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
        return [(listener.route, listener.place) for listener in self._listeners]

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
        routes = routes_of(plan)
        await self._listeners.change(routes, plan.limits)
        self.plan = plan
        self._known.clear()
        self.vendor_ports = {(of, vendor): port for (of, vendor), port in self.vendor_ports.items() if of in routes}
        fitting = max(room(len(routes))[0] // _PER_SESSION, 1)
        self._most = min(plan.limits.sessions or fitting, fitting)

    def _client(self, listener: Listener) -> Side:
        """Return the protocol of a client that connects to a listener."""
        return Session(self, listener.route, listener.vendor).client

    async def stop_listening(self) -> None:
        """Accept no more. Sessions go on."""
        self._stopping = True
        await self._listeners.close()

    async def stop(self, drain: float) -> None:
        """Accept no more; give sessions `drain` seconds; end those that are left."""
        await self.stop_listening()
        for session in (*self._waiting, *self._echoing):
            session.end(_STOPPED)
        if self.sessions and drain > 0:
            self._idle.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._idle.wait(), drain)
        while self.sessions:
            self._idle.clear()
            for session in tuple(self.sessions):
                session.end(_STOPPED)
            if self.sessions:  # the connections' ends are reported by the event loop
                await self._idle.wait()

    # What sessions tell; see `SessionHouse`.

    def opened(self, session: Session) -> str:
        """See `SessionHouse`."""
        address = session.peer[0]
        self.sessions[session] = None
        self._clients[address] += 1
        if self._stopping:
            return _STOPPED
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
        return self._listeners.is_own(reached.address, reached.port, reached.sock)

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
        elif len(self._known) < MOST_VENDORS or key in self._known:
            self._known[key] = (asyncio.get_running_loop().time(), referral)

    def referred(self, session: Session, vendor: str, port: int) -> None:
        """See `SessionHouse`."""
        key = (session.route, vendor)
        before = self.vendor_ports.get(key)
        if before != port and (before is not None or len(self.vendor_ports) < MOST_VENDORS * len(self.plan.servers)):
            self.vendor_ports[key] = port
            self._watcher.moved(session.route, printable(vendor, 60), before, port)

    def failed(self, session: Session) -> None:
        """See `SessionHouse`."""
        self._watcher.failed(session.route, session.handshake.vendor)

    async def vendor_listener(self, session: Session, referral: Referral) -> tuple[str, int]:
        """See `SessionHouse`."""
        place = VendorPlace(referral.host, port_dialled(referral.port), session.lmgrd_address)
        listener = await self._listeners.for_vendor(session.route, session.handshake.vendor, place, self.limits)
        return listener.route.advertise or session.local[0], listener.place[1]

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


def _within(address: str, allowed: Sequence[ipaddress.IPv4Network | ipaddress.IPv6Network]) -> bool:
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:  # a client that was gone before it was asked for its address
        return False
    return any(found in network for network in allowed if network.version == found.version)
