"""How one direction of a connection is known among all: its addresses and ports, as bytes."""

from __future__ import annotations

__all__ = ["Place", "key_of", "mirror", "reverse"]

Place = tuple[bytes, int, bytes, int]
"""Source, its port, destination, its port."""


def key_of(source: bytes, source_port: int, destination: bytes, destination_port: int) -> bytes:
    """Return by what a direction of a connection is known: addresses and ports in the order of a packet's."""
    return source + destination + source_port.to_bytes(2) + destination_port.to_bytes(2)


def reverse(place: Place) -> bytes:
    """Return the key of the packets that go the other way."""
    return key_of(*place[2:], *place[:2])


def mirror(key: bytes) -> bytes:
    """Return the key of the other direction of a connection."""
    size = len(key) // 2 - 2
    return key[size : 2 * size] + key[:size] + key[-2:] + key[-4:-2]
