"""Checksums of IP, TCP, UDP and ICMP: right again where they were right, and still wrong where they were wrong.

A system that leaves checksums to its network card captures packets in which they are not filled in yet: those are
right in the copy.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final, Self

from lmwire.capture.packets.decode import ICMP, ICMP6, TCP, UDP, Datagram

__all__ = ["Sum"]

_AT: Final = {TCP: 16, UDP: 6, ICMP: 2, ICMP6: 2}
_IP4_AT: Final = 10
_IP4: Final = 4
_ONES: Final = 0xFFFF
_WRONG: Final = 0x5555


def _add_up(data: bytes | bytearray) -> int:
    """Return the ones' complement sum of 16-bit words."""
    if len(data) % 2:
        data = bytes(data) + b"\0"
    total: int = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total > _ONES:
        total = (total & _ONES) + (total >> 16)
    return total


def _in_words(number: int) -> bytes:
    """Return the lowest 16 bits of a number."""
    return (number & 0xFFFF).to_bytes(2)


@dataclass
class Sum:
    """Whether the checksums of a packet were right.

    Attributes:
        header: whether that of the IPv4 header was right, or not filled in.
        body: whether that of what IP carries was right, or not filled in, or not known.
        none: whether there was none, as UDP allows.
    """

    header: bool
    body: bool
    none: bool

    @classmethod
    def of(cls, data: bytes, packet: Datagram, at: int) -> Self:
        """Return how the checksums of the packet at `at` are."""
        header = data[at] >> 4 != _IP4 or _add_up(data[at : packet.start]) == _ONES or not any(data[at + 10 : at + 12])
        place = packet.start + _AT[packet.protocol]
        said = data[place : place + 2]
        whole = len(data) >= packet.start + packet.size and not packet.fragment
        carried = data[packet.start : packet.start + packet.size]
        pseudo = _pseudo(packet)
        right = _add_up(carried) == _ONES if packet.protocol == ICMP else _add_up(pseudo + carried) == _ONES
        unfilled = not any(said) or int.from_bytes(said) == _add_up(pseudo)
        return cls(header, right or unfilled or not whole, packet.protocol == UDP and not any(said))

    def restore(self, out: bytearray, packet: Datagram, at: int) -> None:
        """Write checksums into a packet that are as these were."""
        if out[at] >> 4 == _IP4:
            out[at + _IP4_AT : at + _IP4_AT + 2] = bytes(2)
            right = ~_add_up(out[at : packet.start])
            out[at + _IP4_AT : at + _IP4_AT + 2] = _in_words(right if self.header else right ^ _WRONG)
        place = packet.start + _AT[packet.protocol]
        if self.none or place + 2 > len(out):
            return
        out[place : place + 2] = bytes(2)
        carried = out[packet.start : packet.start + packet.size]
        right = ~_add_up(carried if packet.protocol == ICMP else _pseudo(packet) + carried) & _ONES
        if packet.protocol == UDP and not right:
            right = _ONES  # zero would say that there is none
        out[place : place + 2] = _in_words(right if self.body else right ^ _WRONG)


def _pseudo(packet: Datagram) -> bytes:
    return packet.source + packet.destination + struct.pack(">IxxxB", packet.size, packet.protocol)
