"""Read a license file as a client does: its servers and its vendor daemons.

The grammar is in `lmwire.licensefile.parse`. A client stops at a wrong server line and ignores SERVER lines after
USE_SERVER.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

from lmwire.licensefile.document import LicenseDocument
from lmwire.licensefile.lexer import MAX_FILE, Statement
from lmwire.licensefile.parse import parse_license
from lmwire.licensefile.problem import LicenseProblem
from lmwire.targets.entry import TWICE, TWICE_HINT, first_repeated
from lmwire.targets.errors import LicensePathError
from lmwire.targets.model import Server, VendorLine
from lmwire.text import printable

__all__ = ["MAX_FILE", "LicenseFile", "read_license", "why_no_server"]

_TRIAD: Final = 3
_HOW_MANY: Final = "write one SERVER line, or three for a triad"
_TAKE_IT: Final = "copy the SERVER line from the vendor's file; a client can use 27000@licsrv instead of a file"
_OF_SERVERS: Final = frozenset({"server-incomplete", "server-host", "server-port"})
_OF_ANY: Final = frozenset({"vendor-incomplete", "vendor-name", "vendor-port", "line-too-long"})


class LicenseFile(msgspec.Struct, frozen=True):
    """The servers of a license file (none, one or three) and its vendor daemons.

    Attributes:
        use_server: whether the file has a USE_SERVER line.
        counted: whether the file has licenses that a server must count; None when it has no license.
    """

    servers: tuple[Server, ...]
    vendors: tuple[VendorLine, ...]
    use_server: bool
    counted: bool | None = None


def read_license(data: bytes, name: str) -> LicenseFile:
    """Read the server lines of a license file and ignore the other lines.

    Args:
        data: the file's bytes, at most MAX_FILE of them.
        name: the file's name, for errors.

    Raises:
        LicensePathError: the file is too large or not a license file, or a server line is wrong. The error
            names file and line, and points into the line. A file *without* SERVER lines is not an error.
    """
    document = parse_license(data, name)
    servers = [line for line in document.servers if _counts(document, line.statement.line)]
    wrong = next((problem for problem in document.problems if _stops(document, problem)), None)
    if len(servers) > _TRIAD and (wrong is None or wrong.line > servers[_TRIAD].statement.line):
        raise _located(name, servers[_TRIAD].statement, len("SERVER"), "a fourth SERVER line", _HOW_MANY)
    if wrong is not None:
        where = f"{printable(name)}, line {_statement_line(document, wrong)}"
        raise LicensePathError(wrong.source, wrong.position, wrong.length, wrong.text, wrong.fix, where=where)
    if len(servers) not in {0, 1, _TRIAD}:
        last = servers[-1].statement
        raise _located(name, last, len(last.text), "a second SERVER line and no third", _HOW_MANY)
    members = tuple(Server(line.host, line.port) for line in servers)
    twice = first_repeated(members)
    if twice is not None:
        raise _located(name, servers[twice].statement, len("SERVER"), TWICE, TWICE_HINT)
    return LicenseFile(
        members,
        tuple(VendorLine(line.name, line.port) for line in document.daemons),
        document.use_server is not None,
        any(line.number for line in document.features) if document.features else None,
    )


def why_no_server(files: Iterable[LicenseFile]) -> str:
    """Return why none of these files names a server, and what to do; a clause."""
    found = list(files)
    if any(file.use_server for file in found):
        return "put a SERVER line before USE_SERVER: clients ignore the lines after it"
    if any(file.counted for file in found):
        return f"its licenses are counted and need a server: {_TAKE_IT}"
    if all(file.counted is None for file in found):
        return f"it has no FEATURE line either: {_TAKE_IT}"
    return "its licenses need no server"


def _counts(document: LicenseDocument, line: int) -> bool:
    return document.use_server is None or line < document.use_server


def _stops(document: LicenseDocument, problem: LicenseProblem) -> bool:
    return problem.id in _OF_ANY or (problem.id in _OF_SERVERS and _counts(document, problem.line))


def _statement_line(document: LicenseDocument, problem: LicenseProblem) -> int:
    statements = (part.line for part in document.parts if isinstance(part, Statement))
    return max(line for line in statements if line <= problem.line)


def _located(name: str, statement: Statement, length: int, message: str, hint: str) -> LicensePathError:
    text = statement.text
    start = len(text) - len(text.lstrip()) if length < len(text) else 0
    where = f"{printable(name)}, line {statement.line}"
    return LicensePathError(text, start, length, message, hint, where=where)
