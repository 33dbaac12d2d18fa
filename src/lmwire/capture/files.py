"""Packets out of a capture file: pcap and pcapng of either byte order, micro- or nanoseconds, gzip, a pipe.

scapy's raw readers do the reading. They are lenient: a broken file just ends for them. So they read through a `_Gate`,
which knows where they are, refuses absurd sizes before anything is allocated, and tells an end from a break.
"""

from __future__ import annotations

import contextlib
import gzip
import io
import logging
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, Final, Self, cast

from lmwire.capture.errors import CaptureError, ScapyMissingError
from lmwire.text import printable

__all__ = ["MAX_PACKET", "CaptureFile", "RawPacket"]

MAX_PACKET: Final = 1 << 18
"""Longest packet that is believed, in bytes: what the common tools take, too."""

_MAX_BLOCK: Final = 1 << 24
"""Longest pcapng block that is read, in bytes."""

_MAX_INTERFACES: Final = 1 << 16
_EPB_HEADER: Final = 20
_PEEK: Final = 4
_GZIP: Final = b"\x1f\x8b"
_PCAPNG: Final = b"\x0a\x0d\x0d\x0a"
_PCAP: Final = {b"\xa1\xb2\xc3\xd4": 6, b"\xd4\xc3\xb2\xa1": 6, b"\xa1\xb2\x3c\x4d": 9, b"\x4d\x3c\xb2\xa1": 9}
"""Magic → digits of a second's fraction."""
_KNOWN: Final = {
    b"\x89PNG": "a PNG picture",
    b"PK\x03\x04": "a ZIP archive",
    b"%PDF": "a PDF document",
    b"BZh9": "compressed by bzip2: unpack it first",
    b"\xfd7zX": "compressed by xz: unpack it first",
    b"\x28\xb5\x2f\xfd": "compressed by zstd: unpack it first",
    b"snoo": "a snoop capture: convert it with editcap",
    b"XCP\x00": "a NetXRay capture: convert it with editcap",
    b"GMBU": "a NetMon capture: convert it with editcap",
    b"\xa1\xb2\xcd\x34": "a modified pcap of an old Linux: convert it with editcap",
    b"\x34\xcd\xb2\xa1": "a modified pcap of an old Linux: convert it with editcap",
}

RawPacket = tuple[float, int, bytes, int]
"""Unix time in seconds, link type, the bytes captured, their number on the wire."""


class _Gate:
    """The file as scapy sees it."""

    def __init__(self, raw: BinaryIO) -> None:
        self._raw = raw
        self.offset = 0
        self.refused: CaptureError | None = None
        self.name = "capture"

    def read(self, size: int) -> bytes:
        if not 0 <= size <= _MAX_BLOCK:
            self.refused = CaptureError(f"a block that claims {size} bytes", offset=self.offset)
            return b""
        try:
            data = self._raw.read(size)
        except (OSError, EOFError, zlib.error) as error:  # of gzip, mostly
            self.refused = CaptureError(f"it can't be read further: {_words(error)}", offset=self.offset)
            return b""
        self.offset += len(data)
        return data

    def close(self) -> None:
        """Do nothing: who opened the file closes it."""


def _words(error: BaseException) -> str:
    return printable(getattr(error, "strerror", None) or str(error) or type(error).__name__, 120)


class CaptureFile:
    """Iterate over it for packets, in the order of the file. Holds one packet at a time.

    Args:
        source: a path, or a binary stream, which is left open.

    Raises:
        CaptureError: it can't be opened, or is no capture; while iterating: it is broken. What came before was handed
            out by then.
    """

    def __init__(self, source: Path | BinaryIO) -> None:
        self._fraction = 10**6
        self.size: int | None = None
        with contextlib.ExitStack() as stack:
            self._file = self._open(source, stack)
            self._gate = _Gate(_unpacked(self._file, stack))
            self._reader = self._begin()
            self._stack = stack.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def done(self) -> int:
        """Bytes of the file that were read, compressed as they are; 0 where that can't be told."""
        try:
            return self._file.tell()
        except OSError:  # a pipe
            return 0

    def _open(self, source: Path | BinaryIO, stack: contextlib.ExitStack) -> BinaryIO:
        try:
            if isinstance(source, Path):
                file: BinaryIO = stack.enter_context(source.open("rb"))
                self.size = source.stat().st_size
            else:
                file = source
        except OSError as error:
            raise CaptureError(f"it can't be opened: {_words(error)}") from error
        return file

    def _begin(self) -> Any:  # noqa: ANN401 # scapy's readers have no common type
        magic = self._gate.read(_PEEK)
        if self._gate.refused is not None:
            raise self._gate.refused
        if not magic:
            raise CaptureError("it is empty", offset=0)
        if magic != _PCAPNG and magic not in _PCAP:
            known = _KNOWN.get(magic) or _text(magic)
            raise CaptureError(f"it is no capture but {known}", offset=0)
        pcap, pcapng = _readers()
        self._fraction = 10 ** _PCAP.get(magic, 6)
        with _quiet():
            reader = _make(pcapng if magic == _PCAPNG else pcap, self._gate, magic)
        if self._gate.refused is not None:
            raise self._gate.refused
        if reader is None:
            raise CaptureError("its header is cut short or wrong", offset=self._gate.offset)
        return reader

    def __iter__(self) -> Iterator[RawPacket]:
        with _quiet():
            yield from self._pcapng() if hasattr(self._reader, "interfaces") else self._pcap()

    def _pcap(self) -> Iterator[RawPacket]:
        # What is done for each packet is written out here: there may be a hundred million of them.
        gate, reader, fraction, link = self._gate, self._reader, self._fraction, self._reader.linktype
        start = gate.offset
        for data, about in reader:
            caplen, wire = about.caplen, about.wirelen
            if not 0 < caplen <= MAX_PACKET or len(data) < caplen <= _LONGEST:
                raise self._broken_record(start, caplen, len(data))
            yield about.sec + about.usec / fraction, link, data, max(caplen, wire)
            start = gate.offset
        self._check_end(start)

    def _broken_record(self, start: int, claimed: int, have: int) -> CaptureError:
        if self._gate.refused is not None:
            return self._gate.refused
        if not claimed:
            return CaptureError("a record of no bytes", offset=start)
        if claimed > MAX_PACKET:
            return CaptureError(f"a record that claims {claimed} bytes", offset=start)
        return CaptureError(f"it is cut short: {have} of a record's {claimed} bytes are there", offset=start)

    def _pcapng(self) -> Iterator[RawPacket]:
        reader, when = self._reader, 0.0
        for data, about in _records(reader):
            if len(reader.interfaces) > _MAX_INTERFACES:
                raise CaptureError("it describes tens of thousands of interfaces", offset=reader.block_at)
            if not data:
                raise CaptureError("a record of no bytes", offset=reader.block_at)
            if about.tshigh is not None:  # a simple packet block has no time: it keeps the last one known
                when = ((about.tshigh << 32) + about.tslow) / about.tsresol
            yield when, about.linktype, data, max(about.wirelen, len(data))
        self._check_end(reader.block_at)

    def _check_end(self, start: int) -> None:
        """Raise CaptureError unless the file ends where a record does."""
        if self._gate.refused is not None:
            raise self._gate.refused
        if self._gate.offset != start:
            reason = "a damaged block" if hasattr(self._reader, "interfaces") else "it is cut short: a record's header"
            raise CaptureError(f"{reason}, or the file ends within it", offset=start)


