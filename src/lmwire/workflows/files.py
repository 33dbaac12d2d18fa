"""Writing files as a whole or not at all."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from pathlib import Path

from lmwire.errors import LmwireError
from lmwire.text import printable

__all__ = ["CannotWriteError", "replace_file"]


class CannotWriteError(LmwireError):
    """A file, or standard output, that cannot be written."""

    def __init__(self, name: str, error: OSError) -> None:
        super().__init__(f"cannot write {printable(name, 200)}: {error.strerror}")


def replace_file(target: str, data: bytes) -> None:
    """Write a file as a whole or not at all: a license server must never read half of one.

    A file that was there keeps its permissions, and its owner where the system lets it. A device or a pipe is written
    to: nothing may take its place.

    Raises:
        CannotWriteError: it cannot be written.
    """
    path = Path(target).resolve()
    try:
        if path.exists() and not path.is_file():
            path.write_bytes(data)
        else:
            _replace(path, data)
    except OSError as error:
        raise CannotWriteError(target, error) from None


def _replace(path: Path, data: bytes) -> None:
    old = path.stat() if path.exists() else None
    made = path.with_name(f".{path.name[:100]}.{secrets.token_hex(4)}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    descriptor = os.open(made, flags, 0o666 if old is None else 0o600)
    try:
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(data)
        if old is not None:
            if hasattr(os, "chown"):
                with contextlib.suppress(PermissionError):
                    os.chown(made, old.st_uid, old.st_gid)
            made.chmod(stat.S_IMODE(old.st_mode))
        made.replace(path)
    except BaseException:
        made.unlink(missing_ok=True)
        raise
