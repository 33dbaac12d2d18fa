r"""Split the bytes of a license file into logical lines and words. No byte is lost.

`\` at the end of a line continues it, and `#` starts a comment. A feature line may also go on without `\` (since
FLEXlm 7; End User Guide, p. 105): see `_wrapped_end`. Only ASCII blanks count: in UTF-8 text, a byte 0xA0 is
part of a letter. Every byte is one character (Latin-1), except in UTF-16 files, which have a byte order mark.
"""

from __future__ import annotations

import difflib
import functools
import re
from collections.abc import Iterator
from typing import Final

import msgspec

from lmwire.targets.errors import LicensePathError
from lmwire.text import printable

__all__ = [
    "KEYWORDS",
    "MAX_FILE",
    "MAX_STATEMENTS",
    "Gap",
    "Statement",
    "Word",
    "decode",
    "encode",
    "file_error",
    "scan",
]

MAX_FILE: Final = 32 << 20
"""Largest license file that lmwire reads, in bytes. The largest in use have tens of thousands of lines."""

MAX_STATEMENTS: Final = 150_000
"""Most lines of a license file; blank lines and comments do not count."""

_MAGIC: Final = {
    b"\x89PNG": "a PNG picture",
    b"PK\x03\x04": "a ZIP archive",
    b"%PDF": "a PDF document",
    b"\x7fELF": "a program",
    b"MZ": "a program",
    b"\x1f\x8b": "compressed data",
    b"<!DOCTYPE": "a web page",
    b"<html": "a web page",
}
_MARKS: Final = {b"\xef\xbb\xbf": "latin-1", b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}

# All quantifiers over repeated input are possessive, so no input makes them backtrack.
_EOL: Final = r"(?:\r\n?|\n)"
_BLANKS: Final = r"[^\S\r\n]*+"
_GAP: Final = re.compile(rf"(?:{_BLANKS}(?:#[^\r\n]*+)?+{_EOL})*+(?:{_BLANKS}(?:#[^\r\n]*+)?+\Z)?+", re.ASCII)
_STATEMENT: Final = re.compile(rf"(?:[^\r\n\\]++|\\{_BLANKS}{_EOL}|\\)*+{_EOL}?+", re.ASCII)
_INNER_EOL: Final = r"(?:\r\n|\r(?!\n)|\n)(?!\Z)"
_CONTINUATION: Final = re.compile(rf"\\{_BLANKS}(?:{_EOL}|\Z)|{_INNER_EOL}", re.ASCII)
_LINE_END: Final = re.compile(_EOL)
_FEATURE: Final = re.compile(
    rf"{_BLANKS}(?:FEATURE|INCREMENT|UPGRADE|PACKAGE){_BLANKS.replace('*', '+')}", re.IGNORECASE | re.ASCII
)
_GOES_ON: Final = re.compile(rf"{_BLANKS}([^\s#\\][^\s]*+)", re.ASCII)
_ATTRIBUTE: Final = re.compile(r"\w{1,60}=|(?:[0-9A-F]{4}|[0-9A-F]{12}|[0-9A-F]{20})(?=[\s\"\\]|\Z)", re.ASCII)
_MOST_WRAPPED: Final = 200
_WORD: Final = re.compile(r'(?:"[^"]*+"|\S)++', re.ASCII)


KEYWORDS: Final = (
    *("SERVER", "VENDOR", "DAEMON", "USE_SERVER", "FEATURE", "INCREMENT", "UPGRADE", "PACKAGE", "FEATURESET"),
)
"""The keywords that start a line."""

_ALIKE: Final = 0.7


class Gap(msgspec.Struct, frozen=True, gc=False):
    """Blank lines and comments, as written in the file.

    Attributes:
        raw: their text, line ends included.
        line: the number of the first line, from 1.
    """

    raw: str
    line: int


class Word(msgspec.Struct, frozen=True, gc=False):
    """A word of a statement.

    Attributes:
        text: without its quotation marks.
        start, stop: its position in the statement's `text`, quotation marks included.
    """

    text: str
    start: int
    stop: int


