"""Pin a vendor daemon's port: change its VENDOR line, and not one byte of anything else."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Final

import msgspec

from lmwire.errors import LmwireError
from lmwire.licensefile.document import DaemonLine, LicenseDocument
from lmwire.licensefile.lexer import Gap, Statement, encode
from lmwire.licensefile.parse import parse_license
from lmwire.ports import DEFAULT_RANGE, DEFAULT_RANGE_TEXT, MAX_PORT, PRIVILEGED
from lmwire.text import printable

__all__ = ["PinChange", "PinError", "Pinned", "edited", "pin_ports", "port_keyword"]

_SHOWN: Final = 60


class PinError(LmwireError, ValueError):
    """A port that cannot be pinned.

    Attributes:
        message: why, without a full stop. Escaped.
        hint: what to write instead; may be empty. Escaped.
    """

    def __str__(self) -> str:
        return f"{self.message} ({self.hint})" if self.hint else self.message


class PinChange(msgspec.Struct, frozen=True):
    """One line that was asked for.

    Attributes:
        daemon: the vendor daemon. Escaped by nature: letters, digits, `_`, `-`, `.`, `+`.
        line: number of the line in the file.
        was: the port before; None when the system chose it.
        port: the port now.
        before, after: the statement as it stood and stands in the file. Not escaped; alike when nothing had to change.
    """

    daemon: str
    line: int
    was: int | None
    port: int
    before: str
    after: str


class Pinned(msgspec.Struct, frozen=True):
    """The file with its ports pinned.

    Attributes:
        document: the new file; `bytes()` of it is what to write.
        changes: one for each line that was asked for, in the order of the file.
        warnings: what is unwise about the ports, a sentence each. Escaped.
    """

    document: LicenseDocument
    changes: tuple[PinChange, ...]
    warnings: tuple[str, ...]


def pin_ports(document: LicenseDocument, ports: Mapping[str, int]) -> Pinned:
    """Return the file with vendor daemons pinned to ports. Writes nothing to disk.

    A port that is there already is replaced, with or without its keyword; else `port=N` is added behind the last
    word of the line, before a comment. VENDOR lines are not signed and no other line is touched: signatures stay as
    they are.

    Args:
        document: the license file.
        ports: vendor daemon → port.

    Raises:
        PinError: a daemon that the file does not have, a port that does not exist, or one that is taken in this file by
            lmgrd or by another daemon; a line with a quotation mark that never ends, behind which a port would be lost.
    """
    for name, port in ports.items():
        if not any(line.name == name for line in document.daemons):
            raise _unknown(document, name)
        if not 1 <= port <= MAX_PORT:
            raise PinError(f"port {port} does not exist", f"ports run from 1 to {MAX_PORT}")
    _refuse_taken(document, ports)
    _refuse_open_quotes(document, ports)
    keyword = port_keyword(document)
    by_line = {line.statement.line: line for line in document.daemons if line.name in ports}
    parts: list[Gap | Statement] = []
    changes = []
    for part in document.parts:
        line = by_line.get(part.line) if isinstance(part, Statement) else None
        if line is None:
            parts.append(part)
            continue
        after = edited(line, ports[line.name], keyword)
        changes.append(PinChange(line.name, part.line, line.port, ports[line.name], part.raw, after))
        parts.append(Statement(after, part.line))
    text = "".join(part.raw for part in parts)
    made = parse_license(encode(document.mark, document.encoding, text), document.name)
    return Pinned(made, tuple(changes), tuple(text for name in ports for text in _unwise(name, ports[name])))


def _unknown(document: LicenseDocument, name: str) -> PinError:
    shown = printable(name, _SHOWN)
    names = list(dict.fromkeys(line.name for line in document.daemons))
    if not names:
        return PinError(f"there is no VENDOR line for {shown}: the file has none at all")
    folded = {known.lower(): known for known in reversed(names)}
    near = difflib.get_close_matches(name.lower()[:_SHOWN], folded, 1, 0.5)
    there = printable(", ".join(names), 200)
    return PinError(
        f"there is no VENDOR line for {shown}; the file has {there}", f"is {folded[near[0]]} meant?" if near else ""
    )


def _refuse_taken(document: LicenseDocument, ports: Mapping[str, int]) -> None:
    taken: dict[int, str] = {}
    for server in document.servers:
        if server.port is not None:
            taken.setdefault(server.port, f"lmgrd, on line {server.statement.line}")
    for line in document.daemons:
        if line.name not in ports and line.port is not None:
            taken.setdefault(line.port, f"{line.name}, on line {line.statement.line}")
    for name, port in ports.items():
        if port in taken:
            free = next((each for each in DEFAULT_RANGE[1:] if each not in {*taken, *ports.values()}), None)
            raise PinError(
                f"port {port} for {name} is taken in this file by {taken[port]}",
                f"{free} is free in it" if free else "",
            )
        taken[port] = name


def _refuse_open_quotes(document: LicenseDocument, ports: Mapping[str, int]) -> None:
    for line in document.daemons:
        if line.name in ports and line.statement.open_quote() is not None:
            raise PinError(
                f"line {line.statement.line}, of {line.name}, has a quotation mark without a partner",
                "close it first: a port behind it would be a part of the quoted text",
            )


def port_keyword(document: LicenseDocument) -> str:
    """Return `port=` or `PORT=`, as the file's other lines write it."""
    for line in document.daemons:
        text = line.statement.text
        at = line.port_at
        if at is not None and (found := text.upper().rfind("PORT=", line.name_at.stop, at.start)) >= 0:
            return text[found : found + len("PORT=")]
    return "port="


def edited(line: DaemonLine, port: int, keyword: str) -> str:
    """Return the line as it must stand in the file for the daemon to have this port."""
    statement = line.statement
    raw = statement.raw
    if line.port_at is not None:
        start, stop, new = line.port_at.start, line.port_at.stop, str(port)
        if statement.text[start:stop] and line.port == port:
            return raw
    elif line.misplaced is not None:
        start, stop, new = line.misplaced.start, line.misplaced.stop, f"{keyword}{port}"
    else:
        last = max(word.stop for word in statement.words())
        start, stop, new = last, last, f" {keyword}{port}"
    # The end of a word is behind its last character, not behind the continuation that may follow.
    begin = statement.raw_offset(start - 1) + 1 if start == stop else statement.raw_offset(start)
    end = begin if start == stop else statement.raw_offset(stop - 1) + 1
    return raw[:begin] + new + raw[end:]


def _unwise(name: str, port: int) -> list[str]:
    if port < PRIVILEGED:
        text = f"Port {port} for {name} is below {PRIVILEGED}: on Unix only root may listen there;"
        return [f"{text} take a free one of {DEFAULT_RANGE_TEXT}."]
    if port not in DEFAULT_RANGE:
        text = f"Port {port} for {name} is outside {DEFAULT_RANGE_TEXT}:"
        return [f"{text} a firewall rule for that range does not cover it."]
    return []
