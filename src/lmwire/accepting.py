"""Stop accepting connections without losing any that the kernel has accepted already."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterable
from typing import Final

__all__ = ["TURNS", "accept_no_more"]

TURNS: Final = 10
"""Of the event loop, that an accepted socket may take to reach its connection; it takes two."""


async def accept_no_more(listening: Iterable[socket.socket]) -> None:
    """Accept no more, and let what was accepted a moment ago become connections; then the sockets can be closed.

    asyncio forgets, unclosed, the socket of an accept that a closed server overtakes.
    """
    loop = asyncio.get_running_loop()
    for sock in listening:
        if sock.fileno() >= 0:
            with contextlib.suppress(NotImplementedError):  # Windows' own event loop has no readers
                loop.remove_reader(sock.fileno())
    for _ in range(TURNS):
        await asyncio.sleep(0)
