"""Packets out of a capture file: pcap and pcapng of either byte order, micro- or nanoseconds, gzip, a pipe.

Here it is opened and recognized; `records` takes it apart. Offsets in errors count uncompressed bytes.
"""

from __future__ import annotations

import contextlib
import gzip
import io
import logging
import struct
import zlib
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, BinaryIO, Final, Self, cast

from lmwire.capture.errors import CaptureError, ScapyMissingError
from lmwire.capture.files.records import ByteSource, RawPacket, pcap_packets, pcapng_packets, words
from lmwire.text import printable

__all__ = ["CaptureFile"]

_PEEK: Final = 4
_UNPACKED: Final = 1 << 16
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


class CaptureFile:
    """Iterate over it for packets, in the order of the file; or take its `batches`. Holds about a megabyte.

    Args:
        source: a path, or a binary stream, which is left open.
        exact: give times as fractions, which hold nanoseconds; floats, which are faster, hold microseconds.

    Raises:
        CaptureError: it cannot be read or is not a capture; while iterating: it is broken. What came before was handed
            out by then.
    """

    def __init__(self, source: Path | BinaryIO, *, exact: bool = False) -> None:
        self.size: int | None = None
        self._exact = exact
        with contextlib.ExitStack() as stack:
            self._file = self._open(source, stack)
            self._source = ByteSource(_unpacked(self._file, stack))
            self._packets = self._begin()
            self._stack = stack.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def done(self) -> int:
        """Bytes of the file that were read, compressed as they are; 0 when not known."""
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
            raise CaptureError(f"it cannot be opened: {words(error)}") from error
        return file

    def _begin(self) -> Iterator[list[RawPacket]]:
        """Read the header, with scapy, and return what yields the packets."""
        source = self._source
        magic = source.read(_PEEK)
        if source.refused is not None:
            raise source.refused
        if not magic:
            raise CaptureError("it is empty", offset=0)
        if magic != _PCAPNG and magic not in _PCAP:
            known = _KNOWN.get(magic) or _text(magic)
            raise CaptureError(f"it is not a capture but {known}", offset=0)
        pcap, pcapng = _readers()
        with _quiet():
            reader = _make(pcapng if magic == _PCAPNG else pcap, source, magic)
        if source.refused is not None:
            raise source.refused
        if reader is None:
            raise CaptureError("its header is cut short or wrong", offset=source.offset)
        if magic == _PCAPNG:
            return pcapng_packets(source, reader, exact=self._exact)
        parts = 10 ** _PCAP[magic]
        return pcap_packets(
            source, reader.endian, cast("int", Fraction(parts)) if self._exact else parts, reader.linktype
        )

    def batches(self) -> Iterator[list[RawPacket]]:
        """Yield the packets, a list of some hundreds at a time."""
        with _quiet():
            yield from self._packets

    def __iter__(self) -> Iterator[RawPacket]:
        for batch in self.batches():
            yield from batch


class _Unpacking:
    """The bytes that gzip packed, in large pieces: each piece of the capture that begins anew costs.

    What was unpacked before the packed bytes turn out to be damaged is handed out before the error is.
    """

    def __init__(self, packed: BinaryIO) -> None:
        self._file = gzip.GzipFile(fileobj=packed)
        self._error: Exception | None = None

    def read1(self, size: int, /) -> bytes:
        """Return the next bytes. Raises what `gzip` raises: OSError, EOFError, zlib.error."""
        if self._error is not None:
            raise self._error
        pieces: list[bytes] = []
        left = min(size, _UNPACKED)
        try:
            while left and (data := self._file.read1(left)):
                pieces.append(data)
                left -= len(data)
        except (OSError, EOFError, zlib.error) as error:
            if not pieces:
                raise
            self._error = error
        return b"".join(pieces)


def _unpacked(file: BinaryIO, stack: contextlib.ExitStack) -> io.BufferedReader | _Unpacking:
    """Return the stream that holds the capture itself, uncompressed."""
    if isinstance(file, io.BufferedReader):
        buffered = file
    else:
        buffered = io.BufferedReader(cast("io.RawIOBase", file))
        stack.callback(buffered.detach)  # else it would close a stream that is not ours
    try:
        compressed = buffered.peek(len(_GZIP))[: len(_GZIP)] == _GZIP
    except OSError as error:
        raise CaptureError(f"it cannot be read: {words(error)}") from error
    return _Unpacking(buffered) if compressed else buffered


def _text(magic: bytes) -> str:
    return f"something that begins with {printable(magic)}"


def _readers() -> tuple[type, type]:
    """Return scapy's readers for pcap and pcapng. Raises ScapyMissingError."""
    try:
        from scapy.utils import RawPcapNgReader, RawPcapReader  # noqa: PLC0415 # an extra of the package
    except ImportError as error:
        raise ScapyMissingError from error

    return RawPcapReader, RawPcapNgReader


def _make(kind: Any, source: ByteSource, magic: bytes) -> Any:  # noqa: ANN401 # scapy is untyped
    """Return a reader that goes on after the magic number, or None when the header is wrong."""
    from scapy.error import Scapy_Exception  # noqa: PLC0415 # an extra of the package

    reader = kind.__new__(kind)  # its metaclass would open the file
    try:
        reader.__init__("capture", source, magic)
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
