"""Packets out of a capture's bytes, many at a time: a million of them in a second.

scapy's raw readers know the formats, and take half a second for a hundred thousand packets, which is more than all the
rest of an analysis. So they read headers, sections, interfaces and old kinds of blocks; packets, of which there are
many, are cut out here. Every length is checked before anything is allocated for it.
"""

from __future__ import annotations

import contextlib
import struct
import zlib
from collections.abc import Iterator
from fractions import Fraction
from typing import Any, Final, NamedTuple, Protocol, cast

from lmwire.capture.errors import CaptureError
from lmwire.text import printable

__all__ = ["MAX_PACKET", "ByteSource", "RawPacket", "pcap_packets", "pcapng_packets", "words"]

RawPacket = tuple[float, int, bytes, int]
"""Unix time in seconds (a `Fraction` where exact times are asked for: it reckons like a float), link type, the bytes
captured, their number on the wire as the file says it."""

MAX_PACKET: Final = 1 << 18
"""Longest packet that is believed, in bytes: what the common tools take, too."""

_MAX_BLOCK: Final = 1 << 24
"""Longest pcapng block that is read, in bytes."""

_MAX_INTERFACES: Final = 1 << 16
_LATEST: Final = 1 << 34
"""Unix time that no packet is believed to have: in the year 2514."""

_CHUNK: Final = 1 << 20

_RECORD: Final = 16
_SECTION, _INTERFACE, _OLD_PACKET, _SIMPLE_PACKET, _PACKET = 0x0A0D0D0A, 1, 2, 3, 6
_FRAME: Final = 12
"""Bytes of a block around its body: type and length before it, the length again behind."""

_PACKET_HEADER: Final = 28
"""Bytes of a packet's block before the packet."""

_INTERFACE_HEADER: Final = 8
_TIME_OFFSET: Final = 14


def words(error: BaseException) -> str:
    """Return what an error says, escaped."""
    return printable(getattr(error, "strerror", None) or str(error) or type(error).__name__, 120)


class _Raw(Protocol):
    """The bytes of a capture, read in large pieces."""

    def read1(self, size: int, /) -> bytes:
        """Return some bytes, at most `size`; none at the end."""


class ByteSource:
    """The bytes of a capture, a piece at a time, for us and for scapy.

    Attributes:
        buffer, at: the present piece, and how far into it everything was taken.
        refused: why nothing more can be read, when that is not the end.
    """

    name = "capture"

    def __init__(self, raw: _Raw) -> None:
        self.buffer = b""
        self.at = 0
        self.refused: CaptureError | None = None
        self._raw = raw
        self._base = 0

    @property
    def offset(self) -> int:
        """Where in the capture `at` is."""
        return self._base + self.at

    def fill(self, need: int) -> bool:
        """Make sure that so many bytes follow `at`; False when there are no more."""
        have = len(self.buffer) - self.at
        if have >= need:
            return True
        pieces = [self.buffer[self.at :]]
        while have < need and (data := self._more()):
            pieces.append(data)
            have += len(data)
        self._base += self.at
        self.buffer, self.at = b"".join(pieces), 0
        return have >= need

    def _more(self) -> bytes:
        if self.refused is not None:
            return b""
        try:
            return self._raw.read1(_CHUNK)
        except (OSError, EOFError, zlib.error) as error:  # of gzip, mostly
            self.refused = CaptureError(f"it cannot be read further: {words(error)}", offset=self.offset)
            return b""

    def read(self, size: int) -> bytes:
        """Return the next bytes, as scapy wants them."""
        if not 0 <= size <= _MAX_BLOCK:
            self.refused = CaptureError(f"a block claims {size} bytes", offset=self.offset)
            return b""
        self.fill(size)
        data = self.buffer[self.at : self.at + size]
        self.at += len(data)
        return data

    def close(self) -> None:
        """Do nothing: who opened the file closes it."""

    def end(self, what: str) -> None:
        """Raise CaptureError unless the capture ends right here."""
        if self.refused is not None:
            raise self.refused
        if self.fill(1):
            raise CaptureError(f"it is cut short within {what}", offset=self.offset)


