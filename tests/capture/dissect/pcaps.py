"""Captures that the tests write: connections, cut into segments wherever a test wants them cut."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from scapy.layers.inet import IP, TCP
from scapy.layers.inet6 import IPv6
from scapy.packet import Packet, Raw
from scapy.utils import wrpcap

__all__ = ["CLIENT", "FIRST_PORT", "SERVER", "Piece", "connection", "cut", "write"]

CLIENT, SERVER = "192.0.2.77", "192.0.2.10"
FIRST_PORT = 50001
"""Ports of clients count up from here, out of the range that protocols have theirs in."""


class Piece(NamedTuple):
    """A segment: its bytes, and who sends it."""

    to_server: bool
    data: bytes


def cut(data: bytes, *, at: Iterable[int], to_server: bool) -> list[Piece]:
    """Cut `data` at these offsets."""
    edges = [0, *at, len(data)]
    return [Piece(to_server, data[start:end]) for start, end in itertools.pairwise(edges)]


def connection(pieces: Sequence[Piece], *, client_port: int, port: int, v6: bool = False) -> Iterator[Packet]:
    """Play a connection that begins with a SYN and has these segments; sequence numbers wrap soon."""
    seqs = {True: 0xFFFFFFF0, False: 0xFFFFFFE0}

    def packet(to_server: bool, flags: str, data: bytes = b"") -> Packet:
        ends = (client_port, port) if to_server else (port, client_port)
        names = (CLIENT, SERVER) if to_server else (SERVER, CLIENT)
        network = IPv6(src=f"::ffff:{names[0]}", dst=f"::ffff:{names[1]}") if v6 else IP(src=names[0], dst=names[1])
        ack = 0 if flags == "S" else seqs[not to_server] & 0xFFFFFFFF
        tcp = TCP(sport=ends[0], dport=ends[1], flags=flags, seq=seqs[to_server] & 0xFFFFFFFF, ack=ack)
        seqs[to_server] += len(data) + ("S" in flags)
        return network / tcp / Raw(data) if data else network / tcp

    yield packet(True, "S")
    yield packet(False, "SA")
    yield packet(True, "A")
    for to_server, data in pieces:
        yield packet(to_server, "PA", data)


def write(path: Path, packets: Iterable[Packet]) -> Path:
    """Write a capture of raw IP packets."""
    wrpcap(str(path), [IP(bytes(packet)) if IP in packet else IPv6(bytes(packet)) for packet in packets])
    return path
