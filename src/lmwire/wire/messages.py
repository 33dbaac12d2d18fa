"""The messages as frozen values that check themselves.

Text fields hold Latin-1 characters (code points below 256). A value that cannot be put on the wire raises
`LocalProtocolError` when it is made, not when it is sent.
"""

from __future__ import annotations

import enum
from typing import ClassVar

import msgspec

from lmwire.wire.errors import LocalProtocolError

__all__ = [
    "Hello",
    "HelloAnswer",
    "LegacyError",
    "LegacyHello",
    "LegacyMessage",
    "LegacyText",
    "Message",
    "MessageType",
    "ModernMessage",
    "Referral",
    "TextAnswer",
    "TextRequest",
    "Unknown",
    "Version",
]


class MessageType(enum.IntEnum):
    """Types of modern frames whose meaning is known. Any other number decodes to `Unknown`."""

    NOTHING = 0x0000
    """What makes the real client fall back to the legacy hello [obs]."""
    FEATURE_DETAIL = 0x004E
    """Vendor daemon: a usage query [pub]. Never sent by lmwire."""
    HELLO = 0x0102
    """Client to lmgrd and to the vendor daemon [pub][obs]."""
    TEXT_REQUEST = 0x0108
    """Client to lmgrd: `dlist`, `getpaths`, or empty for the license file [pub]."""
    HELLO_ANSWER = 0x010E
    """Vendor daemon (or lmgrd) to client [obs]."""
    REFERRAL = 0x0113
    """lmgrd to client: where the vendor daemon listens [pub][obs]."""
    USAGE = 0x0114
    """Vendor daemon: a usage query [pub]. Never sent by lmwire."""
    STATUS = 0x0127
    """Vendor daemon: a status query [pub]. Never sent by lmwire."""
    STATUS_ANSWER = 0x0128
    """Vendor daemon: the answer to a status query [pub]."""
    FEATURE_LIST = 0x013B
    """Vendor daemon: the feature list [pub]. Never sent by lmwire."""
    FEATURE_STATUS = 0x013C
    """Vendor daemon: a feature's status [pub]. Never sent by lmwire."""
    TEXT_ANSWER = 0x0146
    """lmgrd to client: text [pub]."""
    VERSION = 0x0149
    """Client to lmgrd: version request [pub, unverified]."""


def _check_text(owner: object, *names: str, nul: bool = False) -> None:
    for name in names:
        value: str = getattr(owner, name)
        if not nul and "\0" in value:
            raise LocalProtocolError(f"{type(owner).__name__}.{name} holds a NUL, which ends a field on the wire")
        _check_latin1(owner, name, value)


def _check_latin1(owner: object, name: str, value: str) -> None:
    try:
        value.encode("latin-1")
    except UnicodeEncodeError as error:
        raise LocalProtocolError(f"{type(owner).__name__}.{name} holds characters outside Latin-1") from error


def _check_padded(owner: object, **sizes: int) -> None:
    for name, size in sizes.items():
        value: str = getattr(owner, name)
        _check_latin1(owner, name, value)
        if len(value) > size:
            raise LocalProtocolError(f"{type(owner).__name__}.{name} takes {size} characters, not {len(value)}")
        if value.endswith("\0"):
            raise LocalProtocolError(f"{type(owner).__name__}.{name} ends in NUL, which is the field's padding")


def _check_range(owner: object, bits: int, *names: str) -> None:
    for name in names:
        if not 0 <= getattr(owner, name) < 1 << bits:
            raise LocalProtocolError(f"{type(owner).__name__}.{name} does not fit {bits} bits")


def _check_size(owner: object, **sizes: int) -> None:
    for name, size in sizes.items():
        if len(getattr(owner, name)) != size:
            raise LocalProtocolError(f"{type(owner).__name__}.{name} is {size} bytes long")


_NO_FLAGS = bytes(8)
_HELLO_FLAGS = bytes.fromhex("8380000b00000022")  # what 11.19 sends [obs]
_REFERRAL_FLAGS = bytes.fromhex("4100000000000000")  # what MATLAB's lmgrd sends [pub]
_REFERRAL_TAIL = bytes.fromhex("00000000005444")  # the same
_LEAD = b"\x01\x04"


class ModernMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A message in a modern frame.

    Attributes:
        time: Unix time in seconds in requests; ignored in answers.
        flags: bytes 12..19 of the header. Byte 17, the high byte of the length, is set when the message is
            encoded and always reads 0 here.
    """

    code: ClassVar[int]
    time: int = 0
    flags: bytes = _NO_FLAGS

    def __post_init__(self) -> None:
        """Check what all modern messages share."""
        _check_range(self, 32, "time")
        _check_size(self, flags=8)
        if self.flags[5]:
            raise LocalProtocolError("flags[5] is the length's high byte and is set by encode()")

    @property
    def type(self) -> int:
        """The message type of the header."""
        return self.code


class Hello(ModernMessage, frozen=True, kw_only=True):
    """The client's first words, to lmgrd and again to the vendor daemon: which vendor daemon it wants."""

    code = MessageType.HELLO
    vendor: str
    user: str = ""
    host: str = ""
    display: str = ""
    platform: str = ""
    pid: int = 0
    version_major: int = 11
    version_minor: int = 19
    transport: int = 0x54
    mark: int = 0x78
    lead: bytes = _LEAD
    tail: bytes = bytes(4)
    flags: bytes = _HELLO_FLAGS

    def __post_init__(self) -> None:
        """Check every field."""
        super().__post_init__()
        _check_text(self, "vendor", "user", "host", "display", "platform")
        _check_range(self, 32, "pid")
        _check_range(self, 16, "transport", "mark")
        _check_range(self, 8, "version_major", "version_minor")
        _check_size(self, lead=2)


