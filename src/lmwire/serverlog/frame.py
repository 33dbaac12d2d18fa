r"""Around a line's text: ` 8:24:20 (lmgrd) `, in all its forms, and what other programs put before it.

| form | written by |
|---|---|
| `8:24:20 (lmgrd) text` | all since version 8; hours are not padded, or by a blank |
| `15:04 (lmgrd) text` | versions 6 and 7 |
| `11/24 15:04 (lmgrd) text` | versions up to 5 |
| `Tue 8:24:20 (lmgrd) text`, `117 8:24:20 (lmgrd) text` | wrappers that add the day, or number lines |
| `Nov 24 08:24:20 licsrv lmgrd[812]:  8:24:20 (lmgrd) text` | syslog, journald, docker and others |
| `{"log":" 8:24:20 (lmgrd) text\n","stream":…}` | docker's files |
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["FRAME", "USE", "Framed", "found_late", "unmarked"]

_CLOCK: Final = rb"((?:[01]?\d|2[0-3]):[0-5]\d(?::(?:[0-5]\d|60))?)"
_TIME: Final = rb"(?:(\d{1,2}/\d{1,2}) )?" + _CLOCK + rb" \(([^()\s]{1,64})\)"

FRAME: Final = re.compile(rb"\s{0,8}" + _TIME + rb"\s{0,64}(.*)", re.DOTALL)
"""Groups: month and day where the line has them, time, who wrote it, text."""

USE: Final = re.compile(rb"\s{0,8}" + _CLOCK + rb' (\([^()\s]{1,64}\) (?:OUT|IN): "[^"\s]{1,128}")')
"""The lines that come in millions. Groups: time; the rest but for who used it, which would make each line another."""

_LATE: Final = re.compile(rb"(?<![0-9:./])" + _TIME + rb"(?:\s{1,64}|\Z)(.*)", re.DOTALL)
_PREFIX: Final = 256
_MARK: Final = re.compile(rb"\(@[^()\s]{1,80}-SLOG@\)\s{0,64}")
_DOCKER: Final = re.compile(rb'\A\s{0,8}\{"log":"')
_DOCKER_END: Final = re.compile(rb'(?:\\[nr])*","stream":"(?:stdout|stderr)".{0,200}\}\s*\Z', re.DOTALL)
_ESCAPED: Final = {b'\\"': b'"', b"\\t": b"\t", b"\\\\": b"\\", b"\\/": b"/"}
_ESCAPE: Final = re.compile(rb'\\["t\\/]')

Framed = tuple[bytes | None, bytes, bytes, bytes]
"""Month and day, time, who wrote it, text."""


def found_late(line: bytes) -> Framed | None:
    """Return what is in a frame that begins within the first bytes of `line`, behind another program's prefix."""
    if _DOCKER.match(line):
        line = _undocker(line)
    match = _LATE.search(line)
    if match is None or match.start() > _PREFIX:
        return None
    day, time, daemon, text = match.groups()
    return day, time, daemon, text


def _undocker(line: bytes) -> bytes:
    end = _DOCKER_END.search(line, max(0, len(line) - 300))
    inside = line if end is None else line[: end.start()]
    return _ESCAPE.sub(lambda match: _ESCAPED[match[0]], inside)


def unmarked(text: bytes) -> bytes:
    """Return the text without the mark of the service log, `(@ibmratl-SLOG@) `."""
    match = _MARK.match(text)
    return text if match is None else text[match.end() :]
