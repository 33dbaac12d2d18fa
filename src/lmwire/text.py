"""How strings that came from a network or a file are shown: always escaped, never raw."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["COMMAND", "NAME_LIMIT", "escaped", "file_trouble", "printable", "settled"]

NAME_LIMIT: Final = 100
"""A name's first characters are enough to tell it by."""

COMMAND: Final = re.compile(r"`([^`]{1,160})`")
"""A command or a line of configuration inside our sentences."""


def printable(text: str | bytes, limit: int | None = None) -> str:
    r"""Return `text` on one line with everything escaped that could steer a terminal.

    Bytes are read as Latin-1, so that every byte has a character. A backslash is doubled, hence the result
    is unambiguous. With `limit`, more than so many characters of input are cut and marked with an ellipsis.

    >>> printable(b"a\x1b[31m")
    'a\\x1b[31m'
    """
    if isinstance(text, bytes):
        text = text.decode("latin-1")
    cut = limit is not None and len(text) > limit
    if not cut and text.isascii() and text.isprintable() and "\\" not in text:
        return text  # nearly all there is
    shown = "".join(_escape(character) for character in (text[:limit] if cut else text))
    return shown + "…" if cut else shown


def escaped(text: str, limit: int = NAME_LIMIT) -> str:
    """Return a string of the evidence, which is as it came, so that it can be shown."""
    return printable(text, limit)


def settled(text: str) -> str:
    """Return a sentence of the diagnosis, in which names are escaped already; a second gate, hence idempotent."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(character if character == "\\" else printable(character) for character in text)


def file_trouble(name: str, error: OSError | ValueError) -> str:
    """Return why a file cannot be read, with its name, which is escaped already: in the same words everywhere."""
    if isinstance(error, FileNotFoundError):
        return f"the file {name} does not exist"
    reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return f"{name} cannot be read: {printable(reason, 200)}"


def _escape(character: str) -> str:
    if character == "\\":
        return "\\\\"
    # Not printable: controls, formats such as bidi overrides, surrogates, private use, line separators, odd blanks.
    return character if character.isprintable() else character.encode("unicode_escape").decode("ascii")