class Statement(msgspec.Struct, frozen=True, gc=False):
    """A logical line: a keyword and its words, on one line of the file or on several.

    Attributes:
        raw: the text in the file, with line ends and continuations.
        line: number of its first line, from 1.
    """

    raw: str
    line: int

    @property
    def text(self) -> str:
        """The statement on one line: each continuation becomes a blank, and the line end is removed."""
        raw = self.raw
        if _is_joined(raw):
            raw = _CONTINUATION.sub(" ", raw)
        return raw.rstrip("\r\n")

    def words(self) -> Iterator[Word]:
        """Yield the words up to the end or up to a comment."""
        for match in _WORD.finditer(self.text):
            word = match.group()
            if word.startswith("#"):
                return
            yield Word(word.replace('"', "") if '"' in word else word, *match.span())

    def open_quote(self) -> Word | None:
        """Return the word with an unclosed quotation mark; None when all are closed."""
        text = self.text
        return next((word for word in self.words() if text.count('"', word.start, word.stop) % 2), None)

    def raw_offset(self, offset: int) -> int:
        """Return the offset in `raw` of the character at this offset in `text`."""
        shift = 0
        if _is_joined(self.raw):
            for match in _CONTINUATION.finditer(self.raw):
                if match.start() - shift >= offset:
                    break
                shift += len(match.group()) - 1
        return offset + shift

    def place(self, offset: int) -> tuple[int, int]:
        """Return line and column, both from 1, of the character at this offset in `text`."""
        before = self.raw[: self.raw_offset(offset)]
        begin = 0
        line = self.line
        for match in _LINE_END.finditer(before):
            line += 1
            begin = match.end()
        return line, len(before) - begin + 1


def decode(data: bytes, name: str) -> tuple[bytes, str, str]:
    """Return byte order mark, encoding and text of a license file. Raises LicensePathError if it cannot be one."""
    if len(data) > MAX_FILE:
        raise file_error(name, f"is larger than {MAX_FILE >> 20} MB, too large for a license file")
    for magic, what in _MAGIC.items():
        if data.startswith(magic):
            raise file_error(name, f"is {what}, not a license file")
    mark = next((mark for mark in _MARKS if data.startswith(mark)), b"")
    encoding = _MARKS.get(mark, "latin-1")
    body = data.removeprefix(mark)
    try:
        text = body.decode(encoding, "surrogatepass")
        whole = encode(b"", encoding, text) == body
    except UnicodeError:
        whole, text = False, ""
    if not whole:
        raise file_error(name, "starts like UTF-16 text but is not valid UTF-16")
    if "\0" in text:
        raise file_error(name, "is binary, not a license file")
    return mark, encoding, text


def encode(mark: bytes, encoding: str, text: str) -> bytes:
    """Return the bytes that `decode` was given."""
    return mark + text.encode(encoding, "surrogatepass")


def scan(text: str, name: str) -> Iterator[Gap | Statement]:
    """Yield the parts of a license file in order. Joined, they are the text.

    Raises LicensePathError when there are more than MAX_STATEMENTS statements.
    """
    position, line, count = 0, 1, 0
    while position < len(text):
        gap = _GAP.match(text, position)
        stop = gap.end() if gap else position
        if stop > position:
            raw = text[position:stop]
            yield Gap(raw, line)
        else:
            count += 1
            if count > MAX_STATEMENTS:
                raise file_error(name, f"has more than {MAX_STATEMENTS} lines, too many for a license file")
            found = _STATEMENT.match(text, position)
            stop = found.end() if found else len(text)
            if _FEATURE.match(text, position):
                stop = _wrapped_end(text, position, stop)
            raw = text[position:stop]
            yield Statement(raw, line)
        line += raw.count("\n") + raw.count("\r") - raw.count("\r\n")
        position = stop


def _is_joined(raw: str) -> bool:
    """Return whether a statement may have more than one line."""
    return "\\" in raw or "\n" in raw[:-2] or "\r" in raw[:-2]


def _wrapped_end(text: str, start: int, stop: int) -> int:
    """Return where a feature line ends that goes on without a backslash.

    It goes on while a quotation mark is open, while fields are missing, or when the next line begins with an attribute
    or a part of a key. A line that begins with a keyword, or nearly so, is always a new one.
    """
    for _ in range(_MOST_WRAPPED):
        ahead = _GOES_ON.match(text, stop)
        if ahead is None or ahead[1].upper() in KEYWORDS:
            break
        so_far = text[start:stop]
        open_quote = so_far.count('"') % 2
        package = so_far.lstrip()[:7].upper() == "PACKAGE"
        missing = len(so_far.split(None, 6)) < (3 if package else 6)
        if not (open_quote or missing or _ATTRIBUTE.match(text, ahead.start(1))) or _is_like_keyword(ahead[1][:40]):
            break
        found = _STATEMENT.match(text, stop)
        stop = found.end() if found else len(text)
    return stop


@functools.lru_cache(maxsize=1024)
def _is_like_keyword(word: str) -> bool:
    """Return whether a word is a keyword that starts a line, or looks like a misspelt one."""
    folded = word.strip('"').upper()
    return folded in KEYWORDS or (
        "=" not in folded and not folded.isdigit() and bool(difflib.get_close_matches(folded, KEYWORDS, 1, _ALIKE))
    )


def file_error(name: str, message: str) -> LicensePathError:
    """Return an error about the whole file."""
    return LicensePathError(name, 0, len(name), f"{printable(name)} {message}")
