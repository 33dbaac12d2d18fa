"""Knock at random ports that no lab announces: a repair that opens everything else is found, whatever it spares.

On every machine, a listener waits at each of the chosen ports while a check lasts. So a check knows whether a connect
came through, whether its payload did, or whether a machine on the way accepted it.
"""

from __future__ import annotations

import asyncio
import contextlib
import enum
import random
import socket
from collections.abc import Collection, Iterable, Mapping
from typing import Final

import msgspec

from lmwire.lab.model import Passage, Unannounced
from lmwire.netns import Namespace
from lmwire.ports import DEFAULT_RANGE

__all__ = ["Knock", "choose", "knock_at"]

_BANDS: Final = (
    (1, 1023),
    (1024, 26999),
    (27010, 27059),
    (27060, 32767),
    (32768, 46999),
    (47000, 60999),
    (61000, 65535),
)
"""One port of each is tried: a well-known one, a neighbour of the license ports, two ephemeral ones, and others."""

_DNS: Final = 53
"""Each zone's name server listens there."""

_CONNECT_WAIT: Final = 1.5
_ANSWER_WAIT: Final = 1.2
_SIZES: Final = (70, 100, 150, 250, 500, 900, 1300)
"""Bytes of payload. A device that inspects traffic may be set to pass some sizes; each fits one packet."""

_BACKLOG: Final = 8


class Knock(msgspec.Struct, frozen=True, kw_only=True):
    """One port to knock at, from a zone's client."""

    zone: str
    address: str
    port: int
    stays: Passage

    @property
    def payload(self) -> bytes:
        """What both sides send."""
        return b"lmwire lab: no license server is here. ".ljust(_SIZES[self.port % len(_SIZES)], b".")


def choose(
    rules: Iterable[Unannounced],
    addresses: Mapping[str, str],
    taken: Collection[int],
    more_ports: Mapping[str, Collection[int]],
) -> tuple[Knock, ...]:
    """Return the knocks of one check: each has a port of its own, which tells them apart on the other side.

    Args:
        rules: what is to stay as it is.
        addresses: machine → its address, for the rules that name a machine.
        taken: ports that licenses and other services use.
        more_ports: address → further ports to knock at, which are a license server's elsewhere.
    """
    chance = random.SystemRandom()
    used = {*taken, *DEFAULT_RANGE, _DNS}
    chosen = []
    for rule in rules:
        address = addresses.get(rule.address, rule.address)
        ports = []
        for first, last in _BANDS:
            port = chance.choice([each for each in range(first, last + 1) if each not in used])
            used.add(port)
            ports.append(port)
        if rule.stays == "blocked":
            ports += more_ports.get(address, ())
        chosen += [Knock(zone=rule.zone, address=address, port=port, stays=rule.stays) for port in ports]
    return tuple(chosen)


def knock_at(knocks: Collection[Knock], nodes: Mapping[str, Namespace]) -> dict[Knock, Passage]:
    """Return what became of each knock. Takes seconds; needs no event loop in this thread."""
    with contextlib.ExitStack() as stack:
        by_port = {knock.port: knock for knock in knocks}
        listening = [sock for node in nodes.values() for sock in node.call(_listening, tuple(by_port))]
        for sock in listening:
            stack.callback(sock.close)
        calling = {knock: nodes[knock.zone].call(_socket, knock.address) for knock in knocks}
        for sock in calling.values():
            stack.callback(sock.close)
        return asyncio.run(_knock_at_all(calling, listening, _Arrivals(by_port)))


def _listening(ports: Iterable[int]) -> list[socket.socket]:
    made = []
    for port in ports:
        with contextlib.suppress(OSError):  # where somebody listens, nothing reaches us, and the check says so
            made.append(socket.create_server(("::", port), family=socket.AF_INET6, backlog=8, dualstack_ipv6=True))
    return made


def _socket(address: str) -> socket.socket:
    made = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
    made.setblocking(False)
    return made


class _Arrivals:
    """What came to the listeners: ports that were connected to, and those whose payload arrived."""

    def __init__(self, knocks: Mapping[int, Knock]) -> None:
        self._knocks = knocks
        self._accepted: set[int] = set()
        self._arrived: set[int] = set()
        self._taking: set[asyncio.Task[None]] = set()

    def come(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take a connection, in a task that `finish` waits for."""
        self._taking.add(asyncio.create_task(self._take(reader, writer)))

    async def finish(self) -> None:
        """Wait for all that came."""
        await asyncio.gather(*self._taking)

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        port = writer.get_extra_info("sockname")[1]
        self._accepted.add(port)
        with contextlib.suppress(OSError, TimeoutError):
            writer.write(self._knocks[port].payload)
            async with asyncio.timeout(_ANSWER_WAIT):
                if await reader.read(1):
                    self._arrived.add(port)
        writer.transport.abort()

    def passage(self, port: int, end: _End) -> Passage:
        """Return what became of a knock that ended so on the client."""
        if end is _End.NOTHING:
            return "blocked"
        if port not in self._accepted:
            return "elsewhere"
        return "passes" if end is _End.ANSWERED or port in self._arrived else "payload-lost"


class _End(enum.Enum):
    NOTHING = enum.auto()
    CONNECTED = enum.auto()
    ANSWERED = enum.auto()


async def _knock_at_all(
    calling: Mapping[Knock, socket.socket], listening: Iterable[socket.socket], arrivals: _Arrivals
) -> dict[Knock, Passage]:
    async with contextlib.AsyncExitStack() as stack:
        for sock in listening:
            await stack.enter_async_context(await asyncio.start_server(arrivals.come, sock=sock))
        told = await asyncio.gather(*(_knock(knock, sock) for knock, sock in calling.items()))
        await arrivals.finish()
    return {knock: arrivals.passage(knock.port, end) for knock, end in zip(calling, told, strict=True)}


async def _knock(knock: Knock, sock: socket.socket) -> _End:
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(_CONNECT_WAIT):
            await loop.sock_connect(sock, (knock.address, knock.port))
    except (OSError, TimeoutError):
        return _End.NOTHING
    with contextlib.suppress(OSError, TimeoutError):
        async with asyncio.timeout(_ANSWER_WAIT):
            await loop.sock_sendall(sock, knock.payload)
            if (await loop.sock_recv(sock, 1)) == knock.payload[:1]:
                return _End.ANSWERED
    return _End.CONNECTED
