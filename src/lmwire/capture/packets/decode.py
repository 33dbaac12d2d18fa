"""From a packet's bytes to what is in it: link layers, IPv4 and IPv6, and the TCP, UDP, ICMP and ARP inside.

Nothing here raises for what a packet holds. A field that was not captured, or lies, ends the packet: None.
"""

from __future__ import annotations

import ipaddress
import struct
from typing import Final, NamedTuple

__all__ = [
    "ACK",
    "ETHERNET",
    "FIN",
    "ICMP",
    "ICMP6",
    "NO_PACKET",
    "RST",
    "SYN",
    "TCP",
    "UDP",
    "Arp",
    "Datagram",
    "Error",
    "Segment",
    "address",
    "arp",
    "datagram",
    "icmp_error",
    "link_source",
    "network",
    "readable",
    "segment",
    "udp_payload",
]

FIN, SYN, RST, ACK = 1, 2, 4, 16
ICMP, TCP, UDP, ICMP6 = 1, 6, 17, 58

ETHERNET: Final = 1
_NULL, _LOOP, _SLL, _SLL2 = 0, 108, 113, 276
_RAW: Final = frozenset({12, 14, 101, 228, 229})
NO_PACKET: Final = (0, 0)

_TAGS: Final = frozenset({0x8100, 0x88A8, 0x9100})
_MOST_TAGS: Final = 4
_IP4, _IP6, _ARP = 0x0800, 0x86DD, 0x0806
# Address families of IPv4 and IPv6 as the systems number them.
_FAMILIES: Final = frozenset({2, 10, 23, 24, 28, 30})

_EXTENSIONS: Final = frozenset({0, 43, 60, 135})
_FRAGMENT, _AUTHENTICATION = 44, 51
_MOST_EXTENSIONS: Final = 8

_ip4 = struct.Struct(">BxHHHBBxx4s4s")
_ip6 = struct.Struct(">IHBB16s16s")
_tcp = struct.Struct(">HHIIBB")
_TCP_SIZE: Final = 20


class Datagram(NamedTuple):
    """An IP packet: addresses as bytes; what it carries is at `start` of the captured bytes, `size` on the wire."""

    protocol: int
    source: bytes
    destination: bytes
    start: int
    size: int
    ttl: int
    fragment: bool


class Segment(NamedTuple):
    """A TCP segment. `payload` is what was captured of `size` bytes."""

    source: bytes
    source_port: int
    destination: bytes
    destination_port: int
    sequence: int
    acknowledged: int
    flags: int
    payload: bytes
    size: int
    ttl: int


class Error(NamedTuple):
    """An ICMP error that ends a connect, and the TCP ports and addresses of the packet that it answers."""

    type: int
    code: int
    version: int
    sender: bytes
    source: bytes
    source_port: int
    destination: bytes
    destination_port: int
    sequence: int


class Arp(NamedTuple):
    """An ARP or neighbour solicitation (`reply` False) for `target`, or the answer of who has it."""

    reply: bool
    sender: bytes
    target: bytes


def readable(link: int) -> bool:
    """Whether packets of that link type can be read."""
    return link in _RAW or link in (ETHERNET, _NULL, _LOOP, _SLL, _SLL2)


def address(raw: bytes) -> str:
    """Return an address of 4 or 16 bytes as text."""
    return str(ipaddress.ip_address(raw))


def network(link: int, data: bytes) -> tuple[int, int]:
    """Return the Ethernet type and the offset of what a packet carries; `NO_PACKET` when that cannot be read."""
    if link == ETHERNET:
        return _tagged(data, 12)
    if link in _RAW:
        return _by_version(data, 0)
    if link == _SLL:
        return _tagged(data, 14)
    if link == _SLL2:
        kind = int.from_bytes(data[:2])
        return _tagged(data, 20, kind) if len(data) > 20 else NO_PACKET  # noqa: PLR2004 # the header's length
    if link in (_NULL, _LOOP):
        # The family is in the byte order of the machine that captured; OpenBSD's is always big-endian.
        family = data[:4]
        known = int.from_bytes(family, "little") in _FAMILIES or int.from_bytes(family) in _FAMILIES
        return _by_version(data, 4) if known else NO_PACKET
    return NO_PACKET


def _tagged(data: bytes, at: int, kind: int | None = None) -> tuple[int, int]:
    """Step over VLAN tags. `at` is where the Ethernet type stands, or the payload when `kind` is known already."""
    if kind is None:
        kind, at = int.from_bytes(data[at : at + 2]), at + 2
    for _ in range(_MOST_TAGS):
        if kind not in _TAGS:
            break
        kind, at = int.from_bytes(data[at + 2 : at + 4]), at + 4
    return (kind, at) if at < len(data) and kind not in _TAGS else NO_PACKET


def _by_version(data: bytes, at: int) -> tuple[int, int]:
    version = data[at] >> 4 if len(data) > at else 0
    return ({4: _IP4, 6: _IP6}[version], at) if version in (4, 6) else NO_PACKET


def link_source(link: int, data: bytes) -> bytes:
    """Return the sender's link-layer address; empty where the link has none."""
    if link == ETHERNET:
        return data[6:12]
    if link == _SLL:
        return data[6 : 6 + min(8, int.from_bytes(data[4:6]))]
    return data[12 : 12 + min(8, data[11])] if link == _SLL2 and len(data) > 11 else b""  # noqa: PLR2004 # its place


