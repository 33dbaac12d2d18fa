"""A network to look at, and the two ends of a TCP conversation."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable, Iterator

import pytest

from lmwire.netns import Namespace, Network, Stop

Talk = Callable[[Namespace, Namespace, str, bytes], bytes]


@pytest.fixture
def network() -> Iterator[Network]:
    with Network() as built:
        yield built


def _echo(stop: Stop, listener: socket.socket) -> None:
    with listener, contextlib.suppress(TimeoutError):
        listener.settimeout(20)
        connection, _ = listener.accept()
        with connection:
            connection.settimeout(20)
            while not stop.is_set() and (received := connection.recv(65_536)):
                connection.sendall(received)


def _ask(address: str, port: int, payload: bytes) -> bytes:
    with socket.create_connection((address, port), 20) as connection:
        connection.sendall(payload)
        connection.shutdown(socket.SHUT_WR)
        with connection.makefile("rb") as answer:
            return answer.read()


@pytest.fixture
def talk() -> Talk:
    """Send bytes from one namespace to an echo server in another, at its address, and return what came back."""

    def _talk(client: Namespace, server: Namespace, address: str, payload: bytes) -> bytes:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        listener = server.call(socket.create_server, (address, 0), family=family)
        port = listener.getsockname()[1]
        server.thread(_echo, listener)
        return client.call(_ask, address, port, payload)

    return _talk
