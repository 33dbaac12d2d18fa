"""Names to the one address that a FlexNet client uses, each looked up at most once in a few seconds."""

from __future__ import annotations

import asyncio
import functools
from typing import Final

from lmwire.addresses import address_used, is_address
from lmwire.evidence import Via
from lmwire.probe.resolve import Resolver

__all__ = ["Names"]

_FRESH: Final = 5.0
"""Seconds that an answer is used again: a server that has moved is found at once, and its name server is left alone."""

_WAIT: Final = 4.0
_MOST: Final = 1000
"""Names that are remembered: a referral's name is the server's to choose."""


_is_literal = functools.lru_cache(1000)(is_address)


class Names:
    """Looks names up as an application on this machine does."""

    def __init__(self) -> None:
        self._resolver = Resolver(family=None, wait=_WAIT)
        self._renewed = 0.0
        self._asked = 0

    async def address(self, name: str) -> str:
        """Return the address that a client uses; empty when the name does not resolve here."""
        if _is_literal(name):
            return name
        if not name:
            return ""
        now = asyncio.get_running_loop().time()
        if now - self._renewed > _FRESH or self._asked > _MOST:
            self._resolver, self._renewed, self._asked = Resolver(family=None, wait=_WAIT), now, 0
        self._asked += 1
        return address_used((await self._resolver.look_up(name, Via.TARGET)).addresses)
