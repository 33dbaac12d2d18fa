"""Connects whose packets live for a few hops only, without root: Linux tells what became of each.

`IP_TTL` gives a packet its life, `IP_RECVERR` the ICMP error and who sent it. `IP_MINTTL` lets the kernel pass over
answers that have less life left than asked for, which tells from how far away a reset comes. IPv6 has the same three.
`TCP_INFO` counts a SYN that was repeated as one that is on its way, but for one that this machine itself threw away.
"""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import socket
import struct
from collections.abc import Iterable, Sequence
from typing import Final, Protocol

from lmwire.addresses import is_loopback
from lmwire.evidence import Icmp
from lmwire.locate.errors import LocateError
from lmwire.locate.model import Fate, Knock, Seen
from lmwire.probe.concurrency import together
from lmwire.probe.kernel import TELLS_ICMP, ask_for_icmp, take_icmp

__all__ = ["Connects", "Knocker", "check", "fate_of_icmp", "own_address"]

# linux/in.h, linux/in6.h: numbers of the kernel's stable interface that Python does not export.
_IP_MINTTL: Final = 21
_IPV6_MINHOPCOUNT: Final = 73
_ABORT: Final = struct.pack("ii", 1, 0)  # struct linger: on, at once

# linux/tcp.h, struct tcp_info: tcpi_retrans and tcpi_total_retrans.
_INFO: Final = 104
_ON_ITS_WAY_AT: Final = 36
_REPEATED_AT: Final = 100
_COUNT: Final = struct.Struct("=I")
_REPEATED: Final = 1.8
"""Seconds within which a SYN was repeated for the first time."""
_GLANCE: Final = 0.05

_AT_A_TIME: Final = 64
_DISCARD: Final = 9

_FATES: Final = {
    errno.ECONNREFUSED: Fate.RESET,
    errno.ECONNRESET: Fate.RESET,
    errno.EACCES: Fate.DENIED,
    errno.EPERM: Fate.DENIED,
}
_EXCEEDED: Final = frozenset({(4, 11, 0), (6, 3, 0)})
_NOBODY: Final = frozenset({(4, 3, 1), (6, 1, 3)})
"""From ourselves: nobody on the link answers for the address."""


class Knocker(Protocol):
    """Whoever makes connects, or what looks like them."""

    async def knock(self, knocks: Sequence[Knock], wait: float) -> list[Seen]:
        """Make all of them side by side, wait at most so many seconds for each, and return what became of them."""

    async def leaves(self, port: int, wait: float) -> bool | None:
        """Whether packets to `port` leave this machine; None when that is not found out within `wait` seconds."""


class Connects:
    """Makes connects to one address, each closed as soon as its fate is known.

    Args:
        address: where to.
        local: this machine's own address towards it, see `own_address`.
    """

    def __init__(self, address: str, local: str) -> None:
        self._family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self._address = address
        self._local = local
        self._places = asyncio.Semaphore(_AT_A_TIME)

    async def knock(self, knocks: Sequence[Knock], wait: float) -> list[Seen]:
        """See `Knocker.knock`. Raises LocateError when there are no sockets to be had."""
        return await together(self._one(knock, wait) for knock in knocks)

    async def leaves(self, port: int, wait: float) -> bool | None:
        """See `Knocker.leaves`. The kernel repeats a SYN after a second; that one is counted."""
        loop = asyncio.get_running_loop()
        until = loop.time() + min(wait, _REPEATED)
        with self._open(Knock(port)) as sock:
            sock.connect_ex((self._address, port))
            while loop.time() < until:
                await asyncio.sleep(_GLANCE)
                told = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _INFO)
                repeated, on_its_way = (
                    _COUNT.unpack_from(told, at)[0] if len(told) == _INFO else 0
                    for at in (_REPEATED_AT, _ON_ITS_WAY_AT)
                )
                if repeated:
                    return bool(on_its_way)
        return None

    async def _one(self, knock: Knock, wait: float) -> Seen:
        async with self._places:
            with self._open(knock) as sock:
                return await self._connect(sock, knock.port, wait)

    def _open(self, knock: Knock) -> socket.socket:
        try:
            sock = socket.socket(self._family, socket.SOCK_STREAM)
        except OSError as error:
            raise LocateError(f"this machine gives no socket: {error.strerror}") from error
        for level, option, value in self._options(knock):
            sock.setsockopt(level, option, value)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _ABORT)
        sock.setblocking(False)
        ask_for_icmp(sock)
        return sock

    def _options(self, knock: Knock) -> Iterable[tuple[int, int, int]]:
        six = self._family == socket.AF_INET6
        level = socket.IPPROTO_IPV6 if six else socket.IPPROTO_IP
        if knock.life:
            yield level, socket.IPV6_UNICAST_HOPS if six else socket.IP_TTL, knock.life
        if knock.floor:
            yield level, _IPV6_MINHOPCOUNT if six else _IP_MINTTL, knock.floor

    async def _connect(self, sock: socket.socket, port: int, wait: float) -> Seen:
        try:
            async with asyncio.timeout(wait):
                await asyncio.get_running_loop().sock_connect(sock, (self._address, port))
        except TimeoutError as error:
            # The kernel's own time-out has a number.
            return Seen(fate=Fate.SILENT) if error.errno is None else self._failed(sock, error)
        except OSError as error:
            return self._failed(sock, error)
        return Seen(fate=Fate.ACCEPTED)

    def _failed(self, sock: socket.socket, error: OSError) -> Seen:
        icmp = take_icmp(sock)
        if icmp is not None:
            return Seen(fate=fate_of_icmp(icmp, self._local), icmp=icmp)
        if error.errno == errno.ETIMEDOUT:
            return Seen(fate=Fate.SILENT)
        return Seen(fate=_FATES.get(error.errno or 0, Fate.UNREACHABLE))


def check() -> None:
    """Raise LocateError where the system does not tell what connects need to be told."""
    if not TELLS_ICMP:
        raise LocateError(
            "only Linux tells programs which router sent an ICMP error: run `lmwire locate` on a Linux machine in the "
            "same network as the client"
        )


def fate_of_icmp(icmp: Icmp, local: str) -> Fate:
    """Return what an ICMP error says about a connect from `local`."""
    said = (icmp.version, icmp.type, icmp.code)
    if icmp.sender == local:
        return Fate.UNREACHABLE if said in _NOBODY else Fate.DENIED
    return Fate.PASSED if said in _EXCEEDED else Fate.REJECTED


def own_address(peer: str) -> str:
    """Return the address from which this machine would reach `peer`. Sends nothing.

    Raises:
        LocateError: there is no way there at all, or no router on it: the address is this machine's, or its link's.
    """
    if ipaddress.ip_address(peer).is_link_local:
        raise LocateError(
            f"{peer} is on a link of this machine, so no router is on the way: look at the firewalls of both ends"
        )
    family = socket.AF_INET6 if ":" in peer else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as sock:
            sock.connect((peer, _DISCARD))
            local = str(sock.getsockname()[0]).partition("%")[0]
    except OSError as error:
        raise LocateError(f"there is no way from this machine to {peer}: {error.strerror}") from error
    if local == peer.partition("%")[0] or _is_own(peer):
        raise LocateError(
            f"{peer} is this machine itself, so no router is on the way: look at its own firewall (`nft list ruleset`)"
        )
    return local


def _is_own(peer: str) -> bool:
    """Whether it is a loopback address, or the one that stands for all of this machine's."""
    found = ipaddress.ip_address(peer)
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return is_loopback(found) or (mapped or found).is_unspecified
