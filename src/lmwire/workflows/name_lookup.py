"""Looking up a server's name as an application on this machine does."""

from __future__ import annotations

import asyncio
from typing import Final

from lmwire.evidence import NameFault, Via
from lmwire.probe import Resolver

__all__ = ["look_up"]

_WAIT: Final = 5.0
"""Seconds that the name of a server may take to resolve."""


def look_up(host: str) -> tuple[str, ...] | None:
    """Return a name's addresses; None when no answer comes in time."""

    async def ask() -> tuple[str, ...] | None:
        found = await Resolver(family=None, wait=_WAIT).look_up(host, Via.TARGET)
        return None if found.fault is NameFault.NO_ANSWER else found.addresses

    return asyncio.run(ask())
