"""Plain sockets that talk to a gateway, and servers that do what a test says."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Iterator

from lmwire.gateway.plan import GatewayPlan, GatewayServer, Limits, Mode
from lmwire.wire import Frame, FrameReader, Hello, HelloAnswer, Message, Referral, encode

__all__ = [
    "ANSWER",
    "HELLO",
    "connect",
    "frames",
    "listening",
    "plan_for",
    "read_all",
    "read_exactly",
    "read_message",
    "reset",
    "served",
]

HOST = "127.0.0.1"
SECONDS = 10.0
HELLO = encode(Hello(vendor="ibmratl", user="anna", host="ws12", pid=4711))
ANSWER = encode(HelloAnswer(vendor="ibmratl", host="licsrv"))


def plan_for(port: int, *, mode: Mode = Mode.ONE_PORT, limits: Limits | None = None, **server: object) -> GatewayPlan:
    """Return a plan with one server, on loopback, that listens on any free port."""
    one = GatewayServer(server=f"{port}@{HOST}", listen=f"{HOST}:0", mode=mode, **server)  # type: ignore[arg-type]
    return GatewayPlan(servers=(one,), limits=limits or Limits())


def connect(port: int, *said: bytes) -> socket.socket:
    """Connect, and say something."""
    sock = socket.create_connection((HOST, port), SECONDS)
    for data in said:
        sock.sendall(data)
    return sock


def read_message(sock: socket.socket) -> Message:
    """Read one message."""
    return next(frames(sock)).message()


def frames(sock: socket.socket) -> Iterator[Frame]:
    """Read frame after frame until the stream ends."""
    reader = FrameReader()
    while True:
        frame = reader.next_frame()
        while isinstance(frame, Frame):
            yield frame
            frame = reader.next_frame()
        data = sock.recv(4096)
        if not data:
            return
        reader.receive_data(data)


def read_all(sock: socket.socket) -> bytes:
    """Read until the other end closes. ConnectionResetError when it resets."""
    data = b""
    while piece := sock.recv(1 << 16):
        data += piece
    return data


def read_exactly(sock: socket.socket, count: int) -> bytes:
    """Read so many bytes, or fewer where the stream ends."""
    data = b""
    while len(data) < count and (piece := sock.recv(count - len(data))):
        data += piece
    return data


def reset(sock: socket.socket) -> None:
    """End a connection by RST."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


@contextlib.contextmanager
def listening(serve: Callable[[socket.socket], None]) -> Iterator[int]:
    """Serve each connection in a thread; yield the port."""
    threads: list[threading.Thread] = []
    with socket.create_server((HOST, 0)) as listener:

        def one(sock: socket.socket) -> None:
            with sock, contextlib.suppress(OSError):
                sock.settimeout(SECONDS)
                serve(sock)

        def accept() -> None:
            while True:
                try:
                    sock, _ = listener.accept()
                except OSError:
                    return
                threads.append(threading.Thread(target=one, args=(sock,)))
                threads[-1].start()

        accepting = threading.Thread(target=accept)
        accepting.start()
        try:
            yield listener.getsockname()[1]
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            accepting.join(SECONDS)
    for thread in threads:
        thread.join(SECONDS)


@contextlib.contextmanager
def served(vendor: Callable[[socket.socket], None]) -> Iterator[int]:
    """Run an lmgrd that refers to a vendor daemon which does as `vendor` says, after the hello; yield lmgrd's port."""

    def answer_hello(sock: socket.socket) -> None:
        if next(frames(sock), None) is None:  # the client has gone meanwhile
            return
        sock.sendall(ANSWER)
        vendor(sock)

    with listening(answer_hello) as port:
        referral = encode(Referral(host=HOST, port=port))

        def lmgrd(sock: socket.socket) -> None:
            for _ in frames(sock):
                sock.sendall(referral)

        with listening(lmgrd) as lmgrd_port:
            yield lmgrd_port
