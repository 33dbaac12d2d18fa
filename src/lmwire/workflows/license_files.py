"""License files: read from disk or a stream, and checked with the names of their servers looked up."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO, Final, cast

from lmwire.errors import LmwireError
from lmwire.lazy import load
from lmwire.licensefile import (
    LicenseDocument,
    LicenseProblem,
    Resolve,
    lint_license,
    parse_license,
    pin_ports,
)
from lmwire.licensefile.lexer import MAX_FILE
from lmwire.licensefile.other_formats import FileKind
from lmwire.licensepath import LicensePathError
from lmwire.licensepath.files import read_one
from lmwire.text import file_trouble, printable
from lmwire.workflows.debug_logs import debug_log_error, is_debug_log
from lmwire.workflows.documents import LicenseCheck, LicenseReview, PinnedFile
from lmwire.workflows.files import replace_file

__all__ = [
    "check_license_file",
    "pin_license_file",
    "read_license_file",
    "review_license_file",
]

_SOON: Final = 30


def read_license_file(file: str | os.PathLike[str] | BinaryIO) -> LicenseDocument:
    """Read a license file, whatever is wrong in it: servers, vendor daemons and their ports, features.

    Connects to nothing, and checks no signature.

    Args:
        file: a path, or a binary stream.

    Raises:
        LmwireError: there is no such file, it cannot be read, or it is not a license file (LicensePathError).
    """
    name = os.fspath(file) if isinstance(file, str | os.PathLike) else "standard input"
    try:
        data = read_one(Path(file)) if isinstance(file, str | os.PathLike) else file.read(MAX_FILE + 1)
    except (OSError, ValueError) as error:
        raise LmwireError(file_trouble(printable(name, 200), error)) from None
    try:
        document = parse_license(data, name)
    except LicensePathError as error:  # of the file as a whole: a caret under its name would point at nothing
        raise LicensePathError("", 0, 0, error.message, error.hint, where=error.where) from None
    if document.kind is FileKind.OTHER and is_debug_log(data):
        raise debug_log_error(name)
    return document


def review_license_file(file: str | os.PathLike[str] | BinaryIO, *, everything: bool = False) -> LicenseReview:
    """Read a license file, and count its problems. Sends nothing. Raises as `read_license_file`."""
    document = read_license_file(file)
    problems = _problems(document, days=_SOON, resolve=False)
    return LicenseReview(document=document, problems=problems, everything=everything)


def check_license_file(
    file: str | os.PathLike[str] | BinaryIO, *, days: int = _SOON, resolve: bool = True
) -> LicenseCheck:
    """Read a license file, and find every problem of it.

    Args:
        file: a path, or a binary stream.
        days: features that expire within so many days are problems.
        resolve: whether to look up the names of its servers, as an application on this machine does.

    Raises:
        LmwireError: as `read_license_file`.
    """
    document = read_license_file(file)
    return LicenseCheck(document=document, problems=_problems(document, days=days, resolve=resolve))


def pin_license_file(
    file: str | os.PathLike[str] | BinaryIO, pins: Mapping[str, int], *, target: str = ""
) -> PinnedFile:
    """Pin the ports of vendor daemons in a license file, and keep every other byte of it.

    Args:
        file: a path, or a binary stream.
        pins: vendor daemon → port.
        target: where to write the new file; empty: nowhere.

    Raises:
        PinError: a port cannot be pinned.
        LmwireError: the file cannot be read or written.
    """
    document = read_license_file(file)
    pinned = pin_ports(document, pins)
    if target:
        replace_file(target, bytes(pinned.document))
    return PinnedFile(document=document, pinned=pinned, written=target)


def _problems(document: LicenseDocument, *, days: int, resolve: bool) -> tuple[LicenseProblem, ...]:
    look_up = cast("Resolve", load("lmwire.workflows.name_lookup:look_up")) if resolve else None
    return lint_license(document, today=_today(), soon=dt.timedelta(days=days), resolve=look_up)


def _today() -> dt.date:
    return dt.datetime.now().astimezone().date()
