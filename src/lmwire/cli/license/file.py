"""The argument that names a license file."""

from __future__ import annotations

from lmwire.cli.manual import Argument

__all__ = ["FileArgument"]


class FileArgument(Argument):
    """The argument that names a license file."""

    def __init__(self, *declarations: str) -> None:
        super().__init__(*declarations, metavar="FILE", meaning="A license file; - for standard input.")
