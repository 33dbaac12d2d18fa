"""The wire definitions as lists of fields, for the tools that show packets: the scapy layer and Wireshark.

Nothing is laid out here: the fields are read off the construct definitions, and a field of a kind that is not
known yet fails loudly.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Final

from construct import Adapter, Bytes, Construct, FormatField, GreedyBytes, Prefixed, Struct

from lmwire.wire import MAX_FRAME, Message, definitions, legacy_sum
from lmwire.wire.codec import LEGACY_LAYOUTS, MODERN_LAYOUTS

__all__ = [
    "BODY",
    "CHECKSUMS",
    "HEADER",
    "HEXADECIMAL",
    "LEGACY",
    "LEGACY_BODY",
    "LEGACY_HEADER",
    "MODERN",
    "Field",
    "Kind",
    "MessageLayout",
    "fields",
    "frame_size",
]


class Kind(enum.Enum):
    """How a field's bytes are found."""

    NUMBER = "number"
    """Big-endian, `size` bytes."""
    BYTES = "bytes"
    """`size` bytes as they come."""
    REST = "rest"
    """Everything up to the end of the frame; `size` is 0."""
    NUL_ENDED = "nul_ended"
    """Text up to a NUL; `size` is 0."""
    PADDED = "padded"
    """Text in `size` bytes, filled up with NULs."""
    COUNTED = "counted"
    """Text behind its length, which is a number of `size` bytes."""


@dataclass(frozen=True, slots=True)
class Field:
    """A named field of a layout; `wire` parses and builds it."""

    name: str
    kind: Kind
    size: int
    wire: Construct

    @property
    def is_text(self) -> bool:
        """Whether values are text (Latin-1); otherwise they are numbers or bytes."""
        return self.kind in {Kind.NUL_ENDED, Kind.PADDED, Kind.COUNTED}


@dataclass(frozen=True, slots=True)
class MessageLayout:
    """A kind of message that has a class of its own.

    Attributes:
        key: the type of a modern message, the letters of a legacy one.
        cls: its class in `lmwire.wire`, whose defaults hold.
        fields: the body's.
        title: what it is called.
        summary: one line on it; `{name}` stands for a field.
    """

    key: int | str
    cls: type[Message]
    fields: tuple[Field, ...]
    title: str
    summary: str


def fields(layout: Struct) -> tuple[Field, ...]:
    """Read the fields off a construct definition.

    Raises:
        TypeError: a field is of a kind that is not known here.
    """
    return tuple(Field(renamed.name, *_kind(renamed.subcon), renamed.subcon) for renamed in layout.subcons)


def _kind(wire: Construct) -> tuple[Kind, int]:
    text = isinstance(wire, Adapter)
    match wire.subcon if text else wire:
        case FormatField(fmtstr=">B" | ">H" | ">L") as number if not text:
            return Kind.NUMBER, number.sizeof()
        case Bytes() as block:
            return (Kind.PADDED if text else Kind.BYTES), block.sizeof()
        case Prefixed(lengthfield=FormatField(fmtstr=">H") as count) if text:
            return Kind.COUNTED, count.sizeof()
        case definitions.UpToNul() if text:
            return Kind.NUL_ENDED, 0
        case rest if rest is GreedyBytes and not text:
            return Kind.REST, 0
    raise TypeError(f"no tool can show {wire!r}")


_SUMMARIES: Final = {
    "Hello": ("Hello", " vendor={vendor} user={user} host={host}"),
    "TextRequest": ("Text request", " {command}"),
    "HelloAnswer": ("Hello answer", " vendor={vendor} host={host} version={version_major}.{version_minor}"),
    "Referral": ("Referral", " {host}:{port}"),
    "TextAnswer": ("Text answer", ""),
    "Version": ("Version", " {quad}"),
    "LegacyHello": ("Legacy hello", " vendor={vendor} user={user} host={host}"),
    "LegacyError": ("Error", " {text}"),
    "LegacyText": ("Legacy text", ", bytes to come: {remaining}"),
}


def _message(key: int | str, cls: type[Message], layout: Struct) -> MessageLayout:
    title, rest = _SUMMARIES[cls.__name__]
    return MessageLayout(key, cls, fields(layout), title, title + rest)


MODERN: Final = {number: _message(number, cls, layout) for number, (cls, layout) in sorted(MODERN_LAYOUTS.items())}
"""Modern message type → its layout. Any other type is `lmwire.wire.definitions.unknown`."""

LEGACY: Final = {letter: _message(letter, cls, layout) for letter, (cls, layout) in LEGACY_LAYOUTS.items()}
"""Legacy letter → its layout. Any other letter is `lmwire.wire.definitions.legacy_opaque`."""

HEADER: Final = fields(definitions.modern_header)
"""The header of every modern frame."""

BODY: Final = fields(definitions.unknown)
"""The body of a modern message without a class of its own."""

LEGACY_HEADER: Final = fields(definitions.legacy_header)
"""The two bytes before a legacy body."""

LEGACY_BODY: Final = fields(definitions.legacy_opaque)
"""The body of a legacy message without a class of its own."""

CHECKSUMS: Final = ("header_sum", "crc", "legacy_sum")
"""Fields that depend on the rest of the frame."""

HEXADECIMAL: Final = frozenset({*CHECKSUMS, "magic", "type", "flag18", "body_mode", "transport", "mark"})
"""Numbers that are read in hexadecimal, where they are numbers."""

_LETTERS: Final = b"hWHLlN"


def frame_size(data: bytes) -> int | None:
    """Return the size of the frame that `data` starts with, None while it is not whole, 0 when it is not a frame.

    Unlike `FrameReader`, it lets wrong checksums pass, so that they can be shown: what says its length sensibly is
    a modern frame, and 147 bytes behind a known letter are a legacy one when they look padded or their sum is right.
    """
    if data[:1] == _MAGIC:
        if len(data) < definitions.HEADER_SIZE:
            return None
        header = definitions.modern_header_format.unpack_from(data)
        length = header[_LENGTH_HIGH] << 16 | header[_LENGTH]
        if not definitions.HEADER_SIZE <= length <= MAX_FRAME:
            return 0
    elif data[:1].isalpha():
        length = definitions.LEGACY_SIZE
        start = data[:length]
        if len(start) == length and start[1] != legacy_sum(start) and not (start[0] in _LETTERS and 0 in start[2:]):
            return 0
    else:
        return 0 if data else None
    return length if len(data) >= length else None


_MAGIC: Final = bytes((definitions.MAGIC,))
_POSITIONS: Final = {field.name: at for at, field in enumerate(HEADER)}
_LENGTH, _LENGTH_HIGH = _POSITIONS["length"], _POSITIONS["length_high"]
