"""Counts of the packets of a capture."""

from __future__ import annotations

__all__ = ["PacketCounts"]


class PacketCounts:
    """Counts of packets that were read, and of those that were left aside.

    Attributes:
        packets: all of them.
        unreadable: link types that cannot be read, with the number of their packets.
        fragments: IP fragments that carried the beginning of license traffic.
        forgotten: connects that were given up to bound memory.
        tunnels: kinds of packets that carry others inside, which could not be unpacked, with their number.
    """

    __slots__ = ("forgotten", "fragments", "packets", "tunnels", "unreadable")

    def __init__(self) -> None:
        self.packets = 0
        self.unreadable: dict[int, int] = {}
        self.tunnels: dict[str, int] = {}
        self.fragments = 0
        self.forgotten = 0