def datagram(kind: int, data: bytes, at: int) -> Datagram | None:
    """Return the IP packet of Ethernet type `kind` at `at`; None for anything else, and for later fragments."""
    if kind == _IP4:
        return _datagram4(data, at)
    return _datagram6(data, at) if kind == _IP6 else None


def _datagram4(data: bytes, at: int) -> Datagram | None:
    if len(data) < at + _ip4.size:
        return None
    first, total, _, fragment, ttl, protocol, source, destination = _ip4.unpack_from(data, at)
    header = (first & 15) * 4
    if first >> 4 != 4 or header < _ip4.size or fragment & 0x1FFF:  # noqa: PLR2004 # IPv4's version
        return None
    # A sender that leaves segmentation to its network card captures packets without a length.
    size = (total or len(data) - at) - header
    if size < 0:
        return None
    return Datagram(protocol, source, destination, at + header, size, ttl, bool(fragment & 0x2000))


def _datagram6(data: bytes, at: int) -> Datagram | None:
    if len(data) < at + _ip6.size or data[at] >> 4 != 6:  # noqa: PLR2004 # IPv6's version
        return None
    _, length, following, ttl, source, destination = _ip6.unpack_from(data, at)
    start = at + _ip6.size
    end = start + (length or len(data) - start)
    fragment = False
    for _ in range(_MOST_EXTENSIONS):
        if following in _EXTENSIONS:
            step = 8 + 8 * data[start + 1] if start + 1 < len(data) else 0
        elif following == _AUTHENTICATION:
            step = 8 + 4 * data[start + 1] if start + 1 < len(data) else 0
        elif following == _FRAGMENT:
            offset = int.from_bytes(data[start + 2 : start + 4])
            step = 0 if offset & 0xFFF8 else 8
            fragment = bool(offset & 1)
        else:
            return Datagram(following, source, destination, start, end - start, ttl, fragment) if start <= end else None
        if not step or start + step > len(data):
            return None
        following, start = data[start], start + step
    return None


def segment(data: bytes, packet: Datagram) -> Segment | None:
    """Return the TCP segment in `packet`, or None."""
    start = packet.start
    if packet.protocol != TCP or len(data) < start + _TCP_SIZE:
        return None
    source_port, destination_port, sequence, acknowledged, offset, flags = _tcp.unpack_from(data, start)
    header = (offset >> 4) * 4
    size = packet.size - header
    if header < _TCP_SIZE or size < 0:
        return None
    payload = data[start + header : start + packet.size]
    if packet.fragment:
        size = len(payload)  # the rest is in fragments that are not put together
    return Segment(
        packet.source,
        source_port,
        packet.destination,
        destination_port,
        sequence,
        acknowledged,
        flags,
        payload,
        size,
        packet.ttl,
    )


def udp_payload(data: bytes, packet: Datagram) -> tuple[int, int, bytes] | None:
    """Return source port, destination port and captured payload of a UDP packet, or None."""
    start = packet.start
    if packet.protocol != UDP or len(data) < start + 8:
        return None
    source, destination = int.from_bytes(data[start : start + 2]), int.from_bytes(data[start + 2 : start + 4])
    return source, destination, data[start + 8 : start + packet.size]


# ICMP errors that end a connect: destination unreachable but for "fragmentation needed", and time exceeded.
_ENDING: Final = {(4, 3), (4, 11), (6, 1), (6, 3)}
_FRAGMENTATION_NEEDED: Final = (4, 3, 4)


def icmp_error(data: bytes, packet: Datagram) -> Error | None:
    """Return the ICMP error in `packet` when it answers a TCP packet, or None."""
    version = {ICMP: 4, ICMP6: 6}.get(packet.protocol)
    start = packet.start
    if version is None or len(data) < start + 8:
        return None
    kind, code = data[start], data[start + 1]
    if (version, kind) not in _ENDING or (version, kind, code) == _FRAGMENTATION_NEEDED:
        return None
    inner = datagram(_IP4 if version == 4 else _IP6, data, start + 8)  # noqa: PLR2004 # IPv4's version
    # Eight bytes of the TCP header are sure to be quoted: ports and sequence number.
    if inner is None or inner.protocol != TCP or len(data) < inner.start + 8:
        return None
    source_port, destination_port, sequence = struct.unpack_from(">HHI", data, inner.start)
    return Error(
        kind, code, version, packet.source, inner.source, source_port, inner.destination, destination_port, sequence
    )


_SOLICITATION, _ADVERTISEMENT = 135, 136


def arp(kind: int, data: bytes, at: int) -> Arp | None:
    """Return the ARP for IPv4, or the neighbour discovery of IPv6, at `at`; None for anything else."""
    if kind == _ARP and data[at : at + 6] == b"\x00\x01\x08\x00\x06\x04" and len(data) >= at + 28:
        reply = data[at + 7] == 2  # noqa: PLR2004 # the operation
        sender, target = data[at + 14 : at + 18], data[at + 24 : at + 28]
        return Arp(reply, sender, sender if reply else target)
    packet = datagram(kind, data, at) if kind == _IP6 else None
    if packet is None or packet.protocol != ICMP6 or len(data) < packet.start + 24:
        return None
    target = data[packet.start + 8 : packet.start + 24]
    message = data[packet.start]
    return Arp(message == _ADVERTISEMENT, packet.source, target) if message in (135, _ADVERTISEMENT) else None
