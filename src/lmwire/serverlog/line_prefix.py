r"""The prefix of a log line: ` 8:24:20 (lmgrd) ` in all its forms, and the prefixes that other programs add.

| form | written by |
|---|---|
| `8:24:20 (lmgrd) text` | version 8 and newer; hours are not padded, or padded with a blank |
| `15:04 (lmgrd) text` | versions 6 and 7 |
| `11/24 15:04 (lmgrd) text` | versions up to 5 |
| `Tue 8:24:20 (lmgrd) text`, `117 8:24:20 (lmgrd) text` | wrappers that add the day, or number lines |
| `Nov 24 08:24:20 licsrv lmgrd[812]:  8:24:20 (lmgrd) text` | syslog, journald, docker and others |
| `12: 8:24:20 (lmgrd) text`, `lmgrd.log:12: 8:24:20 (lmgrd) text` | `grep -n` |
| `(lmgrd) text` | people, who paste lines without their times |
| `{"log":" 8:24:20 (lmgrd) text\n","stream":…}` | docker's files |
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["PREFIXED_LINE", "USE", "PrefixedLine", "find_prefix", "find_untimed_prefix", "without_slog_mark"]

_CLOCK: Final = rb"((?:[01]?\d|2[0-3]):[0-5]\d(?::(?:[0-5]\d|60))?)"
_TIME: Final = rb"(?:(\d{1,2}/\d{1,2}) )?" + _CLOCK + rb" \(([^()\s]{1,64})\)"

PREFIXED_LINE: Final = re.compile(rb"\s{0,8}" + _TIME + rb"\s{0,64}(.*)", re.DOTALL)
"""Groups: month and day if the line has them, time, the daemon that wrote the line, text."""

USE: Final = re.compile(rb"\s{0,8}" + _CLOCK + rb' (\([^()\s]{1,64}\) (?:OUT|IN): "[^"\s]{1,128}")')
"""Matches OUT and IN lines, which come in millions. Groups: time; the rest without the user, so that lines repeat."""

_LATE: Final = re.compile(rb"(?<![0-9:./])" + _TIME + rb"(?:\s{1,64}|\Z)(.*)", re.DOTALL)
_SECONDS: Final = rb"()((?:[01]?\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)) \(([^()\s]{1,64})\)"
_GREPPED: Final = re.compile(rb"[^\s()]{0,200}?[:-]\s{0,8}" + _SECONDS + rb"(?:\s{1,64}|\Z)(.*)", re.DOTALL)
_UNTIMED: Final = re.compile(
    rb"(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?\s{0,8}(?:[A-Za-z/.~][^\s()]{0,200}:)?(?:\d{1,9}[:.-]?)?\s{0,8}\(([A-Za-z0-9][^()\s]{0,63})\)\s{1,64}(\S.*)",
    re.DOTALL,
)
_PREFIX: Final = 256
_MARK: Final = re.compile(rb"\(@[^()\s]{1,80}-SLOG@\)\s{0,64}")
_DOCKER: Final = re.compile(rb'\A\s{0,8}\{"log":"')
_DOCKER_END: Final = re.compile(rb'(?:\\[nr])*","stream":"(?:stdout|stderr)".{0,200}\}\s*\Z', re.DOTALL)
_ESCAPED: Final = {b'\\"': b'"', b"\\t": b"\t", b"\\\\": b"\\", b"\\/": b"/"}
_ESCAPE: Final = re.compile(rb'\\["t\\/]')

PrefixedLine = tuple[bytes | None, bytes, bytes, bytes]
"""Month and day, time, the daemon that wrote the line, text."""


def find_prefix(line: bytes) -> PrefixedLine | None:
    """Return the parts of a line whose lmgrd prefix follows another program's prefix; None when there is none."""
    if _DOCKER.match(line):
        line = _undocker(line)
    match = _LATE.search(line)
    if match is None or match.start() > _PREFIX:
        match = _GREPPED.match(line)
    if match is None:
        return None
    day, time, daemon, text = match.groups()
    return day or None, time, daemon, text


def find_untimed_prefix(line: bytes) -> tuple[bytes, bytes] | None:
    """Return the daemon that wrote the line, and the text, of a line without a time; None for any other line."""
    match = _UNTIMED.match(line)
    return None if match is None else (match[1], match[2])


def _undocker(line: bytes) -> bytes:
    end = _DOCKER_END.search(line, max(0, len(line) - 300))
    inside = line if end is None else line[: end.start()]
    return _ESCAPE.sub(lambda match: _ESCAPED[match[0]], inside)


def without_slog_mark(text: bytes) -> bytes:
    """Return the text without the service log's mark `(@ibmratl-SLOG@) `."""
    match = _MARK.match(text)
    return text if match is None else text[match.end() :]
