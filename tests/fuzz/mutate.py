"""Seeded changes to inputs: bytes, pieces, numbers, and other inputs of the same kind."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from typing import Final

__all__ = ["LARGEST", "mutated"]

LARGEST: Final = 1 << 16
"""Bytes to which inputs are cut, so that many are tried in a second."""

_TOKENS: Final = (
    *(
        b"\0",
        b"\xff" * 4,
        b"\x7f\xff\xff\xff",
        b"\n",
        b"\r",
        b"\\\n",
        b'"',
        b"@",
        b":",
        b"[",
        b"{",
        b"-1",
        b"0",
        b"65536",
    ),
    *(
        b"9" * 30,
        b"1e999",
        b"nan",
        b"\xe2\x80\xae",
        b"\xed\xa0\x80",
        b"\x1b[31m",
        b"%s%n",
        b"../" * 4,
        b"::1",
        b"::ffff:1",
    ),
    *(b"port=", b"null", b"[[", b"SERVER", b"VENDOR", b"(-15,570)", b"27000@", b"permanent", b"TIMESTAMP 1/1/2026"),
)
_NUMBER: Final = re.compile(rb"\d+")


def mutated(chance: random.Random, seeds: Sequence[bytes]) -> bytes:
    """Return one of the seeds with a few changes."""
    data = chance.choice(seeds)[:LARGEST]
    for _ in range(chance.choice((0, 1, 1, 1, 2, 3, 8))):
        data = chance.choice(_CHANGES)(chance, data, seeds)[:LARGEST]
    return data


def _span(chance: random.Random, data: bytes) -> tuple[int, int]:
    start = chance.randrange(len(data) + 1)
    return start, min(len(data), start + chance.choice((1, 2, 4, 16, 100, 1000)))


def _flip(chance: random.Random, data: bytes, _seeds: Sequence[bytes]) -> bytes:
    if not data:
        return data
    at = chance.randrange(len(data))
    return data[:at] + bytes((data[at] ^ 1 << chance.randrange(8),)) + data[at + 1 :]


def _overwrite(chance: random.Random, data: bytes, _seeds: Sequence[bytes]) -> bytes:
    start, stop = _span(chance, data)
    return data[:start] + chance.randbytes(stop - start) + data[stop:]


def _remove(chance: random.Random, data: bytes, _seeds: Sequence[bytes]) -> bytes:
    start, stop = _span(chance, data)
    return data[:start] + data[stop:]


def _repeat(chance: random.Random, data: bytes, _seeds: Sequence[bytes]) -> bytes:
    start, stop = _span(chance, data)
    return data[:stop] + data[start:stop] * chance.choice((1, 2, 20, 1000)) + data[stop:]


def _token(chance: random.Random, data: bytes, _seeds: Sequence[bytes]) -> bytes:
    start, stop = _span(chance, data)
    return data[:start] + chance.choice(_TOKENS) + data[chance.choice((start, stop)) :]


def _number(chance: random.Random, data: bytes, _seeds: Sequence[bytes]) -> bytes:
    found = list(_NUMBER.finditer(data[: 1 << 12]))
    if not found:
        return data
    one = chance.choice(found)
    value = chance.choice((b"0", b"-1", b"65535", b"65536", b"4294967296", b"9" * 40, b"0x10", b"00", b"1.5"))
    return data[: one.start()] + value + data[one.end() :]


def _splice(chance: random.Random, data: bytes, seeds: Sequence[bytes]) -> bytes:
    other = chance.choice(seeds)
    return data[: chance.randrange(len(data) + 1)] + other[chance.randrange(len(other) + 1) :]


def _truncate(chance: random.Random, data: bytes, _seeds: Sequence[bytes]) -> bytes:
    return data[: chance.randrange(len(data) + 1)]


_CHANGES: Final[tuple[Callable[[random.Random, bytes, Sequence[bytes]], bytes], ...]] = (
    *(_flip, _overwrite, _remove, _repeat, _token),
    *(_number, _splice, _truncate),
)
