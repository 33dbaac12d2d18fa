"""The local link: who is behind which link-layer address, and whom ARP (or neighbour discovery) sought in vain."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final, NamedTuple, TypeVar

from lmwire.capture.packets.decode import Arp, link_source

__all__ = ["Neighbours", "remember"]

_REMEMBERED: Final = 1 << 14
"""Entries of a table that are remembered."""

_PAUSE: Final = 5.0
"""Seconds without a question after which the next one begins another search: systems ask every second, three times."""

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


class _Search(NamedTuple):
    """When a search began and was last repeated, whether its address was ever found, and whether it was given up."""

    since: float
    last: float
    found: bool
    over: bool


class Neighbours:
    """Collects what the link layer tells. Bounded: what was seen longest ago is forgotten first.

    Attributes:
        links: address → the link-layer address from which it came last.
    """

    def __init__(self) -> None:
        self.links: OrderedDict[bytes, bytes] = OrderedDict()
        self._sought: OrderedDict[bytes, _Search] = OrderedDict()

    def place(self, address: bytes, link: int, data: bytes) -> None:
        """Take note of the link-layer address from which an address came, in a packet of link type `link`."""
        source = link_source(link, data)
        if any(source):  # on loopback it is zero
            remember(self.links, address, source)

    def seek(self, seen: Arp, when: float) -> None:
        """Take a question for an address, or the answer to it."""
        known = self._sought.get(seen.target)
        again = known is not None and not known.over and when - known.last <= _PAUSE
        since = known.since if again and known is not None else when
        found = seen.reply or (known is not None and known.found)
        remember(self._sought, seen.target, _Search(since, when, found, seen.reply))

    def in_vain(self, address: bytes) -> bool:
        """Whether there are questions for an address, and no answer."""
        known = self._sought.get(address)
        return known is not None and not known.found

    def given_up(self, address: bytes, when: float) -> float:
        """Return when the search began that a system gives up at `when`; `when` itself if there was none."""
        known = self._sought.get(address)
        if known is None or known.found or when - known.last > _PAUSE:
            return when
        self._sought[address] = known._replace(over=True)
        return known.since


def remember(table: OrderedDict[_Key, _Value], key: _Key, value: _Value, most: int = _REMEMBERED) -> None:
    """Put a value into a table, and forget what was put there longest ago when it is full."""
    table[key] = value
    table.move_to_end(key)
    if len(table) > most:
        table.popitem(last=False)
