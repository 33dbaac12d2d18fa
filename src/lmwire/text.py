"""How strings that came from a network or a file are shown: always escaped, never raw."""

from __future__ import annotations

__all__ = ["printable"]


def printable(text: str | bytes, limit: int | None = None) -> str:
    r"""Return `text` on one line with everything escaped that could steer a terminal.

    Bytes are read as Latin-1, so that every byte has a character. A backslash is doubled, hence the result
    is unambiguous. With `limit`, more than so many characters of input are cut and marked with an ellipsis.

    >>> printable(b"a\x1b[31m")
    'a\\x1b[31m'
    """
    if isinstance(text, bytes):
        text = text.decode("latin-1")
    if limit is None and text.isascii() and text.isprintable() and "\\" not in text:
        return text  # nearly all there is
    cut = limit is not None and len(text) > limit
    shown = "".join(_escape(character) for character in (text[:limit] if cut else text))
    return shown + "…" if cut else shown


def _escape(character: str) -> str:
    if character == "\\":
        return "\\\\"
    # Not printable: controls, formats such as bidi overrides, surrogates, private use, line separators, odd blanks.
    return character if character.isprintable() else character.encode("unicode_escape").decode("ascii")
