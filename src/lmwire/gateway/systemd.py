"""What systemd offers a service: open sockets, sd_listen_fds(3), and a place to say "ready", sd_notify(3)."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Mapping, MutableMapping
from typing import Final

__all__ = ["inherited_sockets", "notify"]

_FIRST: Final = 3
_MOST: Final = 1024


def inherited_sockets(environ: MutableMapping[str, str]) -> list[socket.socket]:
    """Return the TCP sockets that systemd opened for this process, and forget the variables that say so."""
    pid, count = environ.pop("LISTEN_PID", ""), environ.pop("LISTEN_FDS", "")
    environ.pop("LISTEN_FDNAMES", None)
    if pid != str(os.getpid()) or not (count.isascii() and count.isdecimal()) or int(count) > _MOST:
        return []
    found = []
    for descriptor in range(_FIRST, _FIRST + int(count)):
        with contextlib.suppress(OSError):
            os.set_inheritable(descriptor, False)
            sock = socket.socket(fileno=descriptor)
            if sock.type == socket.SOCK_STREAM and sock.family in {socket.AF_INET, socket.AF_INET6}:
                sock.setblocking(False)
                found.append(sock)
            else:
                sock.detach()
    return found


def notify(state: str, environ: Mapping[str, str]) -> None:
    """Tell systemd, if it wants to know: "READY=1", "STOPPING=1", "STATUS=…". Never fails."""
    place = environ.get("NOTIFY_SOCKET", "")
    if not place or not hasattr(socket, "AF_UNIX"):
        return
    address = f"\0{place[1:]}" if place.startswith("@") else place
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.sendto(state.encode(), address)
