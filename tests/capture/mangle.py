"""What may happen to packets on their way into a capture, done to one on purpose.

A mangle takes packets, in order of time, and gives packets; `chance` is what it draws from. Sequence numbers and
lengths are true afterwards; checksums are not, and nobody who reads captures asks for them.
"""

from __future__ import annotations

import random
import struct
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from lmwire.capture.packets.decode import ACK, ETHERNET, FIN, RST, SYN, TCP, Segment, datagram, network, segment
from tests.capture.wire import Packet

__all__ = [
    "MANGLES",
    "Mangle",
    "Place",
    "conflicting",
    "duplicated",
    "midstream",
    "overlapping",
    "placed",
    "reordered",
    "split",
    "wrapped",
]

Mangle = Callable[[list[Packet], random.Random], list[Packet]]
_IP4 = 0x0800
_PIECE = 30


@dataclass
class Place:
    """Where TCP is in an Ethernet frame over IPv4."""

    ip: int
    tcp: int
    payload: int
    end: int
    seen: Segment


def placed(data: bytes) -> Place | None:
    """Return where TCP is; None in a packet of anything else."""
    kind, at = network(ETHERNET, data)
    found = datagram(kind, data, at)
    seen = segment(data, found) if found is not None and found.protocol == TCP and kind == _IP4 else None
    if found is None or seen is None:
        return None
    head = found.start + (data[found.start + 12] >> 4) * 4
    return Place(at, found.start, head, found.start + found.size, seen)


def piece(data: bytes, place: Place, start: int, stop: int) -> bytes:
    """Return the packet with only a part of its payload."""
    out = bytearray(data[: place.payload] + data[place.payload + start : place.payload + stop])
    struct.pack_into(">H", out, place.ip + 2, len(out) - place.ip)
    struct.pack_into(">I", out, place.tcp + 4, (place.seen.sequence + start) & 0xFFFFFFFF)
    if stop < place.seen.size:
        out[place.tcp + 13] &= ~FIN
    return bytes(out)


def _cut(size: int, chance: random.Random) -> Iterator[tuple[int, int]]:
    at = 0
    while at < size:
        stop = min(size, at + chance.randrange(1, _PIECE))
        yield at, stop
        at = stop


def _bursts(packets: Iterable[Packet], chance: random.Random) -> Iterator[list[Packet]]:
    """Yield each packet; one with payload as a burst of pieces."""
    for when, data in packets:
        place = placed(data)
        if place is None or not place.seen.size or place.seen.flags & (SYN | RST):
            yield [(when, data)]
        else:
            cuts = list(_cut(place.seen.size, chance))
            yield [(when + number * 1e-6, piece(data, place, *cut)) for number, cut in enumerate(cuts)]


def split(packets: list[Packet], chance: random.Random) -> list[Packet]:
    """Cut every segment into small ones."""
    return [packet for burst in _bursts(packets, chance) for packet in burst]


def reordered(packets: list[Packet], chance: random.Random) -> list[Packet]:
    """Cut every segment, and mix up its pieces, within a window of four.

    Never beyond the other side's acknowledgement: tshark takes bytes that are acknowledged before they come for lost.
    """
    out = []
    for burst in _bursts(packets, chance):
        times = [when for when, _ in burst]
        order = sorted(range(len(burst)), key=lambda at: at + chance.randrange(4))
        out += [(when, burst[at][1]) for when, at in zip(times, order, strict=True)]
    return out


def duplicated(packets: list[Packet], chance: random.Random) -> list[Packet]:
    """Show every packet up to three times, as a mirror port does."""
    return [(when + 1e-6 * number, data) for when, data in packets for number in range(chance.choice((1, 2, 3)))]


def overlapping(packets: list[Packet], chance: random.Random) -> list[Packet]:
    """Let pieces of segments begin before the last one ended, with the same bytes."""
    out = []
    for when, data in packets:
        place = placed(data)
        if place is None or not place.seen.size or place.seen.flags & (SYN | RST):
            out.append((when, data))
            continue
        for number, (start, stop) in enumerate(_cut(place.seen.size, chance)):
            out.append((when + number * 1e-6, piece(data, place, max(0, start - chance.randrange(20)), stop)))
    return out


def conflicting(packets: list[Packet], chance: random.Random) -> list[Packet]:
    """Let some bytes come again, right after the first time, and differ."""
    out = []
    for burst in _bursts(packets, chance):
        for when, data in burst:
            out.append((when, data))
            place = placed(data)
            if place is not None and place.seen.size > 1 and not place.seen.flags & (SYN | RST):
                other = bytes(byte ^ 0x55 for byte in data[place.payload :])
                head = bytearray(data[: place.payload])
                head[place.tcp + 13] &= ~FIN
                out.append((when + 5e-7, bytes(head) + other))
    return out


def wrapped(packets: list[Packet], chance: random.Random) -> list[Packet]:
    """Move sequence numbers so that those of every direction pass 2^32 within its payload."""
    firsts: dict[tuple[bytes, int, bytes, int], int] = {}
    moved: dict[tuple[bytes, int, bytes, int], int] = {}
    out = []
    for when, data in packets:
        place = placed(data)
        if place is None:
            out.append((when, data))
            continue
        seen = place.seen
        ends = (seen.source, seen.source_port, seen.destination, seen.destination_port)
        if ends not in moved or (seen.flags & SYN and firsts[ends] != seen.sequence):  # not a SYN sent again
            firsts[ends], moved[ends] = seen.sequence, -seen.sequence - chance.randrange(2, 30)
        new = bytearray(data)
        back = moved.get((*ends[2:], *ends[:2]), 0)
        struct.pack_into(">I", new, place.tcp + 4, (seen.sequence + moved[ends]) & 0xFFFFFFFF)
        if seen.flags & ACK:
            struct.pack_into(">I", new, place.tcp + 8, (seen.acknowledged + back) & 0xFFFFFFFF)
        out.append((when, bytes(new)))
    return out


def midstream(packets: list[Packet], _chance: random.Random) -> list[Packet]:
    """Leave out what opened the connections: the capture began later."""
    begun: set[frozenset[tuple[bytes, int]]] = set()
    out = []
    for when, data in packets:
        place = placed(data)
        if place is not None:
            seen = place.seen
            ends = frozenset({(seen.source, seen.source_port), (seen.destination, seen.destination_port)})
            if seen.size:
                begun.add(ends)
            if ends not in begun:
                continue
        out.append((when, data))
    return out


MANGLES: dict[str, Mangle] = {
    mangle.__name__: mangle for mangle in (split, reordered, duplicated, overlapping, conflicting, wrapped, midstream)
}
