"""Looking up a server's name as an application on this machine does."""

from __future__ import annotations

from typing import Final

from lmwire.evidence import NameFault, Via
from lmwire.probe import Resolver
from lmwire.workflows.event_loop import run_blocking

__all__ = ["look_up"]

_INSTEAD: Final = "await asyncio.to_thread(check_license_file, …), with the same arguments"
_WAIT: Final = 5.0
"""Seconds that the name of a server may take to resolve."""


def look_up(host: str) -> tuple[str, ...] | None:
    """Return a name's addresses; None when no answer comes in time."""

    async def ask() -> tuple[str, ...] | None:
        found = await Resolver(family=None, wait=_WAIT).look_up(host, Via.TARGET)
        return None if found.fault is NameFault.NO_ANSWER else found.addresses

    return run_blocking("check_license_file", _INSTEAD, ask)
