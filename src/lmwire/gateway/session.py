"""One client's connection, from accept to its end: the handshake's actions, done on sockets."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, TypeVarTuple

import msgspec

from lmwire.addresses import endpoint
from lmwire.defaults import CONNECT_WAIT
from lmwire.diagnosis.verdicts.ids import VerdictId
from lmwire.evidence import Connect, Role
from lmwire.gateway.errors import GatewayError
from lmwire.gateway.handshake import Action as HandshakeAction
from lmwire.gateway.handshake import (
    Echo,
    Finish,
    GoToVendor,
    Handshake,
    HandshakeState,
    JoinLmgrd,
    Refer,
    ToClient,
    ToLmgrd,
)
from lmwire.gateway.house import KnownReferral, SessionHouse, VendorPlace
from lmwire.gateway.plan import Limits, Mode
from lmwire.gateway.records import EndedBy, SessionRecord
from lmwire.gateway.routes import Route
from lmwire.gateway.side import INHERITED, Side, keep_alive, no_keepalive
from lmwire.gateway.upstream import Reached, UnreachedError, reach
from lmwire.ports import port_dialled
from lmwire.session.idle_echo import BUSY, GOODBYE, MOST_SECONDS
from lmwire.text import printable
from lmwire.wire import Referral, TextAnswer, encode

__all__ = ["Session"]

_STALL: Final = 5.0
"""Seconds without a byte, after which an incomplete answer goes to the client as it is. A client waits 10 s."""

_WORDS: Final[Mapping[Connect, str]] = {
    Connect.REFUSED: "refuses the connection",
    Connect.REJECTED: "cannot be reached: a firewall rejects the connection",
    Connect.UNREACHABLE: "cannot be reached: there is no route",
    Connect.DENIED: "cannot be reached: this machine forbids it",
}

_FAILURES: Final[Mapping[tuple[Role, Connect], VerdictId]] = {
    (role, kind): VerdictId(f"{role.value}-{kind.value}") for role in Role for kind in (*_WORDS, Connect.FILTERED)
}
"""Connects that fail → verdict."""


_Ts = TypeVarTuple("_Ts")


class Session:
    """A client's connection and the one to its server. `client` is the protocol that a listener needs.

    Args:
        route: what the client connected to.
        vendor: name and place of the vendor daemon that the client was referred to; None: lmgrd is asked.
    """

    def __init__(self, house: SessionHouse, route: Route, vendor: tuple[str, VendorPlace] | None = None) -> None:
        self.route = route
        self.client = Side(self)
        self.peer: tuple[str, int] = ("", 0)
        self.local: tuple[str, int] = ("", 0)
        self.lmgrd_address = ""
        if vendor is None:
            self.handshake = Handshake(rewrite=route.mode is Mode.REFERRAL, vendors=route.vendors)
        else:
            name, place = vendor
            self.lmgrd_address = place.lmgrd
            self.handshake = Handshake(vendors={name}, straight=(place.host, place.port))
        self.refused = False
        self.over = False
        self._house = house
        self._loop = asyncio.get_running_loop()
        self._server: Side | None = None
        self._task: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._stall: asyncio.TimerHandle | None = None
        self._bounded_by: float | None = None
        self._time = datetime.now(UTC)
        self._since = self._loop.time()
        self._asked_at: float | None = None
        self._connect_seconds: float | None = None
        self._vendor_daemon = ""
        self._ended = ""
        self._ended_by = EndedBy.NOBODY
        self._failure = ""
        self._uses_known = False

    @property
    def waits_for_hello(self) -> bool:
        """Whether the client has not said anything that goes to a server."""
        return self._asked_at is None

    # What the sides tell.

    def made(self, side: Side) -> None:
        """See `SideOwner`."""
        if side is not self.client or side.transport is None:
            return
        self.peer = _place(side.transport.get_extra_info("peername"))
        self.local = _place(side.transport.get_extra_info("sockname"))
        if not INHERITED:
            keep_alive(side.transport.get_extra_info("socket"), self._house.limits)
        if why := self._house.opened(self):
            self.refused = True
            self.end(why)
            return
        self._watch()

    def said(self, side: Side, data: bytes) -> None:
        """See `SideOwner`."""
        if self.handshake.state is HandshakeState.ENDED:
            return
        if side is self.client:
            self._do(self.handshake.client_said(data))
        elif side is self._server:
            self._do(self.handshake.lmgrd_said(data))
            self._watch_for_a_stall()

    def closed(self, side: Side) -> None:
        """See `SideOwner`."""
        copying = self.handshake.state is HandshakeState.COPYING
        if side is self.client:
            self._note_end("the client closed", EndedBy.CLIENT)
            if not copying:  # no license client waits for an answer after it has closed
                self.end(self._ended, by=EndedBy.CLIENT, reset=False)
        elif side is self._server:
            if copying:
                self._note_end("the server closed", EndedBy.SERVER)
            else:
                self._do(self.handshake.lmgrd_closed(), by=EndedBy.SERVER)

    def full(self, side: Side, *, full: bool) -> None:
        """See `SideOwner`: a client that does not read its answers is not read, and neither is lmgrd."""
        for one in (self.client, self._server):
            if one is not None and side is self.client:
                (one.pause if full else one.resume)()

    def lost(self, side: Side, error: Exception | None) -> None:
        """See `SideOwner`."""
        if side is self.client:
            if error is not None:
                self._note_end(f"the client {_how(error)}", EndedBy.CLIENT)
            self._stop_waiting()
            if self._server is not None:
                self._server.finish(reset=error is not None)
        elif side is self._server:
            if error is not None and self.handshake.state in {HandshakeState.LISTENING, HandshakeState.ASKING}:
                self._do(self.handshake.lmgrd_closed(reset=True), by=EndedBy.SERVER)
            elif error is not None:
                self._note_end(f"the server {_how(error)}", EndedBy.SERVER)
            self.client.finish(reset=error is not None)
        self._settle()

    def _settle(self) -> None:
        """Report to the gateway once nothing of the session is left."""
        if self.over or self.client.alive or (self._server is not None and self._server.alive):
            return
        self.over = True
        self._stop_waiting()
        self._house.closed(self)

    # What the handshake wants.

    def _do(self, actions: Iterable[HandshakeAction], by: EndedBy = EndedBy.GATEWAY) -> None:
        for action in actions:
            match action:
                case ToClient(data):
                    self.client.send(data)
                case ToLmgrd(data, hello):
                    self._ask(data, hello=hello)
                case GoToVendor(host, port, data):
                    self._introduced()
                    self._house.referred(self, self.handshake.vendor, port)
                    self._leave_lmgrd()
                    self._start(self._go, VendorPlace(host, port, self.lmgrd_address), data)
                case Refer(referral):
                    self._house.referred(self, self.handshake.vendor, port_dialled(referral.port))
                    self._start(self._refer, referral)
                case JoinLmgrd(to_client, to_lmgrd):
                    self.client.send(to_client)
                    self._join(to_lmgrd)
                case Echo(answer):
                    self._echo(answer)
                case Finish(why, reset):
                    self.end(why, by=by, reset=reset)
        self._watch()

    def _ask(self, data: bytes, *, hello: bool) -> None:
        self._introduced()
        known = self._house.known_referral(self) if hello and self._server is None else None
        self._uses_known = known is not None
        if known is not None:
            self.lmgrd_address = known.lmgrd_address
            self._do(self.handshake.refer_to(known.host, known.port))
        elif self._server is None:
            self._start(self._reach_lmgrd, data)
        else:
            self._server.send(data)

    def _echo(self, answer: bytes) -> None:
        """Return to the client what it sends, and be as silent as it is: see `lmwire.session.idle_echo`."""
        self._introduced()
        if not self._house.may_echo(self):
            self.client.send(encode(TextAnswer(text=BUSY)))
            self.end("as many measurements run as are allowed", reset=False)
        elif self.client.transport is not None:
            no_keepalive(self.client.transport.get_extra_info("socket"))
            self.client.send(answer)
            self.client.join(self.client)

    def _introduced(self) -> None:
        if self._asked_at is None:
            self._asked_at = self._loop.time()
            self._house.introduced(self)

    def _join(self, data: bytes) -> None:
        """Copy both ways between the client and the server that is connected now."""
        if self._server is None:
            return
        self._connected()
        self._server.send(data)
        self.client.join(self._server)
        self._server.join(self.client)

    def _connected(self) -> None:
        if self._asked_at is not None:
            self._connect_seconds = self._loop.time() - self._asked_at
        self._failure = ""

    def _leave_lmgrd(self) -> None:
        """Close the connection to lmgrd, as a client does once it is referred."""
        lmgrd, self._server = self._server, None
        if lmgrd is not None:
            lmgrd.finish(reset=False)

    # Servers.

    async def _reach_lmgrd(self, data: bytes) -> None:
        route = self.route
        self.lmgrd_address = await self._house.names.address(route.host)
        if not self.lmgrd_address:
            self._fail(VerdictId.NAME_UNRESOLVABLE)
            self.end(f"{route.name}: the name {printable(route.host, 60)} does not resolve")
            return
        reached = await self._reach(Role.LMGRD, (self.lmgrd_address,), route.server_port)
        if reached is not None and await self._connect(reached) and self._server is not None:
            self._server.send(data)

    async def _go(self, place: VendorPlace, data: bytes) -> None:
        """Connect to the vendor daemon where a client would: at the referral's host, then at lmgrd's address."""
        addresses = list(dict.fromkeys(filter(None, (await self._house.names.address(place.host), place.lmgrd))))
        if not place.port or not addresses:
            self._fail(VerdictId.REFERRAL_UNRESOLVABLE if place.port else VerdictId.REFERRAL_INVALID)
            where = f"{printable(place.host, 60)}:{place.port}"
            why = "the name does not resolve" if place.port else "port 0 is not valid"
            self.end(f"lmgrd refers to {where}: {why}")
            return
        reached = await self._reach(Role.VENDOR, addresses, place.port)
        if reached is None:
            return
        if not await self._connect(reached):
            return
        if self.handshake.was_referred and not self._uses_known:
            self._house.followed(self, KnownReferral(place.host, place.port, place.lmgrd))
        self._vendor_daemon = endpoint(reached.address, reached.port)
        self._join(data + self.handshake.vendor_reached())
        self._watch()

    async def _reach(self, role: Role, addresses: Sequence[str], port: int) -> Reached | None:
        """Connect to a server. A connect that fails ends the session as the client would see it; None then.

        One that nobody answers does not: the client meets the same silence, until it or the deadline ends it.
        """
        slow = self._loop.call_later(CONNECT_WAIT, self._fail, _FAILURES[role, Connect.FILTERED])
        try:
            return await reach(addresses, port, self._house.limits)
        except UnreachedError as error:
            kind = error.end.connect
            if self._uses_known:  # the vendor daemon has moved meanwhile, or is down
                self._uses_known = False
                self._house.followed(self, None)
                self._do(self.handshake.ask_again())
                return None
            self._fail(_FAILURES.get((role, kind), VerdictId.INCONCLUSIVE))
            self.end(f"{error.where} {_WORDS.get(kind, 'cannot be reached')}")
            return None
        finally:
            slow.cancel()

    async def _connect(self, reached: Reached) -> bool:
        """Take a connection for the server's. Return False when it leads back to this gateway: the session ends."""
        if self._house.is_own(reached):
            reached.sock.close()
            self._fail(VerdictId.INCONCLUSIVE)
            self.end(f"{endpoint(reached.address, reached.port)} is this gateway itself")
            return False
        self._failure = ""  # it only took long
        side = Side(self)
        self._server = side
        await self._loop.create_connection(lambda: side, sock=reached.sock)
        return True

    async def _refer(self, referral: Referral) -> None:
        try:
            host, port = await self._house.vendor_listener(self, referral)
        except GatewayError as error:
            self.end(f"no port can be opened for the vendor daemon: {error.one_line}")
            return
        self.client.send(encode(msgspec.structs.replace(referral, host=host, port=port)))

    def _start(self, work: Callable[[*_Ts], Coroutine[Any, Any, None]], *arguments: *_Ts) -> None:
        self._task = self._loop.create_task(self._guarded(work, *arguments))

    async def _guarded(self, work: Callable[[*_Ts], Coroutine[Any, Any, None]], *arguments: *_Ts) -> None:
        try:
            await work(*arguments)
        except OSError as error:  # the connection was lost before it was ours
            self.end(f"the connection to a server failed: {error.strerror or error}")
        except Exception as error:  # noqa: BLE001 - a fault of ours must neither hide nor keep a client waiting
            self._loop.call_exception_handler({"message": "a session failed", "exception": error})
            self.end("a fault of the gateway itself")

    # Time, and the end.

    def _watch(self) -> None:
        """Bound the time in each state of the handshake."""
        patient = self.handshake.damaged  # the client waits for what is missing
        seconds = _bound(HandshakeState.ASKING if patient else self.handshake.state, self._house.limits)
        if seconds == self._bounded_by:
            return
        self._bounded_by = seconds
        if self._timer is not None:
            self._timer.cancel()
        if seconds is not None:
            self._timer = self._loop.call_later(seconds, self._late, seconds)

    def _late(self, seconds: float) -> None:
        self.end(f"waited {seconds:g} s for {self.handshake.state.value}")

    def _watch_for_a_stall(self) -> None:
        if self._stall is not None:
            self._stall.cancel()
        if self.handshake.holds_part_of_an_answer:
            self._stall = self._loop.call_later(_STALL, lambda: self._do(self.handshake.lmgrd_paused()))

    def _stop_waiting(self) -> None:
        for handle in (self._timer, self._stall):
            if handle is not None:
                handle.cancel()
        if self._task is not None and self._task is not asyncio.current_task():
            self._task.cancel()

    def _fail(self, failure: VerdictId) -> None:
        self._failure = str(failure)
        self._house.failed(self)

    def _note_end(self, why: str, by: EndedBy) -> None:
        if not self._ended:
            self._ended, self._ended_by = why, by

    def end(self, why: str, *, by: EndedBy = EndedBy.GATEWAY, reset: bool = True) -> None:
        """End both connections."""
        self._note_end(why, by)
        if self.handshake.state is HandshakeState.ECHOING and by is EndedBy.GATEWAY:
            self.client.send(GOODBYE)
            reset = self.client.is_stuck
        self.handshake.end()
        self._stop_waiting()
        self.client.finish(reset=reset)
        if self._server is not None:
            self._server.finish(reset=reset)
        self._settle()

    def record(self) -> SessionRecord:
        """Return what is known of the session."""
        return SessionRecord(
            time=self._time,
            server=self.route.name,
            listener=self.local[1],
            peer=self.peer[0],
            peer_port=self.peer[1],
            client=self.handshake.speaker,
            vendor=printable(self.handshake.vendor, 60),
            asked=tuple(self.handshake.asked),
            vendor_daemon=self._vendor_daemon,
            error=self.handshake.refused,
            connect_seconds=None if self._connect_seconds is None else round(self._connect_seconds, 6),
            bytes_up=self.client.received,
            bytes_down=self._server.received if self._server is not None else 0,
            seconds=round(self._loop.time() - self._since, 6),
            ended=self._ended if self.over or self._ended_by is EndedBy.GATEWAY else "",
            ended_by=self._ended_by,
            failure=self._failure,
        )


def _bound(state: HandshakeState, limits: Limits) -> float | None:
    if state is HandshakeState.LISTENING:
        return limits.hello_seconds
    if state is HandshakeState.ECHOING:
        return MOST_SECONDS
    return limits.answer_seconds if state in {HandshakeState.ASKING, HandshakeState.GOING} else None


def _how(error: Exception) -> str:
    if isinstance(error, ConnectionResetError | BrokenPipeError | ConnectionAbortedError):
        return "reset the connection"
    if isinstance(error, TimeoutError):
        return "does not answer any more"
    return f"connection failed: {printable(str(error), 80)}"


def _place(name: tuple[Any, ...] | None) -> tuple[str, int]:
    if not name:  # a client that has disconnected has none
        return ("", 0)
    address: str = name[0]
    if address.startswith("::ffff:"):
        mapped = getattr(ipaddress.ip_address(address), "ipv4_mapped", None)
        address = address if mapped is None else str(mapped)
    return (address, name[1])
