"""A whole license file: its lines as values, with every byte kept."""

from __future__ import annotations

import re
from typing import Final, Literal

import msgspec

from lmwire.licensefile.lexer import Gap, Statement, Word, encode
from lmwire.licensefile.other_formats import FileKind
from lmwire.licensefile.problem import LicenseProblem

__all__ = ["Attribute", "DaemonLine", "FeatureKind", "FeatureLine", "LicenseDocument", "ServerLine"]

FeatureKind = Literal["FEATURE", "INCREMENT", "UPGRADE", "PACKAGE"]

_KEY: Final = re.compile(r"(?:[0-9A-Fa-f]{4} ?){3}(?:(?:[0-9A-Fa-f]{4} ?){2})?", re.ASCII)
_NAMED: Final = re.compile(r"\w{1,60}=", re.ASCII)
_NUMBER: Final = re.compile(r"[0-9]{1,9}", re.ASCII)


class ServerLine(msgspec.Struct, frozen=True, kw_only=True):
    """A SERVER line: `SERVER host hostid [port] [PRIMARY_IS_MASTER] [HEARTBEAT_INTERVAL=seconds]`.

    Attributes:
        host: name or address, an IPv6 one without brackets; may be `this_host` or `ANY`.
        hostid: as written, without quotation marks; empty when missing.
        port: lmgrd's port; None when it is missing or wrong.
        master: whether the line has PRIMARY_IS_MASTER.
        heartbeat: the value of HEARTBEAT_INTERVAL, as written; may be empty.
        host_at, port_at: their positions in the statement.
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
        path: the path of its program; empty when lmgrd finds the program by name.
        options: the path of its options file; empty when the line names none.
        port: the pinned port; None when the system chooses it (no port, or 0), or when it is wrong.
        name_at, port_at: their positions; `port_at` covers the number alone, even when it is wrong or empty.
        misplaced: a number that must be the port, but is in the place of the path or the options.
        stray: the first word after path, options and port: part of a path with a blank and no quotation marks.
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
    """A `keyword=value` of a feature line; the value is empty for a keyword alone.

    The signature covers keywords in upper case. Keywords in lower case may be edited.
    """

    name: str
    value: str
    at: Word


class FeatureLine(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A FEATURE, INCREMENT, UPGRADE or PACKAGE line.

    Attributes:
        name, vendor, version: as written. A PACKAGE may have no version.
        from_version: the version that an UPGRADE starts from; empty for the other kinds.
        expires: the date as written, such as `permanent`; empty for a PACKAGE.
        count: the number of licenses as written, such as `uncounted`; empty for a PACKAGE.
        expires_at: the position of the date; None for a PACKAGE.
        fields: how many of the statement's words are fields.
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
        """The number of licenses; None for uncounted ones: `uncounted`, 0, or text that is not a number."""
        return (int(self.count) or None) if _NUMBER.fullmatch(self.count) else None

    @property
    def key(self) -> str:
        """The key of 12 or 20 hexadecimal digits, a separate column in old files; empty when missing."""
        for index, word in enumerate(self.statement.words()):
            if index == self.fields:
                return word.text if _KEY.fullmatch(word.text) and len(word.text.replace(" ", "")) in {12, 20} else ""
        return ""

    def attributes(self) -> tuple[Attribute, ...]:
        """Return the attributes in order. They are parsed at each call, because few lines are ever asked."""
        found = []
        skip = self.fields + bool(self.key)
        for index, word in enumerate(self.statement.words()):
            if index >= skip:
                named = _NAMED.match(word.text)
                name, _, value = word.text.partition("=") if named else (word.text, "", "")
                found.append(Attribute(name, value, word))
        return tuple(found)


class LicenseDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A license file. `bytes(document)` is the file, byte for byte. lmwire neither makes nor checks signatures.

    Attributes:
        name: the file's name in messages. Not escaped.
        mark: its byte order mark; nearly always empty.
        encoding: `latin-1`, which has a character for every byte, or UTF-16 when the mark says so.
        parts: statements and the gaps between them; their `raw` texts together are the file.
        servers: SERVER lines with a valid host, in order.
        daemons: VENDOR and DAEMON lines with a valid name, in order.
        features: the complete FEATURE, INCREMENT, UPGRADE and PACKAGE lines.
        use_server: the line number of the first USE_SERVER; None without one.
        server_count: the number of SERVER lines, wrong ones included.
        problems: lines that could not be read, in the order of the file. `lint` finds more problems.
        kind: what the file is, when no line of it is one of a license file.
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
    problems: tuple[LicenseProblem, ...]
    kind: FileKind = FileKind.LICENSE

    def __bytes__(self) -> bytes:
        return encode(self.mark, self.encoding, "".join(part.raw for part in self.parts))
