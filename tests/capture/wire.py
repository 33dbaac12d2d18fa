"""Captures by hand: packets made of bytes, in the order and at the times that a test wants."""

from __future__ import annotations

import ipaddress
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from lmwire.wire import Hello, HelloAnswer, Referral, encode

__all__ = [
    "ACK",
    "CLIENT",
    "FIN",
    "OTHER",
    "PSH",
    "RST",
    "SERVER",
    "SYN",
    "Packet",
    "Talk",
    "arp",
    "dns",
    "hello",
    "hello_answer",
    "icmp_error",
    "ip",
    "lookup",
    "pcap",
    "referral",
    "tcp",
    "udp",
]

FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
CLIENT, SERVER, OTHER = "192.0.2.10", "192.0.2.20", "198.51.100.30"
ETHERNET = b"\x02\0\0\0\0\x01\x02\0\0\0\0\x02"

Packet = tuple[float, bytes]
"""When, and an IP packet."""


def ip(source: str, destination: str, protocol: int, payload: bytes, *, ttl: int = 64, fragment: int = 0) -> bytes:
    """Return an IPv4 or IPv6 packet, by the kind of the addresses."""
    first, second = ipaddress.ip_address(source), ipaddress.ip_address(destination)
    if first.version == 6:
        return struct.pack(">IHBB", 6 << 28, len(payload), protocol, ttl) + first.packed + second.packed + payload
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(payload), 1, fragment, ttl, protocol, 0)
    return head + first.packed + second.packed + payload


def tcp(ports: tuple[int, int], sequence: int, acknowledged: int, flags: int, payload: bytes = b"") -> bytes:
    numbers = (sequence & 0xFFFFFFFF, acknowledged & 0xFFFFFFFF)
    return struct.pack(">HHIIBBHHH", *ports, *numbers, 0x50, flags, 65535, 0, 0) + payload


def udp(ports: tuple[int, int], payload: bytes) -> bytes:
    return struct.pack(">HHHH", *ports, 8 + len(payload), 0) + payload


def icmp_error(sender: str, offending: bytes, *, kind: int = 3, code: int = 13) -> bytes:
    """Return an ICMP (or ICMPv6) error to the sender of an IP packet."""
    six = offending[0] >> 4 == 6
    source = str(ipaddress.ip_address(offending[8:24] if six else offending[12:16]))
    quoted = offending if six else offending[:28]
    return ip(sender, source, 58 if six else 1, struct.pack(">BBHI", kind, code, 0, 0) + quoted)


def dns(name: str, addresses: Sequence[str] = (), *, number: int = 7, code: int | None = None, kind: int = 1) -> bytes:
    """Return a question; with `code`, the answer to it."""
    labels = b"".join(bytes((len(label),)) + label.encode() for label in name.split(".")) + b"\0"
    flags = 0x0100 if code is None else 0x8180 | code
    head = struct.pack(">HHHHHH", number, flags, 1, len(addresses), 0, 0) + labels + struct.pack(">HH", kind, 1)
    packed = [ipaddress.ip_address(address).packed for address in addresses]
    return head + b"".join(struct.pack(">HHHIH", 0xC00C, kind, 1, 60, len(one)) + one for one in packed)


def lookup(
    when: float, name: str, *addresses: str, code: int | None = 0, client: str = CLIENT, kind: int = 1, number: int = 7
) -> list[Packet]:
    """Return a look-up, and its answer a millisecond later unless `code` is None."""
    asked = ip(client, SERVER, 17, udp((5353, 53), dns(name, number=number, kind=kind)))
    if code is None:
        return [(when, asked)]
    answer = dns(name, addresses, number=number, code=code, kind=kind)
    return [(when, asked), (when + 0.001, ip(SERVER, client, 17, udp((53, 5353), answer)))]


def arp(sender: str, target: str, *, reply: bool = False) -> bytes:
    """Return an ARP frame, Ethernet header and all."""
    addresses = [ipaddress.ip_address(one).packed for one in (sender, target)]
    head = struct.pack(">HHBBH", 1, 0x0800, 6, 4, 2 if reply else 1)
    return ETHERNET + b"\x08\x06" + head + bytes(6) + addresses[0] + bytes(6) + addresses[1]


def pcap(packets: Iterable[Packet], *, link: int = 101, snap: int | None = None) -> bytes:
    """Return a pcap file of raw IP packets (101), or of Ethernet frames (1)."""
    out = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, link)]
    for when, data in packets:
        kept = data[:snap]
        second, micro = divmod(round(when * 1e6), 10**6)
        out.append(struct.pack("<IIII", second, micro, len(kept), len(data)) + kept)
    return b"".join(out)


def hello(vendor: str = "ibmratl") -> bytes:
    return encode(Hello(vendor=vendor, user="carol", host="ws7"))


def referral(host: str = "licsrv", port: int = 27001) -> bytes:
    return encode(Referral(host=host, port=port))


def hello_answer(vendor: str = "ibmratl") -> bytes:
    return encode(HelloAnswer(vendor=vendor, host="licsrv"))


@dataclass
class Talk:
    """A connection that a test plays step by step; `packets` collects what was on the wire.

    Attributes:
        step: seconds between two packets.
    """

    port: int = 27000
    when: float = 1000.0
    client: str = CLIENT
    server: str = SERVER
    client_port: int = 40000
    step: float = 0.001
    first: tuple[int, int] = (0xFFFFFFF0, 0x7FFFFFF0)
    ttl: int = 64
    packets: list[Packet] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.sent = [0, 0]

    def put(
        self, side: int, flags: int, payload: bytes = b"", *, at: int | None = None, acked: int | None = None
    ) -> bytes:
        """Add a segment of the client (0) or of the server (1); `at` and `acked` are offsets, the SYN counted."""
        ends = [(self.client, self.client_port), (self.server, self.port)]
        mine, theirs = ends[side], ends[1 - side]
        sequence = self.first[side] + (self.sent[side] if at is None else at)
        acknowledged = self.first[1 - side] + (self.sent[1 - side] if acked is None else acked) if flags & ACK else 0
        segment = tcp((mine[1], theirs[1]), sequence, acknowledged, flags, payload)
        data = ip(mine[0], theirs[0], 6, segment, ttl=self.ttl)
        self.packets.append((self.when, data))
        self.when += self.step
        if at is None:
            self.sent[side] += len(payload) + bool(flags & SYN) + bool(flags & FIN)
        return data

    def wait(self, seconds: float) -> Talk:
        self.when += seconds
        return self

    def syn(self, times: int = 1) -> Talk:
        for number in range(times):
            if number:
                self.wait(1.0)
                self.put(0, SYN, at=0)
            else:
                self.put(0, SYN)
        return self

    def connect(self) -> Talk:
        self.syn()
        self.put(1, SYN | ACK)
        self.put(0, ACK)
        return self

    def refuse(self) -> Talk:
        self.put(1, RST | ACK)
        return self

    def ask(self, payload: bytes | None = None) -> Talk:
        self.put(0, PSH | ACK, hello() if payload is None else payload)
        self.put(1, ACK)
        return self

    def answer(self, payload: bytes) -> Talk:
        self.put(1, PSH | ACK, payload)
        self.put(0, ACK)
        return self

    def close(self, side: int = 0) -> Talk:
        self.put(side, FIN | ACK)
        self.put(1 - side, FIN | ACK)
        self.put(side, ACK)
        return self
