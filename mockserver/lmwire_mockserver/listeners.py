"""Ports that are open, closed or filtered, without root and without a firewall."""

from __future__ import annotations

import contextlib
import errno
import ipaddress
import socket
import sys
from typing import Final

from lmwire_mockserver.errors import ListenError
from lmwire_mockserver.scenario import Listen

__all__ = ["CAN_FILTER", "Port"]

CAN_FILTER: Final = sys.platform == "linux"
"""Whether this system drops SYNs when a queue is full; filtered ports need that."""

_CAN_CLAIM: Final = sys.platform == "linux"
_BACKLOG: Final = 128
_FILL_SECONDS: Final = 1.0

_REFUSALS: Final = {
    errno.EADDRINUSE: ("it is in use", "stop what uses it, or choose another port (0 takes any that is free)"),
    errno.EACCES: (
        "ports below 1024 belong to root",
        "choose another port (0 takes any that is free), or run as root",
    ),
    errno.EADDRNOTAVAIL: (
        "this machine has no such address",
        "choose one of its own (0.0.0.0 means all)",
    ),
}


class Port:
    """A reserved TCP port, and what it does with connects once `start` was called.

    Args:
        address: the one to bind to, IPv4 or IPv6; "::" takes IPv4 as well.
        port: 0 takes any that is free.
        listen: its reaction to connects.

    Raises:
        ListenError: the mock cannot take the port; the message gives cause and remedy.
    """

    def __init__(self, address: str, port: int, listen: Listen) -> None:
        self.listen = listen
        self._address = address
        self._filler: socket.socket | None = None
        self._claim: socket.socket | None = None
        try:
            self.socket = self._bind(port)
        except OSError as error:
            raise self._explained(port, error) from error
        self.number: int = self.socket.getsockname()[1]
        if _CAN_CLAIM:
            self._stake()

    def _stake(self) -> None:
        """Bind a second socket, which never listens: Linux allows it, and no other process gets the port."""
        self._share(allowed=True)
        try:
            self._claim = self._bind(self.number)
        except OSError as error:
            self.socket.close()
            raise self._explained(self.number, error) from error
        self._share(allowed=False)

    def _share(self, *, allowed: bool) -> None:
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, int(allowed))

    def claim(self) -> contextlib.AbstractContextManager[object]:
        """Return what keeps the port after `close` from those who take any that is free, until it is closed itself.

        A new `Port` of that number can be had meanwhile. Where the system is not Linux, it keeps nothing.
        """
        claim, self._claim = self._claim, None
        return claim or contextlib.nullcontext()

    def _bind(self, port: int) -> socket.socket:
        version = ipaddress.ip_address(self._address).version
        bound = socket.socket(socket.AF_INET6 if version == 6 else socket.AF_INET)  # noqa: PLR2004 - IPv6
        try:
            # With port 0 the kernel might hand a port out twice to sockets that allow it and do not listen yet.
            if port:
                bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if bound.family == socket.AF_INET6:
                bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, int(self._address != "::"))
            bound.setblocking(False)
            bound.bind((self._address, port))
        except BaseException:
            bound.close()
            raise
        return bound

    def start(self) -> None:
        """Make the port behave as it should.

        Raises:
            ListenError: another socket listens there, or this system has no filtered ports.
        """
        if _CAN_CLAIM and self.listen is not Listen.CLOSED:
            self._share(allowed=True)  # with the claim; once it listens, with no other socket
        try:
            match self.listen:
                case Listen.OPEN:
                    self.socket.listen(_BACKLOG)
                case Listen.FILTERED:
                    self._fill()
                case Listen.CLOSED:
                    pass
        except OSError as error:
            raise self._explained(self.number, error) from error

    def _fill(self) -> None:
        if not CAN_FILTER:
            reason = f"{sys.platform} does not drop SYNs when a queue is full"
            raise ListenError(self._address, self.number, reason, "play this scenario on Linux")
        # A queue of length 0 still takes one connection, which the mock never accepts; then Linux drops every SYN.
        # Where a client was sooner, its connection is the one: it stays in the queue, whatever the client does.
        self.socket.listen(0)
        unspecified = ipaddress.ip_address(self._address).is_unspecified
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}[self._address] if unspecified else self._address  # noqa: S104
        self._filler = socket.socket(self.socket.family)
        self._filler.settimeout(_FILL_SECONDS)
        with contextlib.suppress(TimeoutError):
            self._filler.connect((host, self.number))

    def _explained(self, port: int, error: OSError) -> ListenError:
        reason, remedy = _REFUSALS.get(error.errno or 0, (error.strerror or str(error), "choose another"))
        return ListenError(self._address, port, reason, remedy)

    def close(self) -> None:
        """Give the port back."""
        for other in (self._filler, self._claim):
            if other is not None:
                other.close()
        self.socket.close()
