"""Asks the Linux kernel about a TCP socket, without root.

That is the ICMP error that ended a connect and who sent it (`IP_RECVERR`), whether our bytes were acknowledged
(`SIOCOUTQ`), and how often they had to be sent again (`TCP_INFO`). Elsewhere every function answers "not known".
"""

from __future__ import annotations

import contextlib
import errno
import ipaddress
import socket
import struct
import sys
from typing import Final

from lmwire.evidence import Icmp

__all__ = ["SOFT_ERRORS", "TELLS_ICMP", "ask_for_icmp", "retransmissions", "take_icmp", "unacknowledged"]

TELLS_ICMP: Final = sys.platform == "linux"

_SOFT_NAMES: Final = (
    *("EHOSTUNREACH", "ENETUNREACH", "ECONNREFUSED", "EACCES", "EPROTO"),
    *("ENOPROTOOPT", "EOPNOTSUPP", "EHOSTDOWN", "ENONET", "EMSGSIZE"),
)
SOFT_ERRORS: Final = frozenset(getattr(errno, name) for name in _SOFT_NAMES if hasattr(errno, name))
"""What ICMP errors become. A connection that a firewall calls unreachable stays open for us, as it would for an
application: go on waiting. There may be one for each retransmission, five a second: "host unreachable" keeps Linux
from slowing down (RFC 6069)."""

# linux/in.h, linux/in6.h, linux/errqueue.h: numbers of the kernel's stable interface that Python does not export.
_IP_RECVERR: Final = 11
_IPV6_RECVERR: Final = 25
_ORIGIN_ICMP: Final = {2: 4, 3: 6}  # SO_EE_ORIGIN_ICMP, SO_EE_ORIGIN_ICMP6 → IP version
_EXTENDED_ERROR: Final = struct.Struct("=IBBBBII")  # sock_extended_err: errno, origin, type, code, pad, info, data
_ADDRESS_AT: Final = {4: (_EXTENDED_ERROR.size + 4, 4), 6: (_EXTENDED_ERROR.size + 8, 16)}  # in sockaddr_in, _in6
_OUTQ: Final = struct.Struct("=i")
_RETRANSMISSIONS: Final = struct.Struct("=100xI")  # tcp_info up to tcpi_total_retrans, linux/tcp.h


def ask_for_icmp(sock: socket.socket) -> None:
    """Let the kernel keep ICMP errors for this socket. To be called before the connect."""
    if not TELLS_ICMP:
        return
    if sock.family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, _IPV6_RECVERR, 1)
    else:
        sock.setsockopt(socket.IPPROTO_IP, _IP_RECVERR, 1)


def take_icmp(sock: socket.socket) -> Icmp | None:
    """Return the ICMP error that the kernel keeps for this socket, if any, and forget it."""
    if not TELLS_ICMP:
        return None
    with contextlib.suppress(OSError):
        _, ancillary, _, _ = sock.recvmsg(1, 512, socket.MSG_ERRQUEUE | socket.MSG_DONTWAIT)
        for _level, _kind, data in ancillary:
            icmp = _parse(data)
            if icmp is not None:
                return icmp
    return None


def _parse(data: bytes) -> Icmp | None:
    if len(data) < _EXTENDED_ERROR.size:
        return None
    _errno, origin, kind, code, *_ = _EXTENDED_ERROR.unpack_from(data)
    version = _ORIGIN_ICMP.get(origin)
    if version is None:
        return None
    at, size = _ADDRESS_AT[version]
    sender = ipaddress.ip_address(data[at : at + size]) if len(data) >= at + size else ""
    return Icmp(type=kind, code=code, sender=str(sender), version=version)


def unacknowledged(sock: socket.socket) -> int | None:
    """Return how many of our bytes the peer's kernel has not acknowledged; None where the system does not say.

    Bytes that never left count: what this machine's own firewall turns away stays in the queue, and `TCP_INFO`
    would not count it as sent.
    """
    if not TELLS_ICMP:
        return None
    import fcntl  # noqa: PLC0415 # neither is there on Windows
    import termios  # noqa: PLC0415

    try:
        queued = fcntl.ioctl(sock, termios.TIOCOUTQ, bytes(_OUTQ.size))  # the same number as SIOCOUTQ, tcp(7)
    except OSError:
        return None
    (count,) = _OUTQ.unpack(queued)
    return int(count)


def retransmissions(sock: socket.socket) -> int | None:
    """Return how many segments, SYNs too, this side had to send again; None where the system does not say."""
    if not TELLS_ICMP:
        return None
    try:
        told = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _RETRANSMISSIONS.size)
    except OSError:
        return None
    if len(told) < _RETRANSMISSIONS.size:
        return None
    (count,) = _RETRANSMISSIONS.unpack(told)
    return int(count)
