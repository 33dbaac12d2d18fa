"""The FlexNet-style messages of the handshake, as bytes and as frozen values.

Bytes in, `FrameReader`, frames out, `Frame.message()` for the value; `encode(message)` for the way back.
No sockets, no clock, no event loop in here. Wire facts carry their source: [pub] published independently,
[obs] observed from an unmodified 11.19.6 client, [inf] inferred.
"""

from lmwire.wire.checksum import crc, header_sum, legacy_sum
from lmwire.wire.codec import Frame, encode, encode_raw, message_from_body
from lmwire.wire.definitions import LEGACY_SIZE, MAGIC
from lmwire.wire.errors import LocalProtocolError, ProtocolError, RemoteProtocolError
from lmwire.wire.messages import (
    Hello,
    HelloAnswer,
    LegacyError,
    LegacyHello,
    LegacyMessage,
    LegacyText,
    Message,
    MessageType,
    ModernMessage,
    Referral,
    TextAnswer,
    TextRequest,
    Unknown,
    Version,
)
from lmwire.wire.reader import END_OF_STREAM, MAX_FRAME, NEED_DATA, EndOfStream, FrameReader, NeedData

__all__ = [
    "END_OF_STREAM",
    "LEGACY_SIZE",
    "MAGIC",
    "MAX_FRAME",
    "NEED_DATA",
    "EndOfStream",
    "Frame",
    "FrameReader",
    "Hello",
    "HelloAnswer",
    "LegacyError",
    "LegacyHello",
    "LegacyMessage",
    "LegacyText",
    "LocalProtocolError",
    "Message",
    "MessageType",
    "ModernMessage",
    "NeedData",
    "ProtocolError",
    "Referral",
    "RemoteProtocolError",
    "TextAnswer",
    "TextRequest",
    "Unknown",
    "Version",
    "crc",
    "encode",
    "encode_raw",
    "header_sum",
    "legacy_sum",
    "message_from_body",
]
