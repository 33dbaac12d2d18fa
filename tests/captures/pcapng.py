"""The few blocks of pcapng that dumpcap writes: read, and written again without a word about the machine.

Of an interface only the resolution of its times is kept: names, hardware, system and filter are nobody's business.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

__all__ = ["INTERFACE", "PACKET", "SECTION", "Block", "Packet", "blocks", "neutral", "options", "packets"]

SECTION: Final = 0x0A0D0D0A
INTERFACE: Final = 1
PACKET: Final = 6
_ORDER: Final = 0x1A2B3C4D
_TIME_RESOLUTION: Final = 9
_NANOSECONDS: Final = 9
_FIXED: Final = {SECTION: 16, INTERFACE: 8}
"""Bytes of a block's body before its options."""


@dataclass(frozen=True)
class Block:
    """A block: its type and its body."""

    kind: int
    body: bytes


@dataclass(frozen=True)
class Packet:
    """A packet: the number of its interface, its time in the interface's units, what of it was captured."""

    interface: int
    time: int
    data: bytes
    original: int


def blocks(data: bytes) -> Iterator[Block]:
    """Yield the whole blocks of a little-endian section; what is cut off at the end is left out."""
    at = 0
    while len(data) - at >= 8:
        kind, size = struct.unpack_from("<II", data, at)
        if kind == SECTION and len(data) - at >= 12 and struct.unpack_from("<I", data, at + 8) != (_ORDER,):
            raise ValueError("this reads the pcapng of little-endian machines only")
        if size < 12 or at + size > len(data):
            return
        yield Block(kind, data[at + 8 : at + size - 4])
        at += size


def packets(data: bytes) -> Iterator[Packet]:
    """Yield the packets, in the order of the file."""
    for block in blocks(data):
        if block.kind == PACKET:
            interface, high, low, size, original = struct.unpack_from("<IIIII", block.body)
            yield Packet(interface, high << 32 | low, block.body[20 : 20 + size], original)


def options(block: Block) -> dict[int, bytes]:
    """Return the options of a section's, an interface's or a packet's block."""
    at = _FIXED.get(block.kind, 0)
    if block.kind == PACKET:
        at = 20 + _padded(struct.unpack_from("<I", block.body, 12)[0])
    found = {}
    while len(block.body) - at >= 4:
        code, size = struct.unpack_from("<HH", block.body, at)
        if not code:
            break
        found[code] = block.body[at + 4 : at + 4 + size]
        at += 4 + _padded(size)
    return found


def neutral(data: bytes, end: bytes) -> bytes:
    """Return a capture of the same packets, in order of time, without anything about where it was made.

    Args:
        data: the recorder's, with one interface at least.
        end: what the packet is that marks the end of an interface's story; it, and what follows it, is left out.
    """
    found = list(blocks(data))
    out = [_block(SECTION, struct.pack("<IHHq", _ORDER, 1, 0, -1))]
    for block in found:
        if block.kind == INTERFACE:
            link, _, snap = struct.unpack_from("<HHI", block.body)
            resolution = options(block).get(_TIME_RESOLUTION)
            if resolution != bytes((_NANOSECONDS,)):
                raise ValueError(f"the recorder's times are not in nanoseconds: {resolution!r}")
            body = struct.pack("<HHI", link, 0, snap) + _option(_TIME_RESOLUTION, resolution) + _option(0, b"")
            out.append(_block(INTERFACE, body))
    kept: list[Packet] = []
    over: set[int] = set()
    for packet in packets(data):
        if packet.data == end:
            over.add(packet.interface)
        elif packet.interface not in over:
            kept.append(packet)
    for packet in sorted(kept, key=lambda packet: packet.time):
        size = len(packet.data)
        head = struct.pack(
            "<IIIII", packet.interface, packet.time >> 32, packet.time & 0xFFFFFFFF, size, packet.original
        )
        out.append(_block(PACKET, head + packet.data.ljust(_padded(size), b"\0")))
    return b"".join(out)


def _block(kind: int, body: bytes) -> bytes:
    size = struct.pack("<I", len(body) + 12)
    return struct.pack("<I", kind) + size + body + size


def _option(code: int, value: bytes) -> bytes:
    return struct.pack("<HH", code, len(value)) + value.ljust(_padded(len(value)), b"\0")


def _padded(size: int) -> int:
    return size + -size % 4
