"""Ours or theirs: who broke the protocol, and where."""

from __future__ import annotations

from lmwire.errors import LmwireError
from lmwire.text import printable

__all__ = ["LocalProtocolError", "ProtocolError", "RemoteProtocolError"]

_SHOWN = 32


class ProtocolError(LmwireError):
    """Base of the two below; never raised itself."""


class LocalProtocolError(ProtocolError, ValueError):
    """We tried something the protocol does not allow: a message that cannot be encoded, a step out of order."""


class RemoteProtocolError(ProtocolError):
    """The other side sent bytes that are not the protocol.

    Attributes:
        reason: what is wrong, in words.
        offset: where, in bytes from the start of the frame.
        data: the first bytes of the frame, at most 64.
        kind: one of "magic", "sum", "crc", "length", "body", "order", "truncated".
    """

    def __init__(self, reason: str, *, kind: str, offset: int, data: bytes) -> None:
        super().__init__(f"{reason} (at byte {offset} of {printable(data[:64], _SHOWN)!r})")
        self.reason = reason
        self.kind = kind
        self.offset = offset
        self.data = bytes(data[:64])
