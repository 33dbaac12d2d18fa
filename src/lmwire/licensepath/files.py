"""License files on disk: the only place of this package that touches the system."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

from lmwire.licensefile.servers import MAX_FILE

__all__ = ["MAX_FILES", "ReadFile", "read_files", "read_one"]

MAX_FILES = 256
"""Files of one directory that are read."""

ReadFile = Callable[[str], list[tuple[str, bytes]]]
"""From a path to (name, bytes) of the file there, or of every `*.lic` in the directory there.

Raises OSError when there is nothing to read, ValueError when the path cannot be one. Gives at most
MAX_FILE + 1 bytes of each file, so that one too big is noticed.
"""


def read_files(path: str) -> list[tuple[str, bytes]]:
    """Read the license file at `path`, or all files of that directory that end in `.lic`, sorted by name.

    Pipes and devices are refused rather than opened: one that never ends would hang the caller.
    """
    place = Path(path)
    if not stat.S_ISDIR(place.stat().st_mode):
        return [(path, read_one(place))]
    found = sorted(entry for entry in place.iterdir() if entry.name.endswith(".lic"))
    if len(found) > MAX_FILES:
        raise OSError(0, f"more than {MAX_FILES} license files in one directory")
    return [(str(entry), read_one(entry)) for entry in found if entry.is_file()]


def read_one(place: Path) -> bytes:
    """Return at most MAX_FILE + 1 bytes of a file. Raises OSError, for pipes, devices and directories too."""
    # O_NONBLOCK: a pipe that takes the file's place between two calls must not block the open.
    descriptor = os.open(place, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with open(descriptor, "rb") as opened:  # noqa: PTH123 (a descriptor has no Path)
        if not stat.S_ISREG(os.fstat(opened.fileno()).st_mode):
            raise OSError(0, "not a regular file")
        return opened.read(MAX_FILE + 1)
