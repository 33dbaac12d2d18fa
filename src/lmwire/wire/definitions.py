"""Every layout of the wire, once, in construct.

Modern frame, big-endian [pub][obs]:

    0      1     2      4       6     8     12       17        18     19         20
    | 0x2f | sum | crc  | length | type | time | flags | length | flag | body mode | body …
                                                       (high byte)

Legacy frame, always 147 bytes, NUL-padded ASCII [pub][obs]:

    0        1     2
    | letter | sum | body, 145 bytes
"""

from __future__ import annotations

import io
import struct
from typing import Final

from construct import (
    Adapter,
    Bytes,
    Construct,
    FormatField,
    GreedyBytes,
    Int8ub,
    Int16ub,
    Int32ub,
    Prefixed,
    Renamed,
    StreamError,
    Struct,
)

__all__ = [
    "HEADER_SIZE",
    "LEGACY_SIZE",
    "MAGIC",
    "Padded",
    "UpToNul",
    "hello",
    "hello_answer",
    "legacy_error",
    "legacy_header",
    "legacy_hello",
    "legacy_opaque",
    "legacy_text",
    "modern_header",
    "modern_header_format",
    "referral",
    "text_answer",
    "text_request",
    "unknown",
    "version",
]

MAGIC: Final = 0x2F
HEADER_SIZE: Final = 20
LEGACY_SIZE: Final = 147


class _Text(Adapter):  # type: ignore[misc] # construct ships no types
    """Bytes as Latin-1 text, so that every byte survives the way there and back."""

    def _decode(self, obj: bytes, _context: object, _path: str) -> str:
        return obj.decode("latin-1")

    def _encode(self, obj: str, _context: object, _path: str) -> bytes:
        return obj.encode("latin-1")


class Padded(_Text):
    """Latin-1 text in a field of fixed size, filled up with NULs; only NULs at the end are taken off."""

    def _decode(self, obj: bytes, _context: object, _path: str) -> str:
        return obj.rstrip(b"\0").decode("latin-1")

    def _encode(self, obj: str, _context: object, _path: str) -> bytes:
        size: int = self.subcon.length
        return obj.encode("latin-1").ljust(size, b"\0")


class UpToNul(Construct):  # type: ignore[misc] # construct ships no types
    """Bytes up to a NUL, which is taken too. construct's own NullTerminated takes quadratic time for it."""

    def _parse(self, stream: io.BytesIO, _context: object, path: str) -> bytes:
        at = stream.tell()
        found, nul, _ = stream.read().partition(b"\0")
        if not nul:
            raise StreamError("no NUL ends the text", path=path)
        stream.seek(at + len(found) + 1)
        return found

    def _build(self, obj: bytes, stream: io.BytesIO, _context: object, _path: str) -> bytes:
        stream.write(obj + b"\0")
        return obj


_name = _Text(UpToNul())


def _padded(size: int) -> Construct:
    return Padded(Bytes(size))


modern_header: Final = Struct(
    "magic" / Int8ub,
    "header_sum" / Int8ub,
    "crc" / Int16ub,
    "length" / Int16ub,
    "type" / Int16ub,
    "time" / Int32ub,  # Unix time in requests; answers echo it or send 0, and the client ignores it [obs]
    "flags" / Bytes(5),
    "length_high" / Int8ub,  # the length's bits 16..23 [obs]
    "flag18" / Int8ub,
    "body_mode" / Int8ub,  # 0x22 in an 11.19 hello, 0x02 in an 11.18 one; must be 0 in answers [obs]
)


def _single_format(layout: Struct) -> struct.Struct:
    """Fold a construct Struct of fixed fields into one `struct` format, to read it in one step.

    The fields stay defined in construct alone; this only reads them off.
    """
    codes = []
    for field in layout.subcons:
        inner = field.subcon if isinstance(field, Renamed) else field
        codes.append(inner.fmtstr[1:] if isinstance(inner, FormatField) else f"{inner.length}s")
    return struct.Struct(">" + "".join(codes))


modern_header_format: Final = _single_format(modern_header)

# "lead", "transport" and "mark" are constant in every packet seen (01 04, 'T' for TCP, 'x'); what else they may
# hold is not known, so they are kept as they come. "tail" is whatever follows the known fields. [obs]
hello: Final = Struct(
    "lead" / Bytes(2),
    "version_major" / Int8ub,
    "version_minor" / Int8ub,
    "transport" / Int16ub,
    "mark" / Int16ub,
    "pid" / Int32ub,
    "user" / _name,
    "host" / _name,
    "display" / _name,
    "vendor" / _name,
    "platform" / _name,
    "tail" / GreedyBytes,  # 11.19 pads with 4 NULs [obs]
)

text_request: Final = Struct(
    "lead" / Bytes(2),
    "user" / _name,
    "host" / _name,
    "vendor" / _name,
    "display" / _name,
    "command" / _name,
    "tail" / GreedyBytes,
)

hello_answer: Final = Struct(
    "version_major" / Int8ub,
    "version_minor" / Int8ub,
    "reserved" / Bytes(2),
    "host" / _name,
    "vendor" / _name,
    "tail" / GreedyBytes,
)

referral: Final = Struct(
    "host" / _name,
    "port" / Int32ub,  # 32 bits on the wire; the client keeps the low 16 [obs]
    "tail" / GreedyBytes,  # 7 bytes, 'T' at the sixth; the client accepts any, or none [pub][obs]
)

text_answer: Final = Struct(
    "lead" / Bytes(2),
    "text" / _Text(Prefixed(Int16ub, GreedyBytes)),  # length at 22, text from 24 [pub]
    "tail" / GreedyBytes,
)

version: Final = Struct("quad" / Bytes(4), "tail" / GreedyBytes)  # 4 zero bytes in the request [pub, unverified]

# The vendor daemon's queries too (0x013b, 0x013c, 0x0127, 0x0128, 0x0114, 0x004e): their types are known [pub], the
# layout of their bodies is unknown, and no capture has one. Bytes in, the same bytes out.
unknown: Final = Struct("body" / GreedyBytes)

legacy_header: Final = Struct("letter" / _padded(1), "legacy_sum" / Int8ub)

legacy_hello: Final = Struct(
    "mark" / _padded(2),  # "13"
    "user" / _padded(21),
    "host" / _padded(33),
    "vendor" / _padded(11),
    "display" / _padded(33),
    "transport" / _padded(13),  # "T"
    "pid" / _padded(11),
    "platform" / _padded(13),
    "version_major" / Int8ub,
    "version_minor" / Int8ub,
    "mark78" / _padded(3),  # "78"
    "mark14" / _padded(3),  # "14"
)

legacy_error: Final = Struct("text" / _padded(145))  # the code in ASCII, such as "-97" [pub][obs]

legacy_text: Final = Struct("remaining" / _padded(11), "chunk" / Bytes(134))  # [pub]

legacy_opaque: Final = Struct("body" / Bytes(145))  # "l" and "N" too: known by their letters only [pub]
