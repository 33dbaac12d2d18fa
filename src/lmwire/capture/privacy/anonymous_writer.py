"""A pcapng file with nothing in it but packets: no comments, no names, no word about the system that captured them."""

from __future__ import annotations

import struct
from fractions import Fraction
from typing import BinaryIO, Final

__all__ = ["AnonymousWriter"]

_SECTION: Final = 0x0A0D0D0A
_INTERFACE, _PACKET = 1, 6
_ORDER: Final = 0x1A2B3C4D
_UNKNOWN_LENGTH: Final = (1 << 64) - 1
_RESOLUTION: Final = struct.pack("<HHB3xHH", 9, 1, 9, 0, 0)
"""The option that times are in nanoseconds."""

_NANO: Final = 10**9


class AnonymousWriter:
    """Writes packets; an interface for each link type.

    Args:
        file: opened for writing, at its beginning.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._interfaces: dict[int, int] = {}
        self._block(_SECTION, struct.pack("<IHHQ", _ORDER, 1, 0, _UNKNOWN_LENGTH))

    def packet(self, when: Fraction, link: int, data: bytes, wire: int) -> None:
        """Write a packet captured at a Unix time, which had `wire` bytes."""
        if link not in self._interfaces:
            self._interfaces[link] = len(self._interfaces)
            self._block(_INTERFACE, struct.pack("<HHI", link, 0, 0) + _RESOLUTION)
        ticks = when.numerator * _NANO // when.denominator
        head = struct.pack("<5I", self._interfaces[link], ticks >> 32, ticks & 0xFFFFFFFF, len(data), wire)
        self._block(_PACKET, head + data + bytes(-len(data) % 4))

    def _block(self, kind: int, body: bytes) -> None:
        size = len(body) + 12
        self._file.write(struct.pack("<II", kind, size) + body + struct.pack("<I", size))
