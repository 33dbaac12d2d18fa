"""One question on one connection, and how it ended."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import socket
from collections.abc import AsyncIterator
from typing import Final

import msgspec

from lmwire.evidence import Asked, Connect, Leg
from lmwire.legs import ConnectEnd, Destination, TalkEnd, Traffic, broken, make_leg, rejected_by
from lmwire.probe.kernel import ask_for_icmp, take_icmp
from lmwire.probe.settings import ProbeError, Settings
from lmwire.probe.talk import talk
from lmwire.wire import Referral

__all__ = ["ProbedLeg", "Question", "ask", "connected_socket"]

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


class Question(Destination, frozen=True, kw_only=True):
    """What to ask, of whom, and for which vendor daemon."""

    asked: Asked = Asked.HELLO
    vendor: str = ""


class ProbedLeg(msgspec.Struct, frozen=True, kw_only=True):
    """A leg, with the referral or the text that it brought."""

    leg: Leg
    referral: Referral | None = None
    text: str = ""


async def ask(
    question: Question, settings: Settings, *, began: float, connected: asyncio.Event | None = None
) -> ProbedLeg:
    """Connect, ask, and return the leg.

    Args:
        question: whom to ask what; with `Asked.NOTHING` the connection is closed again at once.
        settings: waits, own address, identity.
        began: the loop's time at which the walk began, for `Leg.at`.
        connected: set as soon as the connect succeeded.

    Raises:
        ProbeError: the system gives no socket, or it can't be bound to the own address asked for.
    """
    loop = asyncio.get_running_loop()
    at = loop.time()
    async with connected_socket(question, settings) as (sock, connect):
        end, traffic = TalkEnd(), Traffic()
        if connect.connect is Connect.ESTABLISHED:
            if connected is not None:
                connected.set()
            if connect.detail:
                end, traffic = broken(connect.detail), Traffic(asked=question.asked)
            elif question.asked is not Asked.NOTHING:
                end, traffic = await talk(sock, question.asked, question.vendor, settings)
    leg = make_leg(question, connect, end, traffic, at=at - began, seconds=loop.time() - at)
    return ProbedLeg(leg=leg, referral=end.referral, text=end.text)


@contextlib.asynccontextmanager
async def connected_socket(question: Question, settings: Settings) -> AsyncIterator[tuple[socket.socket, ConnectEnd]]:
    """Connect; the block gets the socket and how the connect ended. Raises ProbeError as `ask` does."""
    with _open_socket(question.address, settings.source) as sock:
        yield sock, await _connect(sock, question, settings.connect_wait)


def _open_socket(address: str, source: str) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        sock = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        raise ProbeError(f"this machine gives no socket: {error.strerror}") from error
    try:
        sock.setblocking(False)
        ask_for_icmp(sock)
        if source:
            sock.bind((source, 0))
    except OSError as error:
        sock.close()
        raise ProbeError(f"can't connect from {source}: {error.strerror}") from error
    return sock


async def _connect(sock: socket.socket, question: Question, wait: float) -> ConnectEnd:
    loop = asyncio.get_running_loop()
    began = loop.time()
    try:
        async with asyncio.timeout(wait):
            await loop.sock_connect(sock, (question.address, question.port))
    except OSError as error:  # the time-out is one too
        return _not_connected(sock, question.address, error, loop.time() - began)
    return ConnectEnd(connect=Connect.ESTABLISHED, seconds=loop.time() - began, local=_local(sock))


def _not_connected(sock: socket.socket, address: str, error: OSError, seconds: float) -> ConnectEnd:
    local = _local(sock) or _own_address(address)
    icmp = take_icmp(sock)
    detail = os.strerror(error.errno) if error.errno else ""
    if icmp is not None:
        connect = rejected_by(icmp, local=local, address=address)
    elif isinstance(error, socket.gaierror):
        connect, detail = Connect.UNREACHABLE, "there is no such network interface"  # of a scoped address
    elif error.errno is None:  # asyncio's own time-out
        connect = Connect.FILTERED
    elif error.errno in _CONNECT_ERRORS:
        connect = _CONNECT_ERRORS[error.errno]
    else:
        raise ProbeError(f"connect failed in an unexpected way: {detail}") from error
    return ConnectEnd(connect=connect, seconds=seconds, icmp=icmp, detail=detail, local=local)


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
