"""Find path, options, host and port among the words of a SERVER or VENDOR line."""

from __future__ import annotations

import re
from typing import Final

import msgspec

from lmwire.licensefile.lexer import Statement, Word

__all__ = ["VendorFields", "keyword_value", "server_port", "text_of_word", "value_of", "vendor_fields"]

_PORT: Final = re.compile(r"(?:TCP:)?([0-9]+)", re.IGNORECASE | re.ASCII)  # FLEXlm 5 on Windows wrote TCP:27000
_DIGITS: Final = re.compile(r"[0-9]{1,9}", re.ASCII)
_WINDOWS: Final = re.compile(r"[A-Za-z]:[\\/]|\\\\")  # not quoted: a quotation mark comes first otherwise
_CUT_OFF: Final = re.compile(r"(?![A-Za-z]:|[\\/.])[^\\/]{1,255}[\\/]")  # a relative path with a directory
_NAMED: Final = re.compile(r"\w+=", re.ASCII)


class VendorFields(msgspec.Struct, frozen=True):
    """The words after a daemon's name on its line; see DaemonLine."""

    path: Word | None
    options: Word | None
    port: Word | None
    misplaced: Word | None
    stray: Word | None


def text_of_word(word: Word | None) -> str:
    """Return the word's text; empty for no word."""
    return "" if word is None else word.text


def vendor_fields(statement: Statement, words: list[Word]) -> VendorFields:
    """Split path, options and port. Without a keyword the port is the word after the other two."""
    plain = [word for word in words if not _NAMED.match(word.text)]
    options, port = keyword_value(statement, words, "OPTIONS"), keyword_value(statement, words, "PORT")
    place = 2 if options is None else 1  # with OPTIONS=, only the path comes before a port
    misplaced = None
    beyond = plain[place:]
    if port is None and beyond and _DIGITS.fullmatch(beyond[0].text):
        port = value_of(statement, beyond.pop(0))
    elif port is None:
        misplaced = next((word for word in plain[:place] if _DIGITS.fullmatch(word.text)), None)
    path, second = ((*plain, None, None)[index] for index in range(2))
    if second is not None and (second.text.lower().endswith(".exe") or _rest_of_path(statement, path, second)):
        beyond.insert(0, second)  # a program in place of the options is the rest of a path
    return VendorFields(
        path=None if path is misplaced else path,
        options=options or (None if second is misplaced else second),
        port=port,
        misplaced=misplaced,
        stray=next(iter(beyond), None),
    )


def _rest_of_path(statement: Statement, path: Word | None, second: Word) -> bool:
    r"""Return whether a word is the rest of a Windows path that a blank cut, such as `C:\Program Files\foo` unquoted.

    An options file in this place has an absolute path, or a name with an options file's ending.
    """
    return (
        path is not None
        and _WINDOWS.match(statement.text, path.start) is not None
        and not path.text.lower().endswith(".exe")
        and _CUT_OFF.match(second.text) is not None
        and not second.text.lower().endswith((".opt", ".txt"))
    )


def value_of(statement: Statement, word: Word, skip: int = 0) -> Word:
    """Return a word without its first `skip` characters and without the quotation marks around it."""
    text = statement.text[word.start + skip : word.stop]
    lead = len(text) - len(text.lstrip('"'))
    start = word.start + skip + lead
    return Word(text.replace('"', ""), start, max(start, word.start + skip + len(text.rstrip('"'))))


def keyword_value(statement: Statement, words: list[Word], name: str) -> Word | None:
    """Return the value of `name=value`; the name may have any case."""
    for word in words:
        if word.text[: len(name) + 1].upper() == f"{name}=":
            equals = statement.text.index("=", word.start)
            return value_of(statement, word, equals + 1 - word.start)
    return None


def server_port(statement: Statement, rest: list[Word]) -> Word | None:
    """Return the digits of a SERVER line's port among the words after its host id; None when it has none."""
    digits = keyword_value(statement, rest, "PORT")
    if digits is None and rest:
        plain = _PORT.fullmatch(rest[0].text)
        if plain:
            digits = value_of(statement, rest[0])
            skip = plain.start(1)
            digits = Word(digits.text[skip:], digits.start + skip, digits.stop)
    return digits
