r"""The part of a license file that says where its servers are: SERVER, VENDOR, DAEMON and USE_SERVER lines.

Rules of the format, as far as they matter here (License Administration Guide, "License File Format"):
keywords in any case; `\` at a line's end continues it; `#` begins a comment; 8-bit text is allowed;
one SERVER line, or three that form a redundant set; `SERVER host hostid [port]`;
`VENDOR name [path] [[OPTIONS=]options] [[PORT=]port]`, DAEMON being the older spelling; after USE_SERVER a
client reads no further SERVER line.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from lmwire.licensepath.entry import Span, check_host, parse_port
from lmwire.licensepath.errors import LicensePathError
from lmwire.licensepath.model import Server, VendorLine
from lmwire.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["MAX_FILE", "LicenseFile", "read_license"]

MAX_FILE = 8 * 1024 * 1024
"""Bytes of a license file that are read; the largest in use have some tens of thousands of lines."""

_TRIAD = 3
_MAX_NAME = 60
_MAX_LINE = 4096  # of the lines read here; a FEATURE line may be longer
_HOW_MANY = "there is one, or three for a triad"
_OURS = re.compile(r"\s*(SERVER|VENDOR|DAEMON|USE_SERVER)(?!\S)", re.IGNORECASE)
_WORD = re.compile(r'(?:"[^"]*"|\S)+')
_PORT = re.compile(r"(?:TCP:)?([0-9]+)", re.IGNORECASE)  # FLEXlm 5 on Windows wrote TCP:27000
_MAGIC = {
    b"\x89PNG": "a PNG picture",
    b"PK\x03\x04": "a ZIP archive",
    b"%PDF": "a PDF document",
    b"\x7fELF": "a program",
    b"MZ": "a program",
    b"\x1f\x8b": "compressed data",
    b"<!DOCTYPE": "a web page",
    b"<html": "a web page",
}
_BYTE_ORDER_MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


class LicenseFile(msgspec.Struct, frozen=True):
    """What a license file says about its servers: none, one or three, and its vendor daemons."""

    servers: tuple[Server, ...]
    vendors: tuple[VendorLine, ...]
    use_server: bool


class _Line(msgspec.Struct, frozen=True):
    number: int
    text: str


class _Words:
    """The words of a line, without their quotes, each with the span that an error points at."""

    def __init__(self, line: str) -> None:
        self.spans: list[Span] = []
        self.texts: list[str] = []
        for match in _WORD.finditer(line):
            if match.group().startswith("#"):
                break
            self.spans.append(Span(line, *match.span()))
            self.texts.append(match.group().replace('"', ""))

    def keyword(self, name: str) -> Span | None:
        """Return the value of `name=value`, the name in any case."""
        for span, text in zip(self.spans, self.texts, strict=True):
            if text.upper().startswith(f"{name}="):
                return _unquoted(span.part(str(span).index("=") + 1))
        return None

    def positional(self) -> list[int]:
        """Return the indices of the words after the first two that are not `name=value`."""
        return [index for index in range(2, len(self.texts)) if not re.match(r"\w+=", self.texts[index])]


def read_license(data: bytes, name: str) -> LicenseFile:
    """Read the server lines of a license file; every other line is passed over.

    Args:
        data: the file's bytes, at most MAX_FILE of them.
        name: the file's name, for errors.

    Raises:
        LicensePathError: for a file that is too big or no license file, and for a server line that is
            wrong; the error names file and line, and points into the line. A file *without* SERVER
            lines is no error here.
    """
    if len(data) > MAX_FILE:
        raise _file_error(name, f"more than {MAX_FILE >> 20} MB, too big for a license file")
    servers: list[Server] = []
    vendors: list[VendorLine] = []
    use_server = False
    last = None
    for line in _logical_lines(_decode(data, name)):
        try:
            words = _words(line.text)
            keyword = words.texts[0].upper()
            if keyword == "USE_SERVER":
                use_server = True
            elif keyword != "SERVER":
                vendors.append(_vendor(words))
            elif not use_server:
                last = line
                servers.append(_server(words))
                _refuse_fourth(words, len(servers))
        except LicensePathError as error:
            raise _located(error, name, line) from None
    if last is not None and len(servers) not in {1, _TRIAD}:
        two = LicensePathError(last.text, 0, len(last.text), "a second SERVER line and no third", _HOW_MANY)
        raise _located(two, name, last)
    return LicenseFile(tuple(servers), tuple(vendors), use_server)


def _words(line: str) -> _Words:
    if len(line) > _MAX_LINE:
        Span(line, _MAX_LINE, len(line)).fail(
            f"a line of {len(line)} characters", f"at most {_MAX_LINE} make sense here"
        )
    return _Words(line)


def _decode(data: bytes, name: str) -> str:
    for magic, what in _MAGIC.items():
        if data.startswith(magic):
            raise _file_error(name, f"is {what}, not a license file")
    for mark, encoding in _BYTE_ORDER_MARKS.items():
        if data.startswith(mark):
            return data.decode(encoding, errors="replace")
    if b"\0" in data:
        raise _file_error(name, "is binary, not a license file")
    return data.decode("latin-1")


def _logical_lines(text: str) -> Iterator[_Line]:
    """Yield the lines that begin with a keyword of ours, continued lines joined by a blank."""
    pending: list[str] = []
    first = 1
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for number, raw in enumerate(lines, start=1):
        if not raw and not pending:
            continue
        comment = not pending and raw.lstrip().startswith("#")
        if not pending:
            first = number
        content = raw.rstrip()
        if content.endswith("\\") and not comment:
            pending.append(content[:-1])
            continue
        joined = " ".join([*pending, raw])
        pending = []
        if _OURS.match(joined):
            yield _Line(first, joined)
    joined = " ".join(pending)
    if _OURS.match(joined):
        yield _Line(first, joined)


def _server(words: _Words) -> Server:
    if len(words.texts) == 1:
        words.spans[0].fail("a SERVER line without a host", "SERVER host hostid port")
    host = check_host(_unquoted(words.spans[1]))
    digits = words.keyword("PORT")
    for index in words.positional()[1:2]:  # the first is the hostid
        plain = _PORT.fullmatch(words.texts[index])
        if plain and digits is None:
            digits = _unquoted(words.spans[index])
            digits = digits.part(plain.start(1))
    return Server(host, parse_port(digits) if digits else None)


def _vendor(words: _Words) -> VendorLine:
    if len(words.texts) == 1:
        words.spans[0].fail(f"a {words.texts[0].upper()} line without a name", "VENDOR name port=27001")
    name = words.texts[1]
    if len(name) > _MAX_NAME or not re.fullmatch(r"[\w.+-]+", name, re.ASCII):
        words.spans[1].fail(f"{printable(name, _MAX_NAME)} cannot be a vendor daemon's name")
    digits = words.keyword("PORT")
    if digits is None:
        # Without a name, the port is the word after path and options; OPTIONS= leaves only the path before it.
        plain = words.positional()
        place = 1 if words.keyword("OPTIONS") is not None else 2
        if len(plain) > place and words.texts[plain[place]].isdecimal():
            digits = _unquoted(words.spans[plain[place]])
    if digits is None or not str(digits) or str(digits).strip("0") == "":
        return VendorLine(name, None)  # 0, like nothing, leaves the choice to the system
    return VendorLine(name, parse_port(digits))


def _unquoted(span: Span) -> Span:
    text = str(span)
    lead = len(text) - len(text.lstrip('"'))
    return span.part(lead, max(lead, len(text.rstrip('"'))))


def _refuse_fourth(words: _Words, count: int) -> None:
    if count > _TRIAD:
        words.spans[0].fail("a fourth SERVER line", _HOW_MANY)


def _located(error: LicensePathError, name: str, line: _Line) -> LicensePathError:
    where = f"{printable(name)}, line {line.number}"
    return LicensePathError(line.text, error.position, error.length, error.message, error.hint, where=where)


def _file_error(name: str, message: str) -> LicensePathError:
    return LicensePathError(name, 0, len(name), f"{printable(name)} {message}")