def pcap_packets(source: ByteSource, order: str, fraction: int, link: int) -> Iterator[list[RawPacket]]:
    """Yield the packets of a pcap, a list at a time. Raises CaptureError where it breaks."""
    unpack = struct.Struct(f"{order}IIII").unpack_from
    while source.fill(_RECORD):
        buffer, at, size = source.buffer, source.at, len(source.buffer)
        batch: list[RawPacket] = []
        while at + _RECORD <= size:
            second, part, length, wire = unpack(buffer, at)
            stop = at + _RECORD + length
            if stop > size or not 0 < length <= MAX_PACKET:
                break
            batch.append((second + part / fraction, link, buffer[at + _RECORD : stop], wire))
            at = stop
        source.at = at
        if batch:
            yield batch
            continue
        # The first record of the piece is not whole: of no bytes, too long, or it goes on in the next piece.
        length = unpack(buffer, at)[2]
        _check(length, source.offset)
        if not source.fill(_RECORD + length):
            source.end(f"a record of {length} bytes")
    source.end("a record's header")


def _check(length: int, offset: int) -> None:
    if not length:
        raise CaptureError("a record has no bytes", offset=offset)
    if length > MAX_PACKET:
        raise CaptureError(f"a record claims {length} bytes", offset=offset)


def pcapng_packets(
    source: ByteSource,
    reader: Any,  # noqa: ANN401 # scapy's
    *,
    exact: bool = False,
) -> Iterator[list[RawPacket]]:
    """Yield the packets of a pcapng, a list at a time. Raises CaptureError where it breaks.

    Args:
        source: behind the first section's header.
        reader: scapy's reader, which has read that.
        exact: give times as fractions.
    """
    blocks = _Blocks(source, reader, exact=exact)
    while source.fill(_FRAME):
        batch = blocks.packets()
        if batch:
            yield batch
            continue
        found = blocks.other()
        if found:
            yield found
    source.end("a block")


class _Interface(NamedTuple):
    """A link type, the parts of a second in which times are given, and the seconds to add to them.

    The parts are a `Fraction` where exact times are asked for: times divided by it become one.
    """

    link: int
    parts: int
    offset: int