def _records(reader: Any) -> Iterator[Any]:  # noqa: ANN401 # scapy is untyped
    """Yield what a reader of pcapng finds; what it stumbles over is an end, too."""
    from scapy.error import Scapy_Exception  # noqa: PLC0415 # an extra of the package

    with contextlib.suppress(Scapy_Exception, struct.error, ValueError, IndexError, KeyError, ArithmeticError):
        yield from reader


_LONGEST: Final = 0xFFFF
"""What scapy hands out of one packet at most; the rest of a longer one counts as not captured."""


def _unpacked(file: BinaryIO, stack: contextlib.ExitStack) -> BinaryIO:
    """Return the stream that holds the capture itself."""
    if isinstance(file, io.BufferedReader):
        buffered = file
    else:
        buffered = io.BufferedReader(cast("io.RawIOBase", file))
        stack.callback(buffered.detach)  # else it would close a stream that is not ours
    try:
        compressed = buffered.peek(len(_GZIP))[: len(_GZIP)] == _GZIP
    except OSError as error:
        raise CaptureError(f"it can't be read: {_words(error)}") from error
    if not compressed:
        return buffered
    unpacking = gzip.GzipFile(fileobj=buffered)
    return io.BufferedReader(unpacking, 1 << 16)


def _text(magic: bytes) -> str:
    return f"something that begins with {printable(magic)}"


def _readers() -> tuple[type, type]:
    """Return scapy's readers for pcap and pcapng. Raises ScapyMissingError."""
    try:
        from scapy.utils import RawPcapNgReader, RawPcapReader  # noqa: PLC0415 # an extra of the package
    except ImportError as error:
        raise ScapyMissingError from error

    class Sections(RawPcapNgReader):
        """Knows where it is; forgets a section's interfaces when the next one begins; sees through a wrong length."""

        block_at = 0

        def _read_block(self, size: int = MAX_PACKET) -> Any:  # noqa: ANN401 # scapy is untyped
            self.block_at = cast("_Gate", self.f).offset
            return super()._read_block(size)

        def _read_block_shb(self) -> None:
            self.interfaces = []
            super()._read_block_shb()

        def _read_block_epb(self, block: bytes, size: int) -> Any:  # noqa: ANN401 # scapy is untyped
            claimed = int.from_bytes(block[12:16], "little" if self.endian == "<" else "big")
            if _EPB_HEADER + claimed > len(block):
                raise EOFError(claimed)
            return super()._read_block_epb(block, size)

    return RawPcapReader, Sections


def _make(kind: Any, gate: _Gate, magic: bytes) -> Any:  # noqa: ANN401 # scapy is untyped
    """Return a reader that goes on after the magic number, or None when the header is wrong."""
    from scapy.error import Scapy_Exception  # noqa: PLC0415 # an extra of the package

    reader = kind.__new__(kind)  # its metaclass would open the file by itself
    try:
        reader.__init__("capture", gate, magic)
    except (Scapy_Exception, EOFError, struct.error):
        return None
    return reader


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep scapy's warnings about a file off the terminal: what is wrong with it, we say."""
    logger = logging.getLogger("scapy.runtime")
    silence = _silence
    logger.addFilter(silence)
    try:
        yield
    finally:
        logger.removeFilter(silence)


def _silence(_record: logging.LogRecord) -> bool:
    return False
