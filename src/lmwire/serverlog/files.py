"""From files and streams to a summary: unpacked where gzipped, read in pieces, refused when they are no log."""

from __future__ import annotations

import contextlib
import gzip
import io
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Final, cast

from lmwire.serverlog.errors import LogError
from lmwire.serverlog.model import LogSummary
from lmwire.serverlog.reader import Reader
from lmwire.serverlog.summarize import NAMES, Gatherer
from lmwire.text import printable

__all__ = ["Progress", "read_log"]

Progress = Callable[[int, int], None]
"""Called with megabytes read and megabytes in all."""

_PIECE: Final = 1 << 18
_PATIENCE: Final = 4 << 20
"""Bytes without a single line of a log, after which a file is called none."""

_GZIP: Final = b"\x1f\x8b"
_HINT: Final = (
    "A debug log has lines such as ` 8:24:20 (lmgrd) lmgrd tcp-port 27000`; lmgrd writes it to the file of its -l "
    "option, or to standard output. A report log (REPORTLOG) is another thing."
)
_KNOWN: Final = {
    b"\x89PNG": "a PNG picture",
    b"\xff\xd8\xff": "a JPEG picture",
    b"PK\x03\x04": "a ZIP archive: unpack it first",
    b"%PDF": "a PDF document",
    b"\x7fELF": "a program",
    b"MZ": "a program",
    b"BZh": "compressed by bzip2: unpack it first",
    b"\xfd7zX": "compressed by xz: unpack it first",
    b"\x28\xb5\x2f\xfd": "compressed by zstd: unpack it first",
    b"\xd4\xc3\xb2\xa1": "a capture: see lmwire capture analyze",
    b"\x0a\x0d\x0d\x0a": "a capture: see lmwire capture analyze",
}


def read_log(
    sources: Sequence[Path | BinaryIO], progress: Progress = lambda _done, _total: None, *, limit: int = NAMES
) -> LogSummary:
    """Read a debug log of lmgrd or lmadmin and return what it tells.

    Memory is bounded, however long the log. What can't be understood in it is counted.

    Args:
        sources: its files or binary streams, the oldest first, when it was rotated. Gzipped ones are unpacked.
        progress: see `Progress`; called only when all are files.
        limit: how many different features, clients and reasons are counted by name.

    Raises:
        LogError: one of them can't be opened, or is no such log. One that breaks off later is in `notes`.
    """
    total = sum(_size(source) for source in sources) if all(isinstance(source, Path) for source in sources) else 0
    reading = _Reading(progress, total, limit)
    for source in sources:
        reading.read(source)
    return reading.summary()


class _Reading:
    """One reader for all files of a log."""

    def __init__(self, progress: Progress, total: int, limit: int) -> None:
        self._reader = Reader()
        self._gatherer = Gatherer(limit)
        self._progress, self._total, self._done = progress, total, 0
        self._files: list[str] = []
        self._notes: list[str] = []

    def read(self, source: Path | BinaryIO) -> None:
        name = printable(str(source), 200) if isinstance(source, Path) else "standard input"
        self._files.append(name)
        with contextlib.ExitStack() as stack:
            raw = _opened(source, name, stack)
            self._pieces(name, raw, _unpacked(raw, name, stack))
        if isinstance(source, Path):
            self._done += _size(source)

    def _pieces(self, name: str, raw: BinaryIO, stream: BinaryIO) -> None:
        reader, take = self._reader, self._gatherer.take
        before, head, read = _recognized(reader), b"", 0
        for piece in self._until_it_breaks(name, stream):
            head = head or piece[:64]
            read += len(piece)
            for entry in reader.feed(piece):
                take(entry)
            if read > _PATIENCE and _recognized(reader) == before:
                break
            if self._total:
                self._progress(self._done + raw.tell() >> 20, self._total >> 20)
        for entry in reader.end():
            take(entry)
        if _recognized(reader) == before:
            raise _no_log(name, head)

    def _until_it_breaks(self, name: str, stream: BinaryIO) -> Iterator[bytes]:
        try:
            while piece := stream.read(_PIECE):
                yield piece
        except (EOFError, gzip.BadGzipFile, zlib.error):
            self._notes.append(f"{name} breaks off: its compressed data ends early or is damaged")
        except OSError as error:
            self._notes.append(f"{name} can't be read to its end: {_words(error)}")

    def summary(self) -> LogSummary:
        return self._gatherer.summary(self._reader, self._files, self._notes)


def _recognized(reader: Reader) -> int:
    """Return how many lines were such as only a log of a license manager has."""
    return reader.counts.told + reader.counts.noise


def _size(source: Path | BinaryIO) -> int:
    try:
        return source.stat().st_size if isinstance(source, Path) else 0
    except OSError:
        return 0  # opening it tells why


def _opened(source: Path | BinaryIO, name: str, stack: contextlib.ExitStack) -> BinaryIO:
    if not isinstance(source, Path):
        return source
    try:
        return stack.enter_context(source.open("rb"))
    except OSError as error:
        raise LogError(name, f"it can't be opened: {_words(error)}") from error


def _unpacked(raw: BinaryIO, name: str, stack: contextlib.ExitStack) -> BinaryIO:
    if isinstance(raw, io.BufferedReader):
        buffered = raw
    else:
        buffered = io.BufferedReader(cast("io.RawIOBase", raw))
        stack.callback(buffered.detach)  # else it would close a stream that is not ours
    try:
        compressed = buffered.peek(len(_GZIP))[: len(_GZIP)] == _GZIP
    except OSError as error:
        raise LogError(name, f"it can't be read: {_words(error)}") from error
    return cast("BinaryIO", gzip.GzipFile(fileobj=buffered)) if compressed else buffered


def _no_log(name: str, head: bytes) -> LogError:
    if not head:
        return LogError(name, "it is empty")
    known = next((words for magic, words in _KNOWN.items() if head.startswith(magic)), "")
    if known:
        return LogError(name, f"it is no debug log but {known}")
    if any(byte < 9 for byte in head.replace(b"\0", b"")):  # noqa: PLR2004 # controls that no text has
        return LogError(name, "it is no debug log but a binary file", _HINT)
    return LogError(name, "no line of it is one that lmgrd, lmadmin or a vendor daemon writes", _HINT)


def _words(error: OSError) -> str:
    return error.strerror or type(error).__name__
