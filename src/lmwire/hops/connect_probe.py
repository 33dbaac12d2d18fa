"""Connects with a small TTL, without root. Linux reports the result of each.

`IP_TTL` sets a packet's TTL, and `IP_RECVERR` reports the ICMP error and its sender. With `IP_MINTTL` the kernel
ignores answers with a smaller remaining TTL, which shows the distance of a reset's sender. IPv6 has the same options.
`TCP_INFO` counts a repeated SYN as sent, except one that this machine itself dropped.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import ipaddress
import socket
import struct
from collections.abc import Iterable, Sequence
from typing import Final, Protocol

from lmwire.addresses import is_loopback
from lmwire.evidence import Icmp
from lmwire.hops.errors import LocateError
from lmwire.hops.model import ConnectTry, Fate, Seen
from lmwire.probe.concurrency import together
from lmwire.probe.kernel import TELLS_ICMP, ask_for_icmp, take_icmp

__all__ = ["ConnectProbe", "KernelConnects", "check", "fate_of_icmp", "own_address"]

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
"""Seconds until the kernel repeats a SYN for the first time."""
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
"""An error from this machine: no machine on the link has the address."""


class ConnectProbe(Protocol):
    """Makes connects, or packets that look like connects."""

    async def try_all(self, connects: Sequence[ConnectTry], wait: float) -> list[Seen]:
        """Make all connects in parallel, wait at most `wait` seconds for each, and return the results."""

    async def leaves(self, port: int, wait: float) -> bool | None:
        """Whether packets to `port` leave this machine; None when that is unknown after `wait` seconds."""


class KernelConnects:
    """Makes connects to one address, and closes each as soon as its result is known.

    Args:
        address: the target.
        local: this machine's address on the path to it, see `own_address`.
    """

    def __init__(self, address: str, local: str) -> None:
        self._family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self._address = address
        self._local = local
        self._places = asyncio.Semaphore(_AT_A_TIME)

    async def try_all(self, connects: Sequence[ConnectTry], wait: float) -> list[Seen]:
        """See `ConnectProbe.try_all`. Raises LocateError when the system refuses a socket."""
        return await together(self._one(connect, wait) for connect in connects)

    async def leaves(self, port: int, wait: float) -> bool | None:
        """See `ConnectProbe.leaves`. Counts the SYN that the kernel repeats after a second."""
        loop = asyncio.get_running_loop()
        until = loop.time() + min(wait, _REPEATED)
        with self._open(ConnectTry(port)) as sock:
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

    async def _one(self, connect: ConnectTry, wait: float) -> Seen:
        async with self._places:
            with self._open(connect) as sock:
                return await self._connect(sock, connect.port, wait)

    def _open(self, connect: ConnectTry) -> socket.socket:
        try:
            sock = socket.socket(self._family, socket.SOCK_STREAM)
        except OSError as error:
            raise LocateError(f"this machine refuses a socket: {error.strerror}") from error
        for level, option, value in self._options(connect):
            sock.setsockopt(level, option, value)
        if connect.source:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # it may just have been used
            with contextlib.suppress(OSError):  # somebody has it: the system chooses another
                sock.bind((self._local, connect.source))
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _ABORT)
        sock.setblocking(False)
        ask_for_icmp(sock)
        return sock

    def _options(self, connect: ConnectTry) -> Iterable[tuple[int, int, int]]:
        six = self._family == socket.AF_INET6
        level = socket.IPPROTO_IPV6 if six else socket.IPPROTO_IP
        if connect.life:
            yield level, socket.IPV6_UNICAST_HOPS if six else socket.IP_TTL, connect.life
        if connect.floor:
            yield level, _IPV6_MINHOPCOUNT if six else _IP_MINTTL, connect.floor

    async def _connect(self, sock: socket.socket, port: int, wait: float) -> Seen:
        try:
            async with asyncio.timeout(wait):
                await asyncio.get_running_loop().sock_connect(sock, (self._address, port))
        except TimeoutError as error:
            # The kernel's own time-out has this error number.
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
    """Raise LocateError on a system that does not report ICMP errors to programs."""
    if not TELLS_ICMP:
        raise LocateError(
            "this system does not report the sender of an ICMP error: run `lmwire locate` on a Linux machine in the "
            "client's network"
        )


def fate_of_icmp(icmp: Icmp, local: str) -> Fate:
    """Return the meaning of an ICMP error for a connect from `local`."""
    said = (icmp.version, icmp.type, icmp.code)
    if icmp.sender == local:
        return Fate.UNREACHABLE if said in _NOBODY else Fate.DENIED
    return Fate.PASSED if said in _EXCEEDED else Fate.REJECTED


def own_address(peer: str) -> str:
    """Return this machine's address on the path to `peer`. Sends nothing.

    Raises:
        LocateError: no route to the address, or no router on the path: the address is this machine's or its link's.
    """
    if ipaddress.ip_address(peer).is_link_local:
        raise LocateError(
            f"{peer} is on a link of this machine, so no router is on the path: check the firewalls of both machines"
        )
    family = socket.AF_INET6 if ":" in peer else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as sock:
            sock.connect((peer, _DISCARD))
            local = str(sock.getsockname()[0]).partition("%")[0]
    except OSError as error:
        raise LocateError(f"this machine has no route to {peer}: {error.strerror}") from error
    if local == peer.partition("%")[0] or _is_own(peer):
        raise LocateError(
            f"{peer} is this machine itself, so no router is on the path: check its own firewall (`nft list ruleset`)"
        )
    return local


def _is_own(peer: str) -> bool:
    """Whether it is a loopback address, or the unspecified address."""
    found = ipaddress.ip_address(peer)
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return is_loopback(found) or (mapped or found).is_unspecified
