"""Debug logs of a license server, given where a license file belongs."""

from __future__ import annotations

import os
from pathlib import Path

from lmwire.errors import LmwireError
from lmwire.licensepath.files import read_one
from lmwire.text import printable

__all__ = ["debug_log_error", "is_debug_log", "is_debug_log_file"]

_ENOUGH = 1 << 18
"""Bytes of a file that tell what it is."""


def is_debug_log(data: bytes) -> bool:
    """Whether most lines of a text are those of a debug log, and lmwire knows one of them."""
    # The reader of logs takes 20 ms to load, which only those who have no license file should pay.
    from lmwire.serverlog.reader import Reader  # noqa: PLC0415

    reader = Reader()
    for _ in (*reader.feed(data[:_ENOUGH]), *reader.end()):
        pass  # the counts are enough
    counts = reader.counts
    known = counts.used + counts.noise
    return known > 0 and known + counts.unknown >= counts.unframed


def is_debug_log_file(path: str) -> bool:
    """Whether there is such a file, and it is a debug log."""
    try:
        return is_debug_log(read_one(Path(path)))
    except (OSError, ValueError):
        return False


def debug_log_error(name: str | os.PathLike[str]) -> LmwireError:
    """Return the error for a debug log that is given as a license file."""
    shown = printable(os.fspath(name), 200)
    return LmwireError(f"{shown} is a debug log, not a license file", f"run `lmwire log {shown}`")
