"""A license file that a command is given: from its name, or standard input, to a document."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from lmwire.cli.manual import Argument
from lmwire.cli.terminal import fail
from lmwire.text import printable

if TYPE_CHECKING:
    from lmwire.licensefile import LicenseDocument

__all__ = ["STDIN", "FileArgument", "load"]

STDIN: Final = "-"


class FileArgument(Argument):
    """The argument that names a license file."""

    def __init__(self, *declarations: str) -> None:
        super().__init__(*declarations, metavar="FILE", meaning="A license file; - for standard input.")


def load(file: str) -> LicenseDocument:
    """Read a license file; one that can't be read, or is none, ends the command with status 2."""
    from lmwire.licensefile import parse_license  # noqa: PLC0415
    from lmwire.licensefile.lexer import MAX_FILE  # noqa: PLC0415
    from lmwire.licensepath import LicensePathError  # noqa: PLC0415
    from lmwire.licensepath.files import read_one  # noqa: PLC0415

    name = "standard input" if file == STDIN else file
    try:
        if file == STDIN:
            if sys.stdin is None:
                fail("can't read standard input: there is none")
            data = sys.stdin.buffer.read(MAX_FILE + 1)
        else:
            data = read_one(Path(file))
    except FileNotFoundError:
        fail(f"there is no file {printable(file, 200)}")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        fail(f"{printable(name, 200)} can't be read: {printable(str(reason), 200)}")
    try:
        return parse_license(data, name)
    except LicensePathError as error:
        fail(str(error))
