"""How a FlexNet client reads what a server sends, junk and leftovers included. Pure; measured byte by byte.

A client does not empty its buffer between connections. Bytes of an answer that was not complete are read again before
those of the next server, which spoils a good answer: a list behind a server that speaks SSH fails as a whole. [obs]
"""

from __future__ import annotations

import enum
import re
from typing import Final

import msgspec

__all__ = ["LEGACY_FRAME", "Reading", "ReadingEnd", "read", "received_bytes"]

_MODERN: Final = b"/"
"""The first byte of a modern frame: `lmwire.wire.MAGIC`. A judgement imports no wire."""

_HEADER: Final = 20
_LENGTH_AT: Final = 4
LEGACY_FRAME: Final = 147
_MOST: Final = 4096
_ESCAPE: Final = re.compile(r"\\(?:x([0-9a-f]{2})|([nrt\\]))")
_NAMED: Final = {"n": "\n", "r": "\r", "t": "\t", "\\": "\\"}


class ReadingEnd(enum.Enum):
    """What a client makes of the bytes in its buffer."""

    INCOMPLETE = "incomplete"
    """It waits for more."""
    BAD_HEADER = "bad header"
    """A header whose sum or length is wrong."""
    BAD_CHECKSUM = "bad checksum"
    BAD_LEGACY = "bad legacy"
    """147 bytes that are no legacy frame."""


class Reading(msgspec.Struct, frozen=True):
    """The end, and the bytes that stay in the buffer for the next connection."""

    end: ReadingEnd
    left: bytes = b""


def read(left: bytes, received: bytes) -> Reading:
    """Return what a client makes of bytes that are known not to be a proper answer.

    Args:
        left: what stayed in its buffer from earlier connections.
        received: what this server sends.
    """
    buffer = left + received
    if buffer[:1] != _MODERN:
        if len(buffer) >= LEGACY_FRAME:
            return Reading(ReadingEnd.BAD_LEGACY)
        # The first 20 bytes were taken for a header, and are gone, once. [obs]
        gone = not left and len(buffer) >= _HEADER
        return Reading(ReadingEnd.INCOMPLETE, buffer[_HEADER:] if gone else buffer)
    if len(buffer) < _HEADER:
        return Reading(ReadingEnd.INCOMPLETE, buffer)
    if (buffer[0] + sum(buffer[2:_HEADER])) % 256 != buffer[1]:
        return Reading(ReadingEnd.BAD_HEADER)
    length = int.from_bytes(buffer[_LENGTH_AT : _LENGTH_AT + 2])
    if length < _HEADER:
        return Reading(ReadingEnd.BAD_HEADER)
    return Reading(ReadingEnd.BAD_CHECKSUM) if len(buffer) >= length else Reading(ReadingEnd.INCOMPLETE, buffer)


def received_bytes(start: str, received: int) -> bytes:
    """Return what a server sent, from `Leg.start` and `Leg.received`; zeros stand for bytes that were not kept."""
    text = _ESCAPE.sub(lambda found: chr(int(found[1], 16)) if found[1] else _NAMED[found[2]], start)
    known = text.encode("latin-1", "replace")[:received]
    return known.ljust(min(received, _MOST), b"\0")
