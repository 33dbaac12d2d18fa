"""A pcapng file, written as packets come: one interface block for each interface, nanoseconds.

scapy's writer has microseconds only, keeps the file to itself and cannot write to a pipe.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import BinaryIO, Final

from lmwire.capture.live.source import LivePacket
from lmwire.version import __version__

__all__ = ["LiveWriter"]

_SECTION, _INTERFACE, _PACKET = 0x0A0D0D0A, 1, 6
_MAGIC: Final = 0x1A2B3C4D
_UNKNOWN_LENGTH: Final = -1
_NAME, _RESOLUTION, _APPLICATION = 2, 9, 4
_NANOSECONDS: Final = b"\x09"
_NO_LIMIT: Final = 0


class LiveWriter:
    """Writes packets to an open binary file, which stays open. After each `write`, the file is whole.

    Raises:
        OSError: it cannot be written; from `__init__` and `write`.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._interfaces: dict[tuple[str, int], int] = {}
        head = struct.pack("<IHHq", _MAGIC, 1, 0, _UNKNOWN_LENGTH)
        self._put(_block(_SECTION, head + _options((_APPLICATION, f"lmwire {__version__}".encode()))))

    def write(self, packets: Iterable[LivePacket]) -> None:
        """Write packets in the order given."""
        blocks = b"".join(block for packet in packets for block in self._blocks(packet))
        if blocks:
            self._put(blocks)

    def _blocks(self, packet: LivePacket) -> Iterable[bytes]:
        known = packet.interface, packet.link
        number = self._interfaces.get(known)
        if number is None:
            number = self._interfaces[known] = len(self._interfaces)
            name = packet.interface.encode("utf-8", "replace")
            head = struct.pack("<HHI", packet.link, 0, _NO_LIMIT)
            yield _block(_INTERFACE, head + _options((_NAME, name), (_RESOLUTION, _NANOSECONDS)))
        when, data = packet.when, packet.data
        head = struct.pack("<IIIII", number, when >> 32, when & 0xFFFFFFFF, len(data), packet.size)
        yield _block(_PACKET, head + data)

    def _put(self, blocks: bytes) -> None:
        self._file.write(blocks)
        self._file.flush()


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)


def _options(*found: tuple[int, bytes]) -> bytes:
    return b"".join(struct.pack("<HH", code, len(value)) + _padded(value) for code, value in found) + bytes(4)


def _block(kind: int, body: bytes) -> bytes:
    padded = _padded(body)
    length = struct.pack("<I", len(padded) + 12)
    return struct.pack("<I", kind) + length + padded + length
