"""The mock: lmgrd and its vendor daemons on real sockets, ready on entry, gone on exit.

async with AsyncMockServer(scenario("vendor-filtered")) as mock:
    ...  # mock.target, mock.vendors, mock.conversations
"""

from __future__ import annotations

import asyncio
import types
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Final, Self

from lmwire.accepting import TURNS, accept_no_more
from lmwire.descriptors import room
from lmwire.session.idle_echo import MOST_ECHOES, MOST_SECONDS
from lmwire_mockserver.addresses import LOOPBACK, ServerHost, host_on
from lmwire_mockserver.behaviour import DaemonFacts
from lmwire_mockserver.connection import Connection, Limits
from lmwire_mockserver.conversation import Conversation, EndReason
from lmwire_mockserver.daemons import Daemons
from lmwire_mockserver.listeners import Port
from lmwire_mockserver.scenario import Listen, Scenario, Servers

__all__ = ["AsyncMockServer"]

_SWEEP: Final = 1.0
_LICENSE_PATH: Final = "{lmgrd_port}@{server}"


class AsyncMockServer:
    """Plays the servers of a scenario. Use it once, with `async with`; it never grants a license.

    Args:
        behaviour: a scenario, or just its servers; by default a healthy lmgrd with one vendor daemon.
        host: the machine of the servers; it gives the addresses and ports that are not given here.
        bind: the address to listen on instead of the one of `host`, and the name of the server.
        lmgrd_port: of the first lmgrd; 0 takes any that is free.
        vendor_ports: of the vendor daemons, in order; 0 as above.
        vendors: names that replace the scenario's, in order; more names are more healthy vendor daemons.
        referral_host: the host of lmgrd's referral, instead of the scenario's.
        limits: the limits of a client.
        on_conversation: called with each conversation at its end.

    Raises:
        ListenError: on entry; the mock cannot take a port.
        Exception: on exit, the first fault of the mock's own, unless another exception is on its way.
    """

    def __init__(
        self,
        behaviour: Scenario | Servers | None = None,
        *,
        host: ServerHost = LOOPBACK,
        bind: str | None = None,
        lmgrd_port: int | None = None,
        vendor_ports: Sequence[int] = (),
        vendors: Sequence[str] = (),
        referral_host: str | None = None,
        limits: Limits | None = None,
        on_conversation: Callable[[Conversation], None] | None = None,
    ) -> None:
        self.limits = limits or Limits()
        self.total = 0
        """Conversations that have ended, forgotten ones included."""
        played = behaviour if isinstance(behaviour, Scenario) else None
        self._template = played.license_path if played else _LICENSE_PATH
        servers = behaviour if isinstance(behaviour, Servers) else played.servers if played else Servers()
        if played and host.is_network:
            host = replace(host, server=played.network.server or host.server)
        elif played and bind is None:
            bind = played.loopback.bind
        self._reserve: Callable[[], Daemons] = partial(
            Daemons.reserve,
            servers,
            host if bind is None else host_on(bind, host.ports),
            lmgrd_port=lmgrd_port,
            vendor_ports=vendor_ports,
            vendors=vendors,
            referral_host=referral_host,
        )
        self._on_conversation = on_conversation
        self._daemons: Daemons | None = None
        self._listeners: list[asyncio.Server] = []
        self._connections: OrderedDict[Connection, None] = OrderedDict()  # the one that was idle longest first
        self._leaving: set[Connection] = set()
        self._conversations: deque[Conversation] = deque(maxlen=self.limits.remembered)
        self._changed = asyncio.Event()
        self._failure: Exception | None = None
        self._most, self._backlog = self.limits.connections, 1
        self._sweeper: asyncio.TimerHandle | None = None
        self._stopping = False

    # Questions of the owner.

    @property
    def daemons(self) -> Daemons:
        """Every daemon with its port, between entry and exit."""
        if self._daemons is None:
            raise RuntimeError("the mock is not running: enter it with `async with` first")
        return self._daemons

    @property
    def lmgrd_port(self) -> int:
        """The port of the first lmgrd."""
        return self.lmgrd_ports[0]

    @property
    def lmgrd_ports(self) -> tuple[int, ...]:
        """The port of each lmgrd."""
        return tuple(daemon.port.number for daemon in self.daemons.lmgrds)

    @property
    def vendors(self) -> Mapping[str, int]:
        """Vendor daemon → port."""
        return {daemon.setting.name: daemon.port.number for daemon in self.daemons.vendors}

    @property
    def target(self) -> str:
        """The first lmgrd as `PORT@HOST`."""
        return self.daemons.fill(_LICENSE_PATH, brackets=True)

    @property
    def license_path(self) -> str:
        """The value of LM_LICENSE_FILE of the scenario's application."""
        return self.daemons.fill(self._template, brackets=True)

    @property
    def conversations(self) -> tuple[Conversation, ...]:
        """The conversations that have ended, oldest first, as far as they are remembered."""
        return tuple(self._conversations)

    @property
    def open_conversations(self) -> tuple[Conversation, ...]:
        """The conversations that have not ended, as far as they have come."""
        return tuple(connection.so_far for connection in (*self._connections, *self._leaving))

    @property
    def connected(self) -> int:
        """How many conversations have not ended."""
        return len(self._connections) + len(self._leaving)

    async def take_in(self) -> None:
        """Let clients that have connected, and what they have said, come in: the kernel has it sooner than we."""
        for _ in range(TURNS):
            await asyncio.sleep(0)

    async def wait_for_conversations(
        self,
        count: int,
        timeout: float = 5.0,  # noqa: ASYNC109 - the error says more than a bare deadline could
    ) -> tuple[Conversation, ...]:
        """Wait until `count` conversations have ended since the start, and return those remembered.

        Raises:
            TimeoutError: `timeout` seconds passed first.
        """
        try:
            async with asyncio.timeout(timeout):
                while self.total < count:
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            raise TimeoutError(f"{self.total} of {count} conversations ended within {timeout} s") from None
        return self.conversations

    # Start and stop.

    async def __aenter__(self) -> Self:
        self._daemons = self._reserve()
        fitting, self._backlog = room(len(self._daemons.ports))
        self._most = min(self.limits.connections, fitting)
        try:
            for facts, port in self._daemons.facts():
                await self._open(facts, port)
        except BaseException:
            await self._stop()
            raise
        self._sweep()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: types.TracebackType | None
    ) -> None:
        await self._stop()
        if self._failure is not None:
            if error is None:
                raise self._failure
            error.add_note(f"the mock failed as well: {self._failure!r}")

    async def _open(self, facts: DaemonFacts, port: Port) -> None:
        port.start()
        if port.listen is Listen.OPEN:
            loop = asyncio.get_running_loop()
            listener = await loop.create_server(
                partial(Connection, self, facts, loop), sock=port.socket, backlog=self._backlog
            )
            self._listeners.append(listener)

    async def _stop(self) -> None:
        self._stopping = True
        if self._sweeper is not None:
            self._sweeper.cancel()
        await accept_no_more(sock for listener in self._listeners for sock in listener.sockets)
        for listener in self._listeners:
            listener.close()
        for connection in self._connections:
            connection.end(EndReason.STOPPED)
        while self._connections or self._leaving:
            self._changed.clear()
            await self._changed.wait()
        if self._daemons is not None:
            self._daemons.close()

    # Reports of the connections.

    def opened(self, connection: Connection) -> None:
        """See `House`."""
        self._connections[connection] = None
        if self._stopping:
            connection.end(EndReason.STOPPED)
        elif len(self._connections) > self._most:
            evicted, _ = self._connections.popitem(last=False)
            self._leaving.add(evicted)
            evicted.end(EndReason.EVICTED)

    def active(self, connection: Connection) -> None:
        """See `House`."""
        if connection in self._connections:
            self._connections.move_to_end(connection)

    def may_echo(self, connection: Connection) -> bool:
        """See `House`."""
        return connection in self._connections and sum(each.echoes for each in self._connections) < MOST_ECHOES

    def closed(self, connection: Connection, conversation: Conversation) -> None:
        """See `House`."""
        self._connections.pop(connection, None)
        self._leaving.discard(connection)
        self.total += 1
        self._conversations.append(conversation)
        self._changed.set()
        if self._on_conversation is not None:
            try:
                self._on_conversation(conversation)
            except Exception as error:  # noqa: BLE001 - carried to the owner
                self.failed(error)

    def failed(self, error: Exception) -> None:
        """See `House`."""
        self._failure = self._failure or error

    def _sweep(self) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        for connection in tuple(self._connections):
            if now - connection.since > (MOST_SECONDS if connection.echoes else self.limits.lifetime):
                connection.end(EndReason.LIFETIME)
            elif connection.echoes:
                continue
            elif now - connection.touched > self.limits.idle and not connection.waited_for:
                connection.end(EndReason.IDLE)
        self._sweeper = loop.call_later(min(_SWEEP, self.limits.idle / 4, self.limits.lifetime / 4), self._sweep)
