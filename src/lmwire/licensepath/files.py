"""Read license files from disk. No other module of this package touches the system."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

from lmwire.licensefile.servers import MAX_FILE

__all__ = ["MAX_FILES", "ReadFile", "read_files", "read_one"]

MAX_FILES = 256
"""Most files of one directory that lmwire reads."""

ReadFile = Callable[[str], list[tuple[str, bytes]]]
"""Read a file, or every `*.lic` file of a directory; return the name and the bytes of each.

Raises OSError when nothing can be read, and ValueError when the path is invalid. Returns at most
MAX_FILE + 1 bytes of each file, so that the caller notices a file that is too large.
"""


def read_files(path: str) -> list[tuple[str, bytes]]:
    """Read the license file at `path`, or all `*.lic` files of that directory, sorted by name.

    Pipes and devices are refused, because an endless one would block the caller.
    """
    place = Path(path)
    if not stat.S_ISDIR(place.stat().st_mode):
        return [(path, read_one(place))]
    found = sorted(entry for entry in place.iterdir() if entry.name.endswith(".lic"))
    if len(found) > MAX_FILES:
        raise OSError(0, f"more than {MAX_FILES} license files in one directory")
    return [(str(entry), read_one(entry)) for entry in found if entry.is_file()]


def read_one(place: Path) -> bytes:
    """Return at most MAX_FILE + 1 bytes of a file. Raises OSError, also for pipes, devices and directories."""
    # O_NONBLOCK: the open must not block if a pipe replaces the file between two calls.
    descriptor = os.open(place, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with open(descriptor, "rb") as opened:  # noqa: PTH123 (a descriptor has no Path)
        if not stat.S_ISREG(os.fstat(opened.fileno()).st_mode):
            raise OSError(0, "not a regular file")
        return opened.read(MAX_FILE + 1)
