"""Pin a vendor daemon's port: change its VENDOR line and no other byte."""

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
        message: the reason, without a full stop. Escaped.
        hint: what to write instead; may be empty. Escaped.
    """


class PinChange(msgspec.Struct, frozen=True):
    """The change of one VENDOR line.

    Attributes:
        daemon: the vendor daemon. It needs no escaping: letters, digits, `_`, `-`, `.`, `+`.
        line: the line number in the file.
        was: the old port; None when the system chose it.
        port: the new port.
        before, after: the old and the new statement. Not escaped; equal when nothing changed.
    """

    daemon: str
    line: int
    was: int | None
    port: int
    before: str
    after: str


class Pinned(msgspec.Struct, frozen=True):
    """A license file with pinned ports.

    Attributes:
        document: the new file; write `bytes()` of it.
        changes: one for each requested line, in the order of the file.
        warnings: sentences about unwise ports. Escaped.
    """

    document: LicenseDocument
    changes: tuple[PinChange, ...]
    warnings: tuple[str, ...]


def pin_ports(document: LicenseDocument, ports: Mapping[str, int]) -> Pinned:
    """Return the file with vendor daemons pinned to ports. Writes nothing to disk.

    An existing port is replaced, with or without its keyword. Otherwise `port=N` is added after the last word of the
    line, before a comment. VENDOR lines are not signed and no other line changes, so signatures stay valid.

    Args:
        document: the license file.
        ports: vendor daemon → port.

    Raises:
        PinError: the file has no such daemon; the port does not exist; lmgrd or another daemon of the file has the
            port; or the line has an unclosed quotation mark, so that the port would become part of the quoted text.
    """
    for name, port in ports.items():
        if not any(line.name == name for line in document.daemons):
            raise _unknown(document, name)
        if not 1 <= port <= MAX_PORT:
            raise PinError(f"port {port} does not exist", f"write a port from 1 to {MAX_PORT}")
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
    warnings = [text for name in ports for text in _unwise(name, ports[name])]
    warnings += [text for line in by_line.values() for text in _unquoted(line)]
    return Pinned(made, tuple(changes), tuple(warnings))


def _unknown(document: LicenseDocument, name: str) -> PinError:
    shown = printable(name, _SHOWN)
    names = list(dict.fromkeys(line.name for line in document.daemons))
    if not names:
        return PinError(f"the file has no VENDOR line for {shown}, and no other VENDOR line")
    folded = {known.lower(): known for known in reversed(names)}
    near = difflib.get_close_matches(name.lower()[:_SHOWN], folded, 1, 0.5)
    there = printable(", ".join(names), 200)
    return PinError(
        f"the file has no VENDOR line for {shown}; it has {there}", f"write {folded[near[0]]}" if near else ""
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
                f"port {port} for {name} belongs to {taken[port]}",
                f"write {free}, which is free in this file" if free else "",
            )
        taken[port] = name


def _refuse_open_quotes(document: LicenseDocument, ports: Mapping[str, int]) -> None:
    for line in document.daemons:
        if line.name in ports and line.statement.open_quote() is not None:
            raise PinError(
                f"line {line.statement.line}, of {line.name}, has an unclosed quotation mark",
                "close it first: otherwise the port becomes part of the quoted text",
            )


def port_keyword(document: LicenseDocument) -> str:
    """Return `port=` or `PORT=`, whichever the file's other lines use."""
    for line in document.daemons:
        text = line.statement.text
        at = line.port_at
        if at is not None and (found := text.upper().rfind("PORT=", line.name_at.stop, at.start)) >= 0:
            return text[found : found + len("PORT=")]
    return "port="


def edited(line: DaemonLine, port: int, keyword: str) -> str:
    """Return the text of the line with this port."""
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
    # A word ends after its last character; a continuation may follow.
    begin = statement.raw_offset(start - 1) + 1 if start == stop else statement.raw_offset(start)
    end = begin if start == stop else statement.raw_offset(stop - 1) + 1
    return raw[:begin] + new + raw[end:]


def _unquoted(line: DaemonLine) -> list[str]:
    if line.stray is None:
        return []
    where = f"The path on line {line.statement.line} has a blank and no quotation marks"
    return [f"{where}: lmgrd may not find the program or the port. Put quotation marks around the path."]


def _unwise(name: str, port: int) -> list[str]:
    if port < PRIVILEGED:
        text = f"Port {port} for {name} is below {PRIVILEGED}: on Unix only root can listen on it."
        return [f"{text} Pin a free port of {DEFAULT_RANGE_TEXT}."]
    if port not in DEFAULT_RANGE:
        text = f"Port {port} for {name} is outside {DEFAULT_RANGE_TEXT}:"
        return [f"{text} a firewall rule for that range does not cover it."]
    return []
