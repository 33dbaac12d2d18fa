"""One packet of a license story without real names. It keeps its length; what is not understood is blanked.

What stays is what a diagnosis lives on: ports, flags, sequence numbers, windows, timestamps, TTLs, error codes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from lmwire.capture.packets.decode import ETHERNET, ICMP, ICMP6, TCP, UDP, datagram, network
from lmwire.capture.privacy.checksums import Sum
from lmwire.capture.privacy.pseudonyms import Pseudonyms

__all__ = ["IP4", "IP6", "Payload", "masked_packet"]

IP4, IP6, ARP = 0x0800, 0x86DD, 0x0806
Payload = Callable[[bytes], bytes]
"""Returns what stands for the payload of TCP or UDP, of the same length."""

_SLL, _SLL2 = 113, 276
_MAC: Final = 6
_IP4_SIZE, _IP6_SIZE, _TCP_SIZE = 20, 40, 20
_FRAGMENT: Final = 44
_EXTENSIONS: Final = frozenset({0, 43, 60, 135, 51})
_NOP, _END = 1, 0
_KNOWN_OPTIONS: Final = {2: 4, 3: 3, 4: 2, 8: 10}
"""TCP options that stay, with their lengths: segment size, window scale, selective acknowledgement allowed, time."""

_SACK: Final = 5
_SOLICITED: Final = b"\xff\x02" + bytes(9) + b"\x01\xff"
_GROUP6: Final = b"\x33\x33"


def masked_packet(link: int, data: bytes, names: Pseudonyms, payload: Payload) -> bytes:
    """Return a packet with stand-ins; `payload` gives what stands for what TCP or UDP carry."""
    kind, at = network(link, data)
    out = bytearray(data)
    if kind == ARP:
        _arp(out, at, names)
    else:
        _ip(out, data, at, names, payload)
    _link(out, data[:at], link, names, bytes(out[at + 24 : at + 40]) if kind == IP6 else b"")
    return bytes(out)


def _link(out: bytearray, head: bytes, link: int, names: Pseudonyms, target: bytes) -> None:
    """Mask the link layer. Its group addresses of IPv6 hold a part of the `target` address."""
    if link == ETHERNET:
        out[6:12] = names.link(head[6:12])
        out[:6] = _GROUP6 + target[12:] if head[:2] == _GROUP6 and target else names.link(head[:6])
    elif link in (_SLL, _SLL2):
        at, size = (6, int.from_bytes(head[4:6])) if link == _SLL else (12, head[11])
        known = head[at : at + _MAC] if size == _MAC else bytes(_MAC)
        out[at : at + 8] = names.link(known) + bytes(2)


def _arp(out: bytearray, at: int, names: Pseudonyms) -> None:
    for place in (at + 8, at + 18):
        out[place : place + _MAC] = names.link(bytes(out[place : place + _MAC]))
        out[place + _MAC : place + 10] = names.addresses.of(bytes(out[place + _MAC : place + 10]))
    out[at + 28 :] = bytes(len(out) - at - 28)  # padding, which may hold what was in memory before


def _ip(out: bytearray, data: bytes, at: int, names: Pseudonyms, payload: Payload) -> None:
    kind = IP4 if data[at] >> 4 == 4 else IP6  # noqa: PLR2004 # IPv4's version
    found = datagram(kind, data, at)
    if found is None:
        raise ValueError(at)
    start, end = found.start, min(len(data), found.start + found.size)
    old = Sum.of(data, found, at)
    _addresses(out, data, at, start, names)
    out[end:] = bytes(len(data) - end)  # padding, and checksums of the link layer
    body: bytes
    if found.protocol == TCP:
        head = start + (data[start + 12] >> 4) * 4
        _tcp_options(out, data, start + _TCP_SIZE, min(head, end))
        body = payload(data[head:end])
        out[head:end] = body
    elif found.protocol == UDP:
        out[start + 8 : end] = payload(data[start + 8 : end])
    elif found.protocol == ICMP or (found.protocol == ICMP6 and data[start] < 128):  # noqa: PLR2004 # an error
        _quote(out, data, start, end, names)
    else:
        _neighbour(out, data, start, end, names)
        if data[at + 24 : at + 37] == _SOLICITED:
            out[at + 37 : at + 40] = out[start + 21 : start + 24]
    masked = datagram(kind, bytes(out), at)
    if masked is not None:
        old.restore(out, masked, at)


def _addresses(out: bytearray, data: bytes, at: int, start: int, names: Pseudonyms) -> None:
    """Mask the header of IP: addresses, and all options, which may hold more of them."""
    if data[at] >> 4 == 4:  # noqa: PLR2004 # IPv4's version
        for place in (at + 12, at + 16):
            out[place : place + 4] = names.addresses.of(data[place : place + 4])
        out[at + _IP4_SIZE : start] = bytes((_NOP,)) * (start - at - _IP4_SIZE)
        return
    for place in (at + 8, at + 24):
        address = data[place : place + 16]
        if not address.startswith(_SOLICITED):
            out[place : place + 16] = names.addresses.of(address)
    following, place = data[at + 6], at + _IP6_SIZE
    while place < start and (following in _EXTENSIONS or following == _FRAGMENT):
        step = 8 if following == _FRAGMENT else 8 + (4 if following == 51 else 8) * data[place + 1]  # noqa: PLR2004
        if following != _FRAGMENT:
            out[place + 2 : place + step] = bytes(step - 2)  # padding, as an option
        following, place = data[place], place + step


def _tcp_options(out: bytearray, data: bytes, at: int, end: int) -> None:
    """Keep what is known to tell nothing; blank the rest: middleboxes put addresses there, and TCP its cookies."""
    while at < end:
        kind = data[at]
        size = data[at + 1] if kind > _NOP and at + 1 < end else 1
        if kind == _END or size < 1 or at + size > end:
            out[at:end] = bytes(end - at)
            return
        if kind != _NOP and _KNOWN_OPTIONS.get(kind) != size and kind != _SACK:
            out[at : at + size] = bytes((_NOP,)) * size
        at += size


def _quote(out: bytearray, data: bytes, start: int, end: int, names: Pseudonyms) -> None:
    """Mask the packet that an ICMP error quotes: of its TCP ports and sequence number stay, and an empty header.

    Bytes beyond these eight may belong to TCP or to an extension of ICMP; nothing shows which.
    """
    inner = start + 8
    kind = IP4 if data[inner] >> 4 == 4 else IP6  # noqa: PLR2004 # IPv4's version
    found = datagram(kind, data[:end], inner)
    if found is None:
        raise ValueError(inner)
    quoted = bytearray(data[:end])
    old = Sum.of(data[:end], found, inner)
    _addresses(quoted, data, inner, found.start, names)
    quoted[found.start + 8 :] = bytes(max(0, end - found.start - 8))
    if end >= found.start + _TCP_SIZE:
        quoted[found.start + 12] = _TCP_SIZE // 4 << 4
    masked = datagram(kind, bytes(quoted), inner)
    if masked is not None:
        old.restore(quoted, masked, inner)
    out[inner:end] = quoted[inner:]
    out[start + 5] = 0  # the length of a quote behind which there is more, such as names of interfaces


def _neighbour(out: bytearray, data: bytes, start: int, end: int, names: Pseudonyms) -> None:
    """Mask neighbour discovery: the address, and the link-layer address told with it."""
    out[start + 8 : start + 24] = names.addresses.of(data[start + 8 : start + 24])
    at = start + 24
    while at < end:
        size = 8 * data[at + 1] if at + 1 < end else 0
        if size != 8 or data[at] not in (1, 2) or at + size > end:  # noqa: PLR2004 # that of an Ethernet address
            out[at:end] = bytes(end - at)
            return
        out[at + 2 : at + 8] = names.link(data[at + 2 : at + 8])
        at += size
