"""A license file, whole: its lines as values, and every byte of it kept."""

from __future__ import annotations

import re
from typing import Final, Literal

import msgspec

from lmwire.licensefile.lexer import Gap, Statement, Word, encode
from lmwire.licensefile.problem import Problem

__all__ = ["Attribute", "DaemonLine", "FeatureKind", "FeatureLine", "LicenseDocument", "ServerLine"]

FeatureKind = Literal["FEATURE", "INCREMENT", "UPGRADE", "PACKAGE"]

_KEY: Final = re.compile(r"(?:[0-9A-Fa-f]{4} ?){3}(?:(?:[0-9A-Fa-f]{4} ?){2})?", re.ASCII)
_NAMED: Final = re.compile(r"\w{1,60}=", re.ASCII)
_NUMBER: Final = re.compile(r"[0-9]{1,9}", re.ASCII)


class ServerLine(msgspec.Struct, frozen=True, kw_only=True):
    """A SERVER line: `SERVER host hostid [port] [PRIMARY_IS_MASTER] [HEARTBEAT_INTERVAL=seconds]`.

    Attributes:
        host: name or address, an IPv6 one without brackets; may be `this_host` or `ANY`.
        hostid: as written, without quotation marks; empty when there is none.
        port: lmgrd's port; None when none is given, or none that exists.
        master: whether PRIMARY_IS_MASTER is there.
        heartbeat: value of HEARTBEAT_INTERVAL, as written; may be empty.
        host_at, port_at: where these stand.
    """

    statement: Statement
    host: str
    hostid: str
    port: int | None
    master: bool
    heartbeat: str
    host_at: Word
    port_at: Word | None


class DaemonLine(msgspec.Struct, frozen=True, kw_only=True):
    """A VENDOR or DAEMON line: `VENDOR name [path] [[OPTIONS=]options] [[PORT=]port]`.

    Attributes:
        keyword: `VENDOR` or its older spelling `DAEMON`.
        name: the vendor daemon's name.
        path: of its program; empty when lmgrd looks for it by name.
        options: its options file; empty when none is named.
        port: the port it is pinned to; None when the system chooses (no port, or 0), or when it is wrong.
        name_at, port_at: where these stand; `port_at` is the number alone, and there for a wrong or empty one, too.
        misplaced: a number that is surely meant for the port and stands where the path or the options belong.
        stray: the first word beyond path, options and port: that of a path with a blank and without quotation marks.
    """

    statement: Statement
    keyword: Literal["VENDOR", "DAEMON"]
    name: str
    path: str
    options: str
    port: int | None
    name_at: Word
    port_at: Word | None
    misplaced: Word | None
    stray: Word | None


class Attribute(msgspec.Struct, frozen=True):
    """A `keyword=value` of a feature line; a keyword without a value has an empty one.

    A keyword in lower case may be edited, one in upper case is part of what is signed.
    """

    name: str
    value: str
    at: Word


class FeatureLine(msgspec.Struct, frozen=True, kw_only=True):
    """A FEATURE, INCREMENT, UPGRADE or PACKAGE line.

    Attributes:
        name, vendor, version: as written. A PACKAGE may have no version.
        from_version: the version that an UPGRADE starts from; empty for the others.
        expires: the date as written, `permanent` for instance; empty for a PACKAGE.
        count: number of licenses as written, `uncounted` for instance; empty for a PACKAGE.
        expires_at: where the date stands; None for a PACKAGE.
        fields: how many of the statement's words these are.
    """

    statement: Statement
    kind: FeatureKind
    name: str
    vendor: str
    version: str
    from_version: str
    expires: str
    count: str
    expires_at: Word | None
    fields: int

    @property
    def number(self) -> int | None:
        """How many licenses these are; None where nobody counts them: `uncounted`, 0, or a text that is no number."""
        return (int(self.count) or None) if _NUMBER.fullmatch(self.count) else None

    @property
    def key(self) -> str:
        """The key of 12 or 20 hexadecimal digits that old files have in a column of its own; else empty."""
        for index, word in enumerate(self.statement.words()):
            if index == self.fields:
                return word.text if _KEY.fullmatch(word.text) and len(word.text.replace(" ", "")) in {12, 20} else ""
        return ""

    def attributes(self) -> tuple[Attribute, ...]:
        """Return the attributes in their order. They are read from the line each time: most lines are never asked."""
        found = []
        skip = self.fields + bool(self.key)
        for index, word in enumerate(self.statement.words()):
            if index >= skip:
                named = _NAMED.match(word.text)
                name, _, value = word.text.partition("=") if named else (word.text, "", "")
                found.append(Attribute(name, value, word))
        return tuple(found)


class LicenseDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A license file. `bytes(document)` is the file, byte for byte; nothing here signs or checks a signature.

    Attributes:
        name: how the file is called in messages. Not escaped.
        mark: its byte order mark; nearly always empty.
        encoding: `latin-1`, which has a character for every byte, or UTF-16's where the mark says so.
        parts: statements and the gaps between them; their `raw` texts together are the file.
        servers: SERVER lines in order, those whose host is none left out.
        daemons: VENDOR and DAEMON lines in order, those whose name is none left out.
        features: FEATURE, INCREMENT, UPGRADE and PACKAGE lines that are complete.
        use_server: number of the line where the first USE_SERVER stands; None without one.
        server_count: how many SERVER lines there are, wrong ones included.
        problems: what could not be read, in the order of the file. `lint` finds more.
    """

    name: str
    mark: bytes
    encoding: str
    parts: tuple[Gap | Statement, ...]
    servers: tuple[ServerLine, ...]
    daemons: tuple[DaemonLine, ...]
    features: tuple[FeatureLine, ...]
    use_server: int | None
    server_count: int
    problems: tuple[Problem, ...]

    def __bytes__(self) -> bytes:
        return encode(self.mark, self.encoding, "".join(part.raw for part in self.parts))
