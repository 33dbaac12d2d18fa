"""License traffic by its first bytes: on any port, and in the middle of a conversation."""

from __future__ import annotations

from typing import Final

from lmwire.wire import LEGACY_SIZE, MAGIC, MessageType, header_sum, legacy_sum

__all__ = ["ASKS", "HEADER", "STARTS", "is_header", "speaks"]

HEADER: Final = 20
"""Bytes of a modern frame's header."""

ASKS: Final = bytes((MAGIC, *b"h"))
"""First bytes of what a client asks."""

STARTS: Final = bytes((*ASKS, *b"W"))
"""First bytes of what a conversation is recognized by in its middle: modern frames, legacy hello and error."""

_QUESTIONS: Final = frozenset({MessageType.HELLO, MessageType.TEXT_REQUEST})
_ANSWERS: Final = frozenset({MessageType.REFERRAL, MessageType.HELLO_ANSWER, MessageType.TEXT_ANSWER})


def is_header(data: bytes) -> bool:
    """Whether `data` begins with the header of a modern frame, its sum right."""
    return len(data) >= HEADER and data[0] == MAGIC and header_sum(data[:HEADER]) == data[1]


def speaks(payload: bytes) -> bool | None:
    """Whether a payload begins like a question (True) or an answer (False); None when like neither."""
    if is_header(payload):
        kind = int.from_bytes(payload[6:8])
        return True if kind in _QUESTIONS else False if kind in _ANSWERS else None
    if len(payload) == LEGACY_SIZE and legacy_sum(payload) == payload[1]:
        return {b"h": True, b"W": False}.get(payload[:1])
    return None
