"""Connections to servers: to lmgrd, and to a vendor daemon at the first of its addresses that accepts."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Sequence
from typing import Final

import msgspec

from lmwire.addresses import endpoint
from lmwire.errors import LmwireError
from lmwire.evidence import Connect, Role, Via
from lmwire.gateway.plan import Limits
from lmwire.gateway.side import keep_alive
from lmwire.legs import ConnectEnd, Destination
from lmwire.probe import ProbeError
from lmwire.probe.connect import connect, open_socket

__all__ = ["Reached", "UnreachedError", "reach"]

_STAGGER: Final = 1.0
"""Seconds after which the next address is tried as well: the client waits 10 s for its answer."""


class UnreachedError(LmwireError):
    """No address accepted. `end` is how the first connect ended."""

    def __init__(self, end: ConnectEnd, where: str) -> None:
        super().__init__(f"{where}: {end.connect.value}")
        self.end = end
        self.where = where


class Reached(msgspec.Struct, frozen=True):
    """A socket that is connected, and to what."""

    sock: socket.socket
    address: str
    port: int


async def reach(addresses: Sequence[str], port: int, limits: Limits) -> Reached:
    """Connect to the first address that accepts; the next is tried when one fails, or after a second.

    There is no time limit: the caller has one.

    Raises:
        UnreachedError: none accepts; about the first of them.
    """
    if len(addresses) == 1:
        return await _reach_one(addresses[0], port, limits)
    waiting = list(addresses)
    running: list[asyncio.Task[Reached]] = []
    failure: UnreachedError | None = None
    try:
        while waiting or running:
            if waiting:
                running.append(asyncio.create_task(_reach_one(waiting.pop(0), port, limits)))
            done, _ = await asyncio.wait(
                running, timeout=_STAGGER if waiting else None, return_when=asyncio.FIRST_COMPLETED
            )
            for task in sorted(done, key=running.index):
                running.remove(task)
                try:
                    return task.result()
                except UnreachedError as error:
                    failure = failure or error
    finally:
        await _abandon(running)
    raise failure or UnreachedError(ConnectEnd(connect=Connect.UNREACHABLE), "no address")


async def _reach_one(address: str, port: int, limits: Limits) -> Reached:
    to = Destination(role=Role.LMGRD, via=Via.TARGET, host=address, address=address, port=port)
    try:
        sock = open_socket(address, "")
    except ProbeError as error:  # no descriptor is left
        end = ConnectEnd(connect=Connect.DENIED, detail=error.message)
        raise UnreachedError(end, endpoint(address, port)) from None
    try:
        keep_alive(sock, limits)
        end = await connect(sock, to, None)
    except ProbeError as error:
        end = ConnectEnd(connect=Connect.UNREACHABLE, detail=error.message)
    except BaseException:
        sock.close()
        raise
    if end.connect is not Connect.ESTABLISHED:
        sock.close()
        raise UnreachedError(end, endpoint(address, port))
    return Reached(sock, address, port)


async def _abandon(tasks: Sequence[asyncio.Task[Reached]]) -> None:
    for task in tasks:
        task.cancel()
    for task in tasks:
        with contextlib.suppress(asyncio.CancelledError, UnreachedError):
            (await task).sock.close()
