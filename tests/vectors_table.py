"""The published and observed streams, for every test that walks over them."""

from __future__ import annotations

import functools
import json
from pathlib import Path

import msgspec

__all__ = ["Vector", "vectors"]


class Vector(msgspec.Struct, frozen=True):
    source: str
    direction: str
    data: bytes
    malformed: str | None

    def __str__(self) -> str:
        return f"{self.source}, {self.direction}, {self.data[:12].hex()}"


@functools.cache
def vectors() -> tuple[Vector, ...]:
    path = Path(__file__).parent / "vectors" / "streams.jsonl"
    rows = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    return tuple(
        Vector(row["source"], row["direction"], bytes.fromhex(row["hex"]), row.get("malformed")) for row in rows
    )
