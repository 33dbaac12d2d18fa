"""Read log files and streams into a summary. Gzipped files are unpacked; files that are not debug logs are refused."""

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
from lmwire.serverlog.summarize import NAMES, LogSummarizer
from lmwire.text import file_trouble, printable

__all__ = ["Progress", "read_log"]

Progress = Callable[[int, int], None]
"""Called with the megabytes read so far and the megabytes in total."""

_PIECE: Final = 1 << 18
_PATIENCE: Final = 4 << 20
"""A file with no line of a debug log in its first bytes, this many, is refused."""

_GZIP: Final = b"\x1f\x8b"
_HINT: Final = (
    "A debug log has lines such as ` 8:24:20 (lmgrd) lmgrd tcp-port 27000`; lmgrd writes it to the file of its -l "
    "option, or to standard output. A report log (REPORTLOG) is a different file."
)
_KNOWN: Final = {
    b"\x89PNG": "a PNG picture",
    b"\xff\xd8\xff": "a JPEG picture",
    b"PK\x03\x04": "a ZIP archive (unpack it first)",
    b"%PDF": "a PDF document",
    b"\x7fELF": "a program",
    b"MZ": "a program",
    b"BZh": "a bzip2 file (unpack it first)",
    b"\xfd7zX": "an xz file (unpack it first)",
    b"\x28\xb5\x2f\xfd": "a zstd file (unpack it first)",
    b"\xd4\xc3\xb2\xa1": "a packet capture (use `lmwire capture analyze`)",
    b"\x0a\x0d\x0d\x0a": "a packet capture (use `lmwire capture analyze`)",
}


def read_log(
    sources: Sequence[Path | BinaryIO], progress: Progress = lambda _done, _total: None, *, limit: int = NAMES
) -> LogSummary:
    """Read a debug log of lmgrd or lmadmin and return its summary.

    Memory stays bounded for a log of any length. Lines that lmwire does not understand are counted.

    Args:
        sources: its files or binary streams; for a rotated log, the oldest first. Gzipped ones are unpacked.
        progress: see `Progress`; called only when all sources are files.
        limit: how many different features, clients and reasons lmwire counts by name.

    Raises:
        LogError: a source cannot be opened, or is not a debug log. If one breaks off later, `notes` says so.
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
        self._summarizer = LogSummarizer(limit)
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
        reader, take = self._reader, self._summarizer.take
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
            self._notes.append(f"{name} is cut off: its compressed data ends early or is damaged")
        except OSError as error:
            self._notes.append(f"{name} cannot be read to its end: {_words(error)}")

    def summary(self) -> LogSummary:
        return self._summarizer.summary(self._reader, self._files, self._notes)


def _recognized(reader: Reader) -> int:
    """Return how many lines only a license manager's log can contain."""
    return reader.counts.used + reader.counts.noise


def _size(source: Path | BinaryIO) -> int:
    try:
        return source.stat().st_size if isinstance(source, Path) else 0
    except OSError:
        return 0  # opening it reports the reason


def _opened(source: Path | BinaryIO, name: str, stack: contextlib.ExitStack) -> BinaryIO:
    if not isinstance(source, Path):
        return source
    try:
        return stack.enter_context(source.open("rb"))
    except OSError as error:
        raise LogError(name, f"it cannot be opened: {_words(error)}", sentence=file_trouble(name, error)) from error


def _unpacked(raw: BinaryIO, name: str, stack: contextlib.ExitStack) -> BinaryIO:
    if isinstance(raw, io.BufferedReader):
        buffered = raw
    else:
        buffered = io.BufferedReader(cast("io.RawIOBase", raw))
        stack.callback(buffered.detach)  # otherwise it closes the caller's stream
    try:
        compressed = buffered.peek(len(_GZIP))[: len(_GZIP)] == _GZIP
    except OSError as error:
        raise LogError(name, f"it cannot be read: {_words(error)}", sentence=file_trouble(name, error)) from error
    return cast("BinaryIO", gzip.GzipFile(fileobj=buffered)) if compressed else buffered


def _no_log(name: str, head: bytes) -> LogError:
    if not head:
        return LogError(name, "it is empty")
    known = next((words for magic, words in _KNOWN.items() if head.startswith(magic)), "")
    if known:
        return LogError(name, f"it is {known}, not a debug log")
    if any(byte < 9 for byte in head.replace(b"\0", b"")):  # noqa: PLR2004 # control characters that never occur in text
        return LogError(name, "it is a binary file, not a debug log", _HINT)
    return LogError(name, "it has no line that lmgrd, lmadmin or a vendor daemon writes", _HINT)


def _words(error: OSError) -> str:
    return error.strerror or type(error).__name__
