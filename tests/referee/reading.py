"""Reads what a FlexNet client wrote about its failure, on stderr or in flexPID.log."""

from __future__ import annotations

import re
from typing import Final

import msgspec

__all__ = ["ReportedError", "ReportedSystemError", "read_errors"]

_ERROR: Final = re.compile(
    r'FlexNet Licensing error:(?P<code>-\d+,\d+)(?:\.  System Error: (?P<number>\d+) "(?P<words>[^"\r\n]*)")?[ ]*\r?\n'
)


class ReportedSystemError(msgspec.Struct, frozen=True):
    """The operating system's error, as the client prints it: 10061 "WinSock: Connection refused"."""

    number: int
    words: str


class ReportedError(msgspec.Struct, frozen=True):
    """One report of a client.

    Attributes:
        code: such as "-15,570".
        system_error: None where the client names none.
    """

    code: str
    system_error: ReportedSystemError | None = None


def read_errors(text: str) -> tuple[ReportedError, ...]:
    """Return the errors in `text`, in order. A line that is not complete yet does not count."""
    return tuple(
        ReportedError(
            found["code"],
            None if found["number"] is None else ReportedSystemError(int(found["number"]), found["words"]),
        )
        for found in _ERROR.finditer(text)
    )
