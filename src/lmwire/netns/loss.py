"""The frames that a lossy wire loses: at random, but every conversation survives.

By construction, in one direction of one wire:

- the same packet is never lost twice (a TCP segment is known by its flow, kind and sequence number, anything
  else by its payload), so that a retransmission always passes;
- no two packets in a row of one flow and kind are lost (the kinds of TCP are SYN, FIN, RST, data and bare
  acknowledgement);
- ARP, neighbour discovery and whatever is not IP are never lost.

Hence TCP over k lossy wires loses at most k SYNs of a connection each way, and a resolver that asks again is
answered. Which packets are lost depends on the seed and on their order on the wire.
"""

from __future__ import annotations

import random
import struct
import zlib
from collections import OrderedDict
from typing import NamedTuple

__all__ = ["Loss", "Packet", "identify"]

_REMEMBERED = 4096  # flows, and lost packets; the oldest are forgotten

_ETHERNET = 14
_IPV4, _IPV6 = 0x0800, 0x86DD
_TCP, _UDP, _ICMPV6 = 6, 17, 58
_NEIGHBOUR_DISCOVERY = range(133, 138)
_TCP_HEADER = 20
_FIN, _SYN, _RST = 0x01, 0x02, 0x04


class Packet(NamedTuple):
    """The key of a packet: its flow (one direction, with its kind), and its identity within that flow."""

    flow: tuple[bytes, int, bytes, str]
    identity: int


def identify(frame: bytes) -> Packet | None:
    """Return the packet in an Ethernet frame, or None for a frame that is never lost."""
    ethertype = int.from_bytes(frame[12:14])
    if ethertype == _IPV4 and len(frame) >= _ETHERNET + 20:
        addresses, protocol = frame[26:34], frame[23]
        start, end = _ETHERNET + (frame[14] & 0x0F) * 4, _ETHERNET + int.from_bytes(frame[16:18])
        fragment = int.from_bytes(frame[20:22]) & 0x1FFF
    elif ethertype == _IPV6 and len(frame) >= _ETHERNET + 40:
        addresses, protocol = frame[22:54], frame[20]
        start, end = _ETHERNET + 40, _ETHERNET + 40 + int.from_bytes(frame[18:20])
        fragment = 0
    else:
        return None
    payload = frame[start:end]  # the frame may be padded
    if fragment:
        return Packet((addresses, protocol, b"", "fragment"), zlib.crc32(payload, fragment))
    if protocol == _ICMPV6 and payload[:1] and payload[0] in _NEIGHBOUR_DISCOVERY:
        return None
    if protocol == _TCP and len(payload) >= _TCP_HEADER:
        return _tcp(addresses, payload)
    ports = payload[:4] if protocol == _UDP else b""
    return Packet((addresses, protocol, ports, "any"), zlib.crc32(payload))


def _tcp(addresses: bytes, segment: bytes) -> Packet:
    sequence, offset, flags = struct.unpack_from("!4xI4xBB", segment)
    if flags & _RST:
        kind = "reset"
    elif flags & _SYN:
        kind = "syn"
    elif flags & _FIN:
        kind = "fin"
    else:
        kind = "data" if len(segment) > (offset >> 4) * 4 else "ack"
    return Packet((addresses, _TCP, segment[:4], kind), sequence)


class Loss:
    """The choice for one direction of one wire; `rate` is the share of packets to lose, below the rules above."""

    def __init__(self, rate: float, seed: str) -> None:
        self._rate = rate
        self._random = random.Random(seed)  # noqa: S311 - losses are to be repeatable, not secret
        self._just_lost: OrderedDict[tuple[bytes, int, bytes, str], bool] = OrderedDict()
        self._lost: OrderedDict[Packet, None] = OrderedDict()

    def takes(self, frame: bytes) -> bool:
        """Decide whether `frame` is lost; call it once for each frame, in order."""
        if not self._rate or (packet := identify(frame)) is None:
            return False
        unlucky = self._random.random() < self._rate
        lost = unlucky and packet not in self._lost and not self._just_lost.get(packet.flow, False)
        self._just_lost[packet.flow] = lost
        self._just_lost.move_to_end(packet.flow)
        if lost:
            self._lost[packet] = None
        for memory in (self._just_lost, self._lost):
            if len(memory) > _REMEMBERED:
                memory.popitem(last=False)
        return lost
