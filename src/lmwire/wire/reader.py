"""From a stream of bytes to frames, with three answers: more, a frame, malformed.

Completeness is decided from the length field before construct sees the frame, so that an error of construct's
always means malformed. Checksums are verified as early as they can be: a modern header's sum as soon as its 20
bytes are there, so that a lie about the length is rarely waited for.
"""

from __future__ import annotations

import enum
from typing import Final

from lmwire.wire import definitions as layout
from lmwire.wire.checksum import crc, header_sum, legacy_sum
from lmwire.wire.codec import Frame
from lmwire.wire.errors import LocalProtocolError, RemoteProtocolError

__all__ = ["END_OF_STREAM", "MAX_FRAME", "NEED_DATA", "EndOfStream", "FrameReader", "NeedData"]

MAX_FRAME: Final = 1 << 17
"""Longest frame that is read by default, in bytes. A text answer, the longest there is, has 65,535 of text."""


class NeedData(enum.Enum):
    """The type of `NEED_DATA`."""

    NEED_DATA = enum.auto()


class EndOfStream(enum.Enum):
    """The type of `END_OF_STREAM`."""

    END_OF_STREAM = enum.auto()


NEED_DATA: Final = NeedData.NEED_DATA
END_OF_STREAM: Final = EndOfStream.END_OF_STREAM

_unpack = layout.modern_header_format.unpack_from
_HEADER_SIZE = layout.HEADER_SIZE


class FrameReader:
    """Collects bytes and hands out frames.

    `receive_data` only stores; call `next_frame` until it says `NEED_DATA` or `END_OF_STREAM`. It never holds
    more than one frame and the last piece received, and nothing at all once the stream is known to be malformed.

    Args:
        max_frame: longest frame to accept, in bytes.
    """

    def __init__(self, *, max_frame: int = MAX_FRAME) -> None:
        self._buffer = b""
        self._at = 0
        self._pieces: list[bytes] = []
        self._waiting = 1
        self._missing = 1
        self._eof = False
        self._error: RemoteProtocolError | None = None
        self._max_frame = max_frame

    @property
    def buffered(self) -> int:
        """How many bytes are held that belong to no frame handed out yet."""
        return len(self._buffer) - self._at + sum(map(len, self._pieces))

    def receive_data(self, data: bytes) -> None:
        """Store `data`.

        Raises:
            LocalProtocolError: after `receive_eof`.
        """
        if self._eof:
            raise LocalProtocolError("data after the end of the stream")
        if self._error is None and data:
            # Kept in pieces and joined when a frame is complete: a byte at a time costs no quadratic copying.
            self._pieces.append(bytes(data))
            self._missing -= len(data)

    def receive_eof(self) -> None:
        """Note that the other side sends no more."""
        self._eof = True

    def next_frame(self) -> Frame | NeedData | EndOfStream:
        """Return the next frame, `NEED_DATA`, or `END_OF_STREAM` between two frames.

        Raises:
            RemoteProtocolError: the bytes are not the protocol. The stream cannot be read any further: every later
                call raises the same error.
        """
        if self._error is not None:
            raise self._error
        if self._missing > 0:
            return self._more()
        if self._pieces:
            self._buffer = b"".join((self._buffer[self._at :], *self._pieces))
            self._at = 0
            self._pieces.clear()
        try:
            return self._read()
        except RemoteProtocolError as error:
            self._error = error
            self._buffer, self._at = b"", 0
            raise

    def _read(self) -> Frame | NeedData | EndOfStream:
        buffer, at = self._buffer, self._at
        have = len(buffer) - at
        if not have:
            return self._wait(1, have)
        if buffer[at] != layout.MAGIC:
            return self._read_legacy(have)
        if have < _HEADER_SIZE:
            return self._wait(_HEADER_SIZE, have)
        _, said_sum, said_crc, low, number, _, _, high, _, _ = _unpack(buffer, at)
        length = high << 16 | low
        if have < length or not _HEADER_SIZE <= length <= self._max_frame:
            self._check_header(buffer[at : at + _HEADER_SIZE], said_sum, length)
            return self._wait(length, have)
        frame = buffer[at : at + length]
        if header_sum(frame) != said_sum or crc(frame) != said_crc:
            self._check_header(frame, said_sum, length)
            reason = f"checksum {crc(frame):04x} expected, {said_crc:04x} found"
            raise RemoteProtocolError(reason, kind="crc", offset=2, data=frame)
        self._at = at + length
        return Frame(frame, number, True)

    def _check_header(self, header: bytes, said_sum: int, length: int) -> None:
        if header_sum(header) != said_sum:
            reason = f"header sum {header_sum(header):02x} expected, {said_sum:02x} found"
            raise RemoteProtocolError(reason, kind="sum", offset=1, data=header)
        if not _HEADER_SIZE <= length <= self._max_frame:
            reason = f"a length of {length} bytes, where {_HEADER_SIZE} to {self._max_frame} are possible"
            raise RemoteProtocolError(reason, kind="length", offset=4, data=header)

    def _read_legacy(self, have: int) -> Frame | NeedData | EndOfStream:
        start = self._buffer[self._at : self._at + layout.LEGACY_SIZE]
        if not start[:1].isalpha():
            reason = f"neither 0x2f nor a letter but 0x{start[0]:02x} first"
            raise RemoteProtocolError(reason, kind="magic", offset=0, data=start)
        if have < layout.LEGACY_SIZE:
            return self._wait(layout.LEGACY_SIZE, have)
        if legacy_sum(start) != start[1]:
            reason = f"legacy sum {legacy_sum(start):02x} expected, {start[1]:02x} found"
            raise RemoteProtocolError(reason, kind="sum", offset=1, data=start)
        self._at += layout.LEGACY_SIZE
        return Frame(start, start[0], False)

    def _wait(self, needed: int, have: int) -> NeedData | EndOfStream:
        self._waiting, self._missing = needed, needed - have
        return self._more()

    def _more(self) -> NeedData | EndOfStream:
        if not self._eof:
            return NEED_DATA
        have = self.buffered
        if not have:
            return END_OF_STREAM
        held = b"".join((self._buffer[self._at :], *self._pieces))
        reason = f"the stream ends after {have} of {max(self._waiting, have + 1)} bytes"
        self._error = RemoteProtocolError(reason, kind="truncated", offset=have, data=held)
        self._buffer, self._at, self._pieces = b"", 0, []
        raise self._error
