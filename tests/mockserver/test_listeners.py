from __future__ import annotations

import errno
import socket

import pytest

from lmwire_mockserver.errors import ListenError
from lmwire_mockserver.listeners import Port
from lmwire_mockserver.scenario import Listen

pytestmark = pytest.mark.slow

HOST = "127.0.0.1"


def connect(port: int, *, host: str = HOST, timeout: float = 5.0) -> str:
    """Return how a connect ends: "open", or the name of the exception."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as client:
        client.settimeout(timeout)
        try:
            client.connect((host, port))
        except OSError as error:
            return type(error).__name__
        return "open"


@pytest.mark.parametrize("host", [HOST, "::1"])
@pytest.mark.parametrize(
    ("listen", "ends"),
    [(Listen.OPEN, "open"), (Listen.CLOSED, "ConnectionRefusedError"), (Listen.FILTERED, "TimeoutError")],
)
def test_a_port_does_with_connects_what_it_should(host: str, listen: Listen, ends: str) -> None:
    port = Port(host, 0, listen)
    try:
        port.start()
        # A SYN that is dropped is sent again after one second: two are dropped within 1.5 s.
        timeout = 1.5 if listen is Listen.FILTERED else 5.0
        assert connect(port.number, host=host, timeout=timeout) == ends
    finally:
        port.close()


def test_a_port_is_filtered_also_when_a_client_takes_the_place_in_its_queue() -> None:
    port = Port(HOST, 0, Listen.FILTERED)
    sooner = socket.socket()

    class Sooner(socket.socket):
        def listen(self, backlog: int = 0) -> None:
            super().listen(backlog)
            sooner.connect((HOST, port.number))

    port.socket = Sooner(fileno=port.socket.detach())
    with sooner:
        try:
            port.start()
            assert connect(port.number, timeout=0.5) == "TimeoutError"
        finally:
            port.close()


@pytest.mark.parametrize("host", [HOST, "::1", "0.0.0.0", "::"])
@pytest.mark.parametrize("listen", Listen)
def test_a_claim_keeps_the_port_for_the_next(host: str, listen: Listen) -> None:
    first = Port(host, 0, listen)
    first.start()
    with first.claim():
        first.close()
        others = [_bound(host, first.number, reuse=reuse) for reuse in (False, True)]
        for _ in range(2):
            following = Port(host, first.number, Listen.OPEN)
            following.start()
            assert connect(first.number, host=_reached(host)) == "open"
            following.close()
    assert others == ["EADDRINUSE", "bound"], "only who asks for this very port, and says so, gets it"


def _bound(host: str, port: int, *, reuse: bool) -> str:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, int(reuse))
        try:
            other.bind((host, port))
        except OSError as error:
            return errno.errorcode[error.errno or 0]
        return "bound"


def _reached(host: str) -> str:
    return {"0.0.0.0": HOST, "::": "::1"}.get(host, host)


def test_a_filtered_port_drops_every_one_of_many_connects() -> None:
    port = Port(HOST, 0, Listen.FILTERED)
    clients = [socket.socket() for _ in range(20)]
    try:
        port.start()
        for client in clients:
            client.setblocking(False)
            assert client.connect_ex((HOST, port.number)) == errno.EINPROGRESS
        assert connect(port.number, timeout=1.5) == "TimeoutError"
        assert [client.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) for client in clients] == [0] * 20
        for client in clients:
            with pytest.raises(OSError, match="not connected"):
                client.getpeername()
    finally:
        for client in clients:
            client.close()
        port.close()


def test_a_filtered_port_on_all_addresses_is_filtered_on_each() -> None:
    port = Port("::", 0, Listen.FILTERED)
    try:
        port.start()
        assert [connect(port.number, host=host, timeout=0.5) for host in ("::1", HOST)] == ["TimeoutError"] * 2
    finally:
        port.close()


def test_a_closed_port_is_nobody_elses() -> None:
    port = Port(HOST, 0, Listen.CLOSED)
    try:
        port.start()
        with pytest.raises(ListenError, match="it is in use\nHint: stop what uses it, or choose another port"):
            Port(HOST, port.number, Listen.CLOSED).start()
    finally:
        port.close()


def test_a_port_can_be_had_again_at_once() -> None:
    first = Port(HOST, 0, Listen.OPEN)
    first.start()
    assert connect(first.number) == "open"
    first.close()
    second = Port(HOST, first.number, Listen.OPEN)
    second.start()
    second.close()


def test_an_address_of_somebody_else_is_explained() -> None:
    with pytest.raises(ListenError) as caught:
        Port("192.0.2.1", 0, Listen.OPEN)
    assert (caught.value.address, caught.value.reason) == ("192.0.2.1", "this machine has no such address")
    assert "0.0.0.0 means all" in caught.value.remedy