class _Blocks:
    """Reads blocks off the source, one or many."""

    def __init__(self, source: ByteSource, reader: Any, *, exact: bool) -> None:  # noqa: ANN401 # scapy's
        self.source = source
        self.reader = reader
        self.exact = exact
        self.interfaces: list[_Interface] = []
        self.when = 0.0

    def packets(self) -> list[RawPacket]:
        """Take all whole packet blocks that come next in the buffer, as far as nothing is wrong with them."""
        source, interfaces, order = self.source, self.interfaces, self.reader.endian
        head = struct.Struct(f"{order}7I").unpack_from
        tail = struct.Struct(f"{order}I").unpack_from
        buffer, at, size = source.buffer, source.at, len(source.buffer)
        batch: list[RawPacket] = []
        while at + _PACKET_HEADER <= size:
            kind, length, number, high, low, caplen, wire = head(buffer, at)
            stop, end = at + _PACKET_HEADER + caplen, at + length
            if kind != _PACKET or end > size or stop + 4 > end or not caplen or number >= len(interfaces):
                break
            if tail(buffer, end - 4)[0] != length:
                break
            link, parts, offset = interfaces[number]
            when = (high << 32 | low) / parts + offset
            if not 0 <= when < _LATEST:
                break
            self.when = when
            batch.append((when, link, buffer[at + _PACKET_HEADER : stop], wire))
            at = end
        source.at = at
        return batch

    def other(self) -> list[RawPacket]:
        """Take the next block, whatever it is; what is wrong with it raises CaptureError."""
        source = self.source
        offset = source.offset
        kind, length = struct.unpack_from(f"{self.reader.endian}II", source.buffer, source.at)
        if kind == _SECTION:
            self._section(offset)
            return []
        if length < _FRAME or length % 4 or length > _MAX_BLOCK:
            raise CaptureError(f"a block claims {length} bytes", offset=offset)
        if not source.fill(length):
            source.end(f"a block of {length} bytes")
        if kind == _PACKET and (found := self.packets()):
            return found  # it only was not whole in the piece that had been read
        block = source.read(length)
        if block[-4:] != block[4:8]:
            raise CaptureError("the two lengths of a block differ", offset=offset)
        return self._block(kind, block[8:-4], offset)

    def _section(self, offset: int) -> None:
        """Begin another section, which may be of the other byte order; it has its own interfaces."""
        reader, source = self.reader, self.source
        source.read(4)
        reader.interfaces.clear()
        self.interfaces.clear()
        with _damage("a damaged section", offset):
            reader._read_block_shb()  # noqa: SLF001 # scapy's own way to read one
        if source.refused is not None:
            raise source.refused

    def _block(self, kind: int, body: bytes, offset: int) -> list[RawPacket]:
        if kind == _PACKET:
            self._why_not(body, offset)
        if kind not in (_INTERFACE, _OLD_PACKET, _SIMPLE_PACKET):
            return []  # or a packet of an interface that is not described: its kind is not known
        with _damage("a damaged block", offset):
            found = self.reader.blocktypes[kind](body, MAX_PACKET)
        if kind == _INTERFACE:
            self._interface(body, offset)
        if found is None or not found[0]:
            return []
        data, about = found
        if about.tshigh is not None:  # a simple packet has no time: the last one known is near
            number = struct.unpack_from(f"{self.reader.endian}H", body)[0]
            self.when = self._time(number, about.tshigh, about.tslow, offset)
        return [(self.when, about.linktype, data, about.wirelen)]

    def _interface(self, body: bytes, offset: int) -> None:
        """Take over the interface that scapy has read last, with what scapy passes over: from when its times count."""
        if len(self.interfaces) >= _MAX_INTERFACES:
            raise CaptureError("it describes tens of thousands of interfaces", offset=offset)
        link, snaplen, options = self.reader.interfaces[-1]
        # scapy would keep name and comment of each: tens of thousands of long ones fill the memory.
        self.reader.interfaces[-1] = (link, snaplen, {"tsresol": options["tsresol"]})
        parts = cast("int", Fraction(options["tsresol"])) if self.exact else options["tsresol"]
        self.interfaces.append(_Interface(link, parts, _time_offset(body, self.reader.endian)))

    def _why_not(self, body: bytes, offset: int) -> None:
        """Raise CaptureError for a packet's block that could not be taken."""
        if len(body) < _PACKET_HEADER - 8:
            raise CaptureError("the block of a packet is too short", offset=offset)
        number, high, low, caplen = struct.unpack_from(f"{self.reader.endian}4I", body)
        if not caplen or caplen > len(body) - (_PACKET_HEADER - 8):
            raise CaptureError(f"a packet claims {caplen} bytes", offset=offset)
        if number < len(self.interfaces):
            self._time(number, high, low, offset)

    def _time(self, number: int, high: int, low: int, offset: int) -> float:
        """Return the Unix time that a packet of an interface claims. Raises CaptureError where that cannot be."""
        its = self.interfaces[number]
        when = (high << 32 | low) / its.parts + its.offset
        if not 0 <= when < _LATEST:
            raise CaptureError(f"a packet claims a time of {float(when):.0f} seconds since 1970", offset=offset)
        return when


def _time_offset(body: bytes, order: str) -> int:
    """Return an interface's `if_tsoffset`; 0 when it has none."""
    at = _INTERFACE_HEADER
    while at + 4 <= len(body):
        code, length = struct.unpack_from(f"{order}HH", body, at)
        if code == _TIME_OFFSET and length == 8 and at + 12 <= len(body):  # noqa: PLR2004 # a 64-bit number
            return int(struct.unpack_from(f"{order}q", body, at + 4)[0])
        if not code:
            break
        at += 4 + length + -length % 4
    return 0


@contextlib.contextmanager
def _damage(what: str, offset: int) -> Iterator[None]:
    """Turn what scapy raises over damaged blocks into our error."""
    from scapy.error import Scapy_Exception  # noqa: PLC0415 # an extra of the package

    try:
        yield
    except (Scapy_Exception, EOFError, struct.error, ValueError, IndexError, KeyError, ArithmeticError) as error:
        raise CaptureError(what, offset=offset) from error
