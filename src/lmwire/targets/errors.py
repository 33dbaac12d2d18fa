"""The error of a license path: the sentence, and a caret under the wrong character."""

from __future__ import annotations

import unicodedata

from lmwire.errors import LmwireError
from lmwire.text import printable

__all__ = ["LicensePathError"]

# A pointer fits a terminal of 80 columns even when the text is a variable of 30,000 characters.
_WINDOW = 72
_LEAD = 24


class LicensePathError(LmwireError, ValueError):
    """A license path that cannot be used.

    `str()` is the sentence, `pointer()` shows the place. Neither holds a raw control character.

    Attributes:
        text: the license path, or the line of a license file. Not escaped.
        position: the index in `text` of the first wrong character.
        length: the number of wrong characters; 0 when something is missing at `position`.
        message: what is wrong, without a full stop. Escaped.
        hint: what to write instead; may be empty. Escaped.
        where: the variable, or the file and line, of `text`; empty for the command line. Escaped.
    """

    def __init__(self, text: str, position: int, length: int, message: str, hint: str = "", *, where: str = "") -> None:
        super().__init__(message, hint)
        self.text = text
        self.position = position
        self.length = length
        self.where = where

    def details(self) -> tuple[str, ...]:
        """Return the lines of `pointer()`."""
        return tuple(self.pointer().splitlines())

    def pointer(self) -> str:
        """Return two lines: the text, escaped, and carets under the wrong characters.

        A long text is cut to the part around the fault. The result is empty when there is no text.
        """
        if not self.text:
            return ""
        start = max(0, self.position - _LEAD) if len(self.text) > _WINDOW else 0
        stop = min(len(self.text), start + _WINDOW)
        end = min(stop, self.position + self.length)
        before = ("…" if start else "") + printable(self.text[start : self.position])
        marked = printable(self.text[self.position : end])
        rest = printable(self.text[end:stop])
        tail = "…" if stop < len(self.text) else ""
        carets = "^" * max(1, _columns(marked))
        return f"{before}{marked}{rest}{tail}\n{' ' * _columns(before)}{carets}"


def _columns(text: str) -> int:
    """Return the columns of `text` in a terminal: two for wide characters, none for combining marks."""
    return sum(
        0 if unicodedata.combining(character) else 2 if unicodedata.east_asian_width(character) in "WF" else 1
        for character in text
    )
