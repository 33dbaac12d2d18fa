"""A small authoritative DNS server inside a namespace, over UDP and TCP, IPv4 and IPv6."""

from __future__ import annotations

import contextlib
import selectors
import socket
import struct
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from types import TracebackType
from typing import Self

from lmwire.netns.errors import NetworkError
from lmwire.netns.namespace import Namespace
from lmwire.netns.stop import Stop
from lmwire.netns.zone import DnsAnswer, DnsZone, Query, Special, View, respond

__all__ = ["DnsAnswer", "DnsServer", "DnsZone", "Query", "Special", "View"]

_LONGEST = 65_535
_LENGTH = 2  # bytes before each message over TCP
_CONNECTIONS = 64  # at once; a further one is closed
_SECONDS = 10.0  # that a connection may last
_LOGGED = 10_000  # questions; the oldest are forgotten
_IP_PKTINFO = 8  # linux/in.h; the module socket has no name for it before Python 3.14


class DnsServer:
    """A server that answers from `zone` as soon as it is constructed, on all addresses of `namespace`.

    It ignores messages that are not DNS questions. Closing it, or the namespace, ends it. Raises NetworkError
    when the port is taken.

    >>> with DnsServer(server, DnsZone.of({"licsrv": "192.0.2.7"})) as names:  # doctest: +SKIP
    ...     client.nameservers(network.address("server"))
    ...     client.run(["getent", "hosts", "licsrv"])
    ...     names.queries
    """

    def __init__(self, namespace: Namespace, zone: DnsZone, *, port: int = 53) -> None:
        self._zone = zone
        self._log: deque[Query] = deque(maxlen=_LOGGED)
        try:
            datagrams, listeners = namespace.call(_open, port)
        except OSError as error:
            raise NetworkError(f"cannot listen on port {port} of {namespace.name}: {error.strerror}") from error
        self._task = namespace.thread(self._serve, datagrams, listeners)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def queries(self) -> tuple[Query, ...]:
        """All questions so far, the oldest first."""
        return tuple(self._log)

    def close(self) -> None:
        """Stop answering; a second time does nothing."""
        self._task.stop()

    def _serve(self, stop: Stop, datagrams: list[socket.socket], listeners: list[socket.socket]) -> None:
        conversations: dict[socket.socket, _Conversation] = {}
        with contextlib.ExitStack() as stack, selectors.DefaultSelector() as selector:
            for endpoint in (*datagrams, *listeners):
                stack.enter_context(endpoint)
            selector.register(stop, selectors.EVENT_READ, stop.is_set)
            for endpoint in datagrams:
                selector.register(endpoint, selectors.EVENT_READ, partial(self._datagram, endpoint))
            for endpoint in listeners:
                accept = partial(self._accept, endpoint, selector, conversations)
                selector.register(endpoint, selectors.EVENT_READ, accept)
            while not stop.is_set():
                for key, _ in selector.select(_SECONDS if conversations else None):
                    key.data()
                _drop(selector, conversations, [c for c, talk in conversations.items() if talk.is_over()])
            _drop(selector, conversations, list(conversations))

    def _reply(self, wire: bytes, client: str, transport: str) -> bytes | None:
        answered = respond(self._zone, wire, client, transport)
        if answered is None:
            return None
        query, response = answered
        self._log.append(query)
        return response

    def _datagram(self, endpoint: socket.socket) -> None:
        with contextlib.suppress(OSError):  # an ICMP error of an earlier answer, or the client has gone
            wire, control, _, address = endpoint.recvmsg(_LONGEST, socket.CMSG_SPACE(20))
            response = self._reply(wire, address[0], "udp")
            if response is not None:
                endpoint.sendmsg([response], [_same_address(*message) for message in control], 0, address)

    def _accept(
        self,
        listener: socket.socket,
        selector: selectors.BaseSelector,
        conversations: dict[socket.socket, _Conversation],
    ) -> None:
        with contextlib.suppress(OSError):
            connection, address = listener.accept()
            if len(conversations) >= _CONNECTIONS:
                connection.close()
                return
            connection.setblocking(False)
            conversation = _Conversation(connection, lambda wire: self._reply(wire, address[0], "tcp"))
            conversations[connection] = conversation
            selector.register(connection, selectors.EVENT_READ, conversation.read)


class _Conversation:
    """A TCP connection: messages, each with its length before it."""

    def __init__(self, connection: socket.socket, reply: Callable[[bytes], bytes | None]) -> None:
        self._connection = connection
        self._reply = reply
        self._received = b""
        self._deadline = time.monotonic() + _SECONDS
        self._closed = False

    def is_over(self) -> bool:
        return self._closed or time.monotonic() >= self._deadline

    def read(self) -> None:
        try:
            received = self._connection.recv(_LONGEST)
            self._received += received
            self._closed = not received or not self._answer()
        except BlockingIOError:
            return
        except OSError:
            self._closed = True

    def _answer(self) -> bool:
        """Answer every whole message; False when the client does not take the answers."""
        while len(self._received) >= _LENGTH:
            end = _LENGTH + int.from_bytes(self._received[:_LENGTH])
            if len(self._received) < end:
                break
            wire, self._received = self._received[_LENGTH:end], self._received[end:]
            response = self._reply(wire)
            if response is not None:
                framed = struct.pack("!H", len(response)) + response
                if self._connection.send(framed) < len(framed):
                    return False
        return True


def _drop(
    selector: selectors.BaseSelector,
    conversations: dict[socket.socket, _Conversation],
    connections: list[socket.socket],
) -> None:
    for connection in connections:
        selector.unregister(connection)
        del conversations[connection]
        connection.close()


def _open(port: int) -> tuple[list[socket.socket], list[socket.socket]]:
    with contextlib.ExitStack() as stack:
        datagrams, listeners = [], []
        for family, address in _families():
            endpoint = stack.enter_context(socket.socket(family, socket.SOCK_DGRAM))
            if family == socket.AF_INET6:
                endpoint.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                endpoint.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
            else:
                endpoint.setsockopt(socket.IPPROTO_IP, _IP_PKTINFO, 1)
            endpoint.bind((address, port))
            listener = stack.enter_context(socket.create_server((address, port), family=family))
            for opened in (endpoint, listener):
                opened.setblocking(False)
            datagrams.append(endpoint)
            listeners.append(listener)
        stack.pop_all()
    return datagrams, listeners


def _families() -> tuple[tuple[socket.AddressFamily, str], ...]:
    ipv4 = ((socket.AF_INET, "0.0.0.0"),)  # noqa: S104 - all addresses of the namespace, which no other machine reaches
    return (*ipv4, (socket.AF_INET6, "::")) if socket.has_ipv6 else ipv4


def _same_address(level: int, kind: int, data: bytes) -> tuple[int, int, bytes]:
    """Return the control message that answers from the address that was asked, by whichever interface leads there."""
    if level == socket.IPPROTO_IP:
        local = struct.unpack_from("=I4s", data)[1]
        return level, kind, struct.pack("=I4s4s", 0, local, bytes(4))
    return level, kind, data[:16] + struct.pack("=I", 0)
