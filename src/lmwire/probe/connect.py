"""One TCP connect, and how it ended."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
from typing import Final

from lmwire.evidence import Connect
from lmwire.legs import ConnectEnd, Destination, rejected_by
from lmwire.probe.kernel import ask_for_icmp, take_icmp
from lmwire.probe.settings import ProbeError

__all__ = ["connect", "open_socket", "timed_out"]

# errno → how the connect ended, when no ICMP error tells more.
_CONNECT_ERRORS: Final = {
    errno.ECONNREFUSED: Connect.REFUSED,
    errno.ECONNRESET: Connect.ESTABLISHED,  # only what was accepted can be reset: a refusal has a number of its own
    errno.ETIMEDOUT: Connect.FILTERED,
    errno.ENETUNREACH: Connect.UNREACHABLE,
    errno.EHOSTUNREACH: Connect.UNREACHABLE,
    errno.ENETDOWN: Connect.UNREACHABLE,
    errno.EHOSTDOWN: Connect.UNREACHABLE,
    errno.EADDRNOTAVAIL: Connect.UNREACHABLE,  # no own address of that kind to connect from
    errno.EINVAL: Connect.UNREACHABLE,  # a scoped address without its scope
    errno.EACCES: Connect.DENIED,
    errno.EPERM: Connect.DENIED,
}


def open_socket(address: str, source: str, ports: range | None = None) -> socket.socket:
    """Return a socket for a connect to `address`, from the own address `source` and a port of `ports`, if given.

    Raises:
        ProbeError: the system gives no socket, or it cannot be bound to `source`.
    """
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        sock = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        raise ProbeError(f"this machine gives no socket: {error.strerror}") from error
    try:
        sock.setblocking(False)
        ask_for_icmp(sock)
        if ports is not None:
            _bind_to_free(sock, source, ports)
        elif source:
            sock.bind((source, 0))
    except OSError as error:
        sock.close()
        raise ProbeError(f"cannot connect from {source}: {error.strerror}") from error
    return sock


def _bind_to_free(sock: socket.socket, source: str, ports: range) -> None:
    for port in ports:
        try:
            sock.bind((source, port))
        except OSError as error:
            if error.errno != errno.EADDRINUSE or port == ports[-1]:
                raise
        else:
            return


async def connect(sock: socket.socket, to: Destination, wait: float | None) -> ConnectEnd:
    """Connect within `wait` seconds; None: for as long as the system tries.

    Raises:
        ProbeError: for an error that tells nothing of the network.
    """
    loop = asyncio.get_running_loop()
    began = loop.time()
    try:
        async with asyncio.timeout(wait):
            await loop.sock_connect(sock, (to.address, to.port))
    except OSError as error:  # the time-out is one too
        return _not_connected(sock, to.address, error, loop.time() - began)
    return ConnectEnd(connect=Connect.ESTABLISHED, seconds=loop.time() - began, local=_local(sock))


def timed_out(sock: socket.socket, address: str, seconds: float) -> ConnectEnd:
    """Return the end of a connect that was given up after `seconds`."""
    return _not_connected(sock, address, TimeoutError(), seconds)


def _not_connected(sock: socket.socket, address: str, error: OSError, seconds: float) -> ConnectEnd:
    local = _local(sock) or _own_address(address)
    icmp = take_icmp(sock)
    detail = os.strerror(error.errno) if error.errno else ""
    if icmp is not None:
        end = rejected_by(icmp, local=local, address=address)
    elif isinstance(error, socket.gaierror):
        end, detail = Connect.UNREACHABLE, "there is no such network interface"  # of a scoped address
    elif error.errno is None:  # asyncio's own time-out
        end = Connect.FILTERED
    elif error.errno in _CONNECT_ERRORS:
        end = _CONNECT_ERRORS[error.errno]
    else:
        raise ProbeError(f"connect failed in an unexpected way: {detail}") from error
    return ConnectEnd(connect=end, seconds=seconds, icmp=icmp, detail=detail, local=local)


def _local(sock: socket.socket) -> str:
    try:
        address = str(sock.getsockname()[0])
    except OSError:
        return ""
    return "" if address in {"0.0.0.0", "::"} else address  # noqa: S104 # compared, not bound


def _own_address(peer: str) -> str:
    """Return the address from which this machine would reach `peer`; empty when there is no route. Sends nothing."""
    family = socket.AF_INET6 if ":" in peer else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as sock:
            sock.connect((peer, 9))
            return _local(sock)
    except OSError:
        return ""
