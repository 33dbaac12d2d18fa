"""One direction of a license conversation, without real names, and with the same length.

What is understood is taken apart by the wire's own definitions, and put together with stand-ins. What is not is
blanked: of another protocol, all but the bytes that it is recognized by. A checksum that was right is right again; one
that was wrong stays wrong.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec

from lmwire.capture.packets.recognize import HEADER, is_header
from lmwire.capture.privacy.pseudonyms import Pseudonyms
from lmwire.legs import START
from lmwire.session import identify
from lmwire.wire import (
    LEGACY_SIZE,
    MAGIC,
    MAX_FRAME,
    Frame,
    Hello,
    HelloAnswer,
    LegacyError,
    LegacyHello,
    LegacyText,
    Message,
    Referral,
    RemoteProtocolError,
    TextAnswer,
    TextRequest,
    Version,
    crc,
    encode,
    header_sum,
    legacy_sum,
)

__all__ = ["Masks", "blanked"]

_SHOWN: Final = frozenset(b"\0\r\n ")
_BLANK: Final = bytes(byte if byte in _SHOWN else ord("x") for byte in range(256))

_NO_ONES_DISPLAY: Final = re.compile(
    r"/dev/(tty|pts|pty|console|null)[\w/]{0,6}|(unix)?:\d+(\.\d+)?|console|", re.ASCII
)
_SCREEN: Final = re.compile(r"(.*?)(:\d+(?:\.\d+)?)", re.DOTALL)
_PLATFORM: Final = re.compile(r"[a-z0-9]{2,8}_[a-z0-9_]{1,12}|", re.ASCII | re.IGNORECASE)
_CODE: Final = re.compile(r"\s*-?\d{1,5}", re.ASCII)
_DAEMON: Final = re.compile(r"[\w+-]{1,64}", re.ASCII)
_SEPARATORS: Final = re.compile(r"([\s,;\0]+)")
_REFERRAL_TAIL: Final = bytes.fromhex("00000000005444")
_TYPE_HIGH: Final = 0x01
"""The high byte of every known message type is at most that; text has letters there."""

_COMMANDS: Final = frozenset({"", "dlist", "getpaths"})


def blanked(data: bytes) -> bytes:
    """Return as many bytes, that tell nothing: NULs, blanks and line ends stay, anything else becomes an x.

    That way text stays text, and what was malformed stays so.
    """
    return data.translate(_BLANK)


class Masks:
    """Masks talks.

    Args:
        names: what stands for names.

    Attributes:
        kept: texts that were kept on purpose, such as the names of vendor daemons.
    """

    def __init__(self, names: Pseudonyms) -> None:
        self.kept: set[str] = set()
        self._names = names
        self._listing = False

    def question(self, data: bytes, cuts: Sequence[int]) -> bytes:
        """Return what a client said, masked. `cuts` are offsets at which segments begin."""
        self._listing = False
        return self._masked(data, cuts)

    def answer(self, data: bytes, cuts: Sequence[int]) -> bytes:
        """Return what a server said, masked: to the question that was masked last."""
        start = data[:START]
        if identify(start) is not None:
            return self._foreign(start, cuts) + blanked(data[START:])
        return self._masked(data, cuts)

    def _masked(self, data: bytes, cuts: Sequence[int]) -> bytes:
        out = bytearray()
        starts = iter(sorted(set(cuts)))
        while len(out) < len(data):
            at = len(out)
            frame = self._frame(data, at)
            if frame is not None:
                out += frame
                continue
            # Where the next segment begins with a message, reading begins anew.
            stop = next((cut for cut in starts if cut > at and is_header(data[cut : cut + HEADER])), len(data))
            out += self._unread(data[at:stop])
        return bytes(out)

    def _frame(self, data: bytes, at: int) -> bytes | None:
        """Return the whole frame at `at`, masked; None when there is none."""
        if data[at] == MAGIC:
            length = data[at + 17] << 16 | int.from_bytes(data[at + 4 : at + 6]) if len(data) - at >= HEADER else 0
            if HEADER <= length <= min(MAX_FRAME, len(data) - at) and is_header(data[at : at + HEADER]):
                return self._modern(data[at : at + length])
        elif data[at : at + 1].isalpha() and len(data) - at >= LEGACY_SIZE:
            return self._legacy(data[at : at + LEGACY_SIZE])
        return None

    @staticmethod
    def _unread(data: bytes) -> bytes:
        """Return bytes without an end, or without sense, blanked: their first, or header, tells what they began as.

        What only begins like a header may be a path: `/home/…`.
        """
        known = HEADER if is_header(data) and data[6] <= _TYPE_HIGH else 1
        out = bytearray(data[:known] + blanked(data[known:]))
        if known == 1 and is_header(bytes(out)):
            out[1] ^= 0xFF  # it was malformed, and must stay so
        return bytes(out)

    def _modern(self, raw: bytes) -> bytes:
        right = header_sum(raw) == raw[1] and crc(raw) == int.from_bytes(raw[2:4])
        body = self._body(Frame(raw, int.from_bytes(raw[6:8]), True)) if right else None
        frame = bytearray(raw[:HEADER] + (blanked(raw[HEADER:]) if body is None else body))
        wrong = crc(raw) ^ int.from_bytes(raw[2:4])
        frame[2:4] = (crc(frame) ^ wrong).to_bytes(2)
        frame[1] = (header_sum(frame) + raw[1] - header_sum(raw)) & 0xFF
        return bytes(frame)

    def _legacy(self, raw: bytes) -> bytes:
        right = legacy_sum(raw) == raw[1]
        body = self._body(Frame(raw, raw[0], False)) if right else None
        frame = bytearray(raw[:2] + (blanked(raw[2:]) if body is None else body))
        frame[1] = (legacy_sum(frame) + raw[1] - legacy_sum(raw)) & 0xFF
        return bytes(frame)

    def _body(self, frame: Frame) -> bytes | None:
        """Return the body of a frame, masked; None when it cannot be read."""
        try:
            message = frame.message()
        except RemoteProtocolError:
            return None
        start = HEADER if frame.modern else 2
        mask = _MASKS.get(type(message))
        if mask is None:
            return bytes(len(frame.raw) - start)
        masked = encode(msgspec.structs.replace(message, **mask(self, message)))
        return masked[start:] if len(masked) == len(frame.raw) else None

    def _keep(self, text: str) -> str:
        self.kept.add(text.lower())
        return text

    def _hello(self, message: Hello) -> dict[str, Any]:
        return {
            "vendor": self._keep(message.vendor),
            "user": self._names.name(message.user),
            "host": self._names.name(message.host),
            "display": self._display(message.display),
            "platform": self._platform(message.platform),
            "tail": bytes(len(message.tail)),
        }

    def _text_request(self, message: TextRequest) -> dict[str, Any]:
        self._listing = message.command == "dlist"
        return {
            "vendor": self._keep(message.vendor),
            "user": self._names.name(message.user),
            "host": self._names.name(message.host),
            "display": self._display(message.display),
            "command": message.command if message.command in _COMMANDS else _blanked(message.command),
            "tail": bytes(len(message.tail)),
        }

    def _hello_answer(self, message: HelloAnswer) -> dict[str, Any]:
        tail = bytes(len(message.tail))
        return {"vendor": self._keep(message.vendor), "host": self._names.name(message.host), "tail": tail}

    def _referral(self, message: Referral) -> dict[str, Any]:
        known = len(message.tail) <= len(_REFERRAL_TAIL) and set(message.tail) <= set(_REFERRAL_TAIL)
        return {
            "host": self._names.name(message.host),
            "tail": message.tail if known else bytes(len(message.tail)),
        }

    def _text_answer(self, message: TextAnswer) -> dict[str, Any]:
        return {"text": self._text(message.text), "tail": bytes(len(message.tail))}

    def _version(self, message: Version) -> dict[str, Any]:
        return {"tail": bytes(len(message.tail))}

    def _legacy_hello(self, message: LegacyHello) -> dict[str, Any]:
        cut = self._names.cut_name
        return {
            "vendor": _up_to_nul(message.vendor, self._keep),
            "user": _up_to_nul(message.user, cut),
            "host": _up_to_nul(message.host, cut),
            "display": _up_to_nul(message.display, self._display),
            "platform": _up_to_nul(message.platform, self._platform),
            "transport": message.transport[:1] + _blanked(message.transport[1:]),
            "pid": message.pid if message.pid.isdecimal() else _blanked(message.pid),
        }

    def _legacy_error(self, message: LegacyError) -> dict[str, Any]:
        code = _CODE.match(message.text)
        stop = code.end() if code is not None else 0
        return {"text": message.text[:stop] + _blanked(message.text[stop:])}

    def _legacy_text(self, message: LegacyText) -> dict[str, Any]:
        remaining = message.remaining if message.remaining.strip("\0 ").isdecimal() else _blanked(message.remaining)
        return {"remaining": remaining, "chunk": self._text(message.chunk.decode("latin-1")).encode("latin-1")}

    def _text(self, text: str) -> str:
        """Return a text answer, in which names of vendor daemons are left, one a line, if those were asked for."""
        if not self._listing or any(len(line.split()) > 1 for line in text.splitlines()):
            return _blanked(text)
        return "".join(
            self._keep(part) if _DAEMON.fullmatch(part) else _blanked(part) for part in _SEPARATORS.split(text)
        )

    def _display(self, text: str) -> str:
        if _NO_ONES_DISPLAY.fullmatch(text):
            return self._keep(text)
        screen = _SCREEN.fullmatch(text)
        host, number = screen.groups() if screen is not None else (text, "")
        return self._names.name(host) + number

    def _platform(self, text: str) -> str:
        return self._keep(text) if _PLATFORM.fullmatch(text) else self._names.name(text)

    def _foreign(self, start: bytes, cuts: Sequence[int]) -> bytes:
        """Return the first bytes of another protocol, of which those stay that it is recognized by."""
        ends = [*(cut for cut in cuts if 0 < cut < len(start)), len(start)]
        found = [identify(start[:end]) for end in ends]
        masked = bytearray(start)
        for at, byte in enumerate(blanked(start)):
            masked[at] = byte
            if [identify(bytes(masked[:end])) for end in ends] != found:
                masked[at] = start[at]
        self._keep(masked.decode("latin-1"))
        return bytes(masked)


_MASKS: Final[dict[type[Message], Callable[[Masks, Any], dict[str, Any]]]] = {
    Hello: Masks._hello,  # noqa: SLF001 # its own table
    TextRequest: Masks._text_request,  # noqa: SLF001
    HelloAnswer: Masks._hello_answer,  # noqa: SLF001
    Referral: Masks._referral,  # noqa: SLF001
    TextAnswer: Masks._text_answer,  # noqa: SLF001
    Version: Masks._version,  # noqa: SLF001
    LegacyHello: Masks._legacy_hello,  # noqa: SLF001
    LegacyError: Masks._legacy_error,  # noqa: SLF001
    LegacyText: Masks._legacy_text,  # noqa: SLF001
}
"""Class of a message → which of its fields are replaced, and by what; all others stay. Of others, the whole body is
blanked."""


def _blanked(text: str) -> str:
    return blanked(text.encode("latin-1")).decode("latin-1")


def _up_to_nul(text: str, mask: Callable[[str], str]) -> str:
    """Mask a text in a field of fixed size. Behind its NUL may be what was in memory before."""
    told, nul, rest = text.partition("\0")
    return mask(told) + nul + "\0" * (len(rest) - 1) + ("x" if rest else "")
