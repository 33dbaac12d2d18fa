"""A relay for cheats: `relay.py PORTS TARGET [NETNS]` accepts here, and connects there, maybe in another network."""

from __future__ import annotations

import contextlib
import ctypes
import os
import socket
import sys
import threading

_NEW_NETWORK = 0x40000000


def _enter(path: str) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    if ctypes.CDLL(None, use_errno=True).setns(descriptor, _NEW_NETWORK):
        raise OSError(ctypes.get_errno(), path)
    os.close(descriptor)


def _connected(target: str, port: int, there: str) -> socket.socket:
    if there:
        _enter(there)  # this thread only
    return socket.create_connection((target, port), 5)


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(4096):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)


def _serve(near: socket.socket, port: int, target: str, there: str) -> None:
    with near, _connected(target, port, there) as far:
        back = threading.Thread(target=_pump, args=(far, near), daemon=True)
        back.start()
        _pump(near, far)
        back.join()


def main(ports: str, target: str, there: str = "") -> None:
    """Relay each of the ports, separated by commas."""
    for port in map(int, ports.split(",")):
        listener = socket.create_server(("", port))
        threading.Thread(target=_accept, args=(listener, port, target, there)).start()


def _accept(listener: socket.socket, port: int, target: str, there: str) -> None:
    while True:
        near, _ = listener.accept()
        threading.Thread(target=_serve, args=(near, port, target, there), daemon=True).start()


if __name__ == "__main__":
    main(*sys.argv[1:])