class TextRequest(ModernMessage, frozen=True, kw_only=True):
    """Ask lmgrd for text. An empty `command` asks for the whole license file, keys and all."""

    code = MessageType.TEXT_REQUEST
    command: str
    user: str = ""
    host: str = ""
    vendor: str = ""
    display: str = ""
    lead: bytes = _LEAD
    tail: bytes = b""

    def __post_init__(self) -> None:
        """Check every field."""
        super().__post_init__()
        _check_text(self, "command", "user", "host", "vendor", "display")
        _check_size(self, lead=2)


class HelloAnswer(ModernMessage, frozen=True, kw_only=True):
    """The vendor daemon is there: its version, the host it runs on, its name."""

    code = MessageType.HELLO_ANSWER
    vendor: str
    host: str = ""
    version_major: int = 11
    version_minor: int = 19
    reserved: bytes = bytes(2)
    tail: bytes = b""

    def __post_init__(self) -> None:
        """Check every field."""
        super().__post_init__()
        _check_text(self, "vendor", "host")
        _check_range(self, 8, "version_major", "version_minor")
        _check_size(self, reserved=2)


class Referral(ModernMessage, frozen=True, kw_only=True):
    """lmgrd's answer: go to `host`:`port` for the vendor daemon. The port is 32 bits wide and may be nonsense."""

    code = MessageType.REFERRAL
    host: str
    port: int
    tail: bytes = _REFERRAL_TAIL
    flags: bytes = _REFERRAL_FLAGS

    def __post_init__(self) -> None:
        """Check every field."""
        super().__post_init__()
        _check_text(self, "host")
        _check_range(self, 32, "port")


class TextAnswer(ModernMessage, frozen=True, kw_only=True):
    """lmgrd's answer to a text request; at most 65,535 characters."""

    code = MessageType.TEXT_ANSWER
    text: str
    lead: bytes = bytes(2)
    tail: bytes = b""

    def __post_init__(self) -> None:
        """Check every field."""
        super().__post_init__()
        _check_text(self, "text", nul=True)
        _check_size(self, lead=2)
        if len(self.text) >= 1 << 16:
            raise LocalProtocolError(f"TextAnswer.text takes 65535 characters, not {len(self.text)}")


class Version(ModernMessage, frozen=True, kw_only=True):
    """A version request (four zeros), or a version quad. Published, never seen by us: [pub, unverified]."""

    code = MessageType.VERSION
    quad: bytes = bytes(4)
    tail: bytes = b""

    def __post_init__(self) -> None:
        """Check every field."""
        super().__post_init__()
        _check_size(self, quad=4)


class Unknown(ModernMessage, frozen=True, kw_only=True):
    """Any other type, with its bytes as they came."""

    number: int
    body: bytes = b""

    def __post_init__(self) -> None:
        """Check every field."""
        super().__post_init__()
        _check_range(self, 16, "number")

    @property
    def type(self) -> int:
        """The message type of the header."""
        return self.number


class LegacyMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A legacy frame of a letter without a class of its own: `l`, `N` and any other ASCII letter."""

    letter: str
    body: bytes

    def __post_init__(self) -> None:
        """Check every field."""
        if not (len(self.letter) == 1 and self.letter.isascii() and self.letter.isalpha()):
            raise LocalProtocolError(f"a legacy frame starts with an ASCII letter, not {self.letter!r}")
        if self.letter in {"h", "W", "H", "L"}:
            raise LocalProtocolError(f"letter {self.letter!r} has a class of its own")
        _check_size(self, body=145)


class LegacyHello(msgspec.Struct, frozen=True, kw_only=True):
    """The old hello, `h`, which a client repeats when its modern one was not understood."""

    letter: ClassVar[str] = "h"
    vendor: str
    user: str = ""
    host: str = ""
    display: str = ""
    platform: str = ""
    pid: str = ""
    version_major: int = 11
    version_minor: int = 19
    transport: str = "T"
    mark: str = "13"
    mark78: str = "78"
    mark14: str = "14"

    def __post_init__(self) -> None:
        """Check every field."""
        _check_padded(self, vendor=11, user=21, host=33, display=33, platform=13, pid=11, transport=13)
        _check_padded(self, mark=2, mark78=3, mark14=3)
        _check_range(self, 8, "version_major", "version_minor")


class LegacyError(msgspec.Struct, frozen=True, kw_only=True):
    """An error answer: `W`, or `H` for a refused lmdown. `text` is the code in ASCII."""

    text: str
    letter: str = "W"

    def __post_init__(self) -> None:
        """Check every field."""
        if self.letter not in {"W", "H"}:
            raise LocalProtocolError(f"an error answer is W or H, not {self.letter!r}")
        _check_padded(self, text=145)

    @property
    def error(self) -> int | None:
        """The error code, or None when `text` is not a number of a sensible size."""
        digits = self.text.split("\0", 1)[0].strip()
        if len(digits) <= len("-99999") and digits.removeprefix("-").isdecimal() and digits.isascii():
            return int(digits)
        return None


class LegacyText(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of a legacy text answer, `L`: the count of bytes that remain, this piece included, and 134 bytes."""

    letter: ClassVar[str] = "L"
    remaining: str
    chunk: bytes

    def __post_init__(self) -> None:
        """Check every field."""
        _check_padded(self, remaining=11)
        _check_size(self, chunk=134)


Message = ModernMessage | LegacyMessage | LegacyHello | LegacyError | LegacyText
