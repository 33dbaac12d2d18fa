"""Between bytes and values. construct's exceptions and containers end here."""

from __future__ import annotations

import functools
from typing import Any, Final, TypeVar

import msgspec
from construct import ConstructError, Struct

from lmwire.wire import definitions as layout
from lmwire.wire.checksum import crc, header_sum, legacy_sum
from lmwire.wire.errors import LocalProtocolError, RemoteProtocolError
from lmwire.wire.messages import (
    Hello,
    HelloAnswer,
    LegacyError,
    LegacyHello,
    LegacyMessage,
    LegacyText,
    Message,
    ModernMessage,
    Referral,
    TextAnswer,
    TextRequest,
    Unknown,
    Version,
)

__all__ = ["LEGACY_LAYOUTS", "MODERN_LAYOUTS", "Frame", "encode", "encode_raw", "message_from_body"]

_M = TypeVar("_M")

MODERN_LAYOUTS: Final[dict[int, tuple[type[ModernMessage], Struct]]] = {
    cls.code: (cls, body)
    for cls, body in (
        (Hello, layout.hello),
        (TextRequest, layout.text_request),
        (HelloAnswer, layout.hello_answer),
        (Referral, layout.referral),
        (TextAnswer, layout.text_answer),
        (Version, layout.version),
    )
}
"""Type of a modern message → its class and the layout of its body."""

LEGACY_LAYOUTS: Final[dict[str, tuple[type[Any], Struct]]] = {
    "h": (LegacyHello, layout.legacy_hello),
    "W": (LegacyError, layout.legacy_error),
    "H": (LegacyError, layout.legacy_error),
    "L": (LegacyText, layout.legacy_text),
}
"""Letter of a legacy message → the same."""

_MAX_LENGTH: Final = (1 << 24) - 1


class Frame(msgspec.Struct, frozen=True):
    """One complete frame whose checksums were right. The body is not looked at before `message()` is called.

    Attributes:
        raw: the whole frame, header included.
        type: the message type of a modern frame; the code of its letter for a legacy one.
        modern: whether it is a modern frame.
    """

    raw: bytes
    type: int
    modern: bool

    def message(self) -> Message:
        """Decode the body.

        Raises:
            RemoteProtocolError: the body does not hold what its type promises; kind "body".
        """
        if not self.modern:
            return _legacy_message(self.raw)
        header = layout.modern_header_format.unpack_from(self.raw)
        time, flags, flag18, mode = header[5], header[6], header[8], header[9]
        settings = {"time": time, "flags": flags + bytes((0, flag18, mode))}
        return message_from_body(self.type, self.raw[layout.HEADER_SIZE :], **settings, raw=self.raw)


def message_from_body(number: int, body: bytes, *, time: int = 0, flags: bytes = bytes(8), raw: bytes = b"") -> Message:
    """Decode the body of a modern message of type `number`. `raw` is the frame to quote in an error."""
    entry = MODERN_LAYOUTS.get(number)
    if entry is None:
        return Unknown(number=number, body=body, time=time, flags=flags)
    cls, definition = entry
    offset = layout.HEADER_SIZE if raw else 0
    fields = _parse(definition, body, raw or body, offset=offset)
    return _made(cls, {"time": time, "flags": flags, **fields}, raw or body, offset=offset)


def _legacy_message(raw: bytes) -> Message:
    letter = chr(raw[0])
    entry = LEGACY_LAYOUTS.get(letter)
    if entry is None:
        return LegacyMessage(letter=letter, body=raw[2:])
    cls, definition = entry
    fields = _parse(definition, raw[2:], raw, offset=2)
    if cls is LegacyError:
        fields["letter"] = letter
    message: Message = _made(cls, fields, raw, offset=2)
    return message


def _parse(definition: Struct, body: bytes, raw: bytes, *, offset: int) -> dict[str, Any]:
    # Interpreted, not compiled: construct's compiled parsers take short fields for whole ones.
    try:
        container = definition.parse(body)
    except ConstructError as error:
        where = str(error.path or "").rpartition(" ")[2] or "body"
        reason = f"the message ends before its {where.rpartition('-> ')[2]} does"
        raise RemoteProtocolError(reason, kind="body", offset=offset, data=raw) from error
    return {name: value for name, value in container.items() if not name.startswith("_")}


def _made(cls: type[_M], fields: dict[str, Any], raw: bytes, *, offset: int) -> _M:
    """Return the value, whose own checks are about what the other side sent here, not about a mistake of ours."""
    try:
        return cls(**fields)
    except LocalProtocolError as error:
        raise RemoteProtocolError(str(error), kind="body", offset=offset, data=raw) from error


def encode(message: Message) -> bytes:
    """Return the frame of `message`, both checksums right.

    Raises:
        LocalProtocolError: the frame would be longer than 24 bits of length can say.
    """
    if isinstance(message, ModernMessage):
        return _encode_modern(message)
    letter = message.letter
    definition = LEGACY_LAYOUTS[letter][1] if letter in LEGACY_LAYOUTS else layout.legacy_opaque
    frame = bytearray(letter.encode("ascii") + b"\0" + _build(definition, message))
    frame[1] = legacy_sum(frame)
    return bytes(frame)


def _encode_modern(message: ModernMessage) -> bytes:
    definition = layout.unknown if isinstance(message, Unknown) else MODERN_LAYOUTS[message.type][1]
    return encode_raw(message.type, _build(definition, message), time=message.time, flags=message.flags)


def encode_raw(number: int, body: bytes, *, time: int = 0, flags: bytes = bytes(8)) -> bytes:
    """Return a modern frame of type `number` around `body`, length and both checksums right."""
    length = layout.HEADER_SIZE + len(body)
    if length > _MAX_LENGTH:
        raise LocalProtocolError(f"a frame of {length} bytes is longer than its length field can say")
    low, high = length & 0xFFFF, length >> 16
    header = layout.modern_header_format.pack(
        layout.MAGIC, 0, 0, low, number, time, flags[:5], high, flags[6], flags[7]
    )
    frame = bytearray(header + body)
    frame[2:4] = crc(bytes(frame)).to_bytes(2, "big")
    frame[1] = header_sum(frame)
    return bytes(frame)


@functools.cache
def _compiled(definition: Struct) -> Struct:
    """Return construct's own compilation of a layout, which builds twice as fast."""
    return definition.compile()


def _build(definition: Struct, message: Message) -> bytes:
    built: bytes = _compiled(definition).build({name: getattr(message, name) for name in _names(definition)})
    return built


@functools.cache
def _names(definition: Struct) -> tuple[str, ...]:
    return tuple(field.name for field in definition.subcons)
