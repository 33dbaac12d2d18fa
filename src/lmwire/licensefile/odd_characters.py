"""Characters of web pages and word processors that look like a blank or a quotation mark, and are not one."""

from __future__ import annotations

import re
from typing import Final

import msgspec

__all__ = ["OddCharacter", "odd_characters", "without_odd_characters"]


class OddCharacter(msgspec.Struct, frozen=True):
    """Such a character: what it is called, what to write instead, and its position in the text."""

    name: str
    instead: str
    start: int
    stop: int


_BLANK, _NOTHING, _QUOTE = " ", "", '"'
_KINDS: Final = (
    # Latin-1 has a character for each byte. 0xA0 after another byte of 8 bits is a part of a UTF-8 letter.
    (r"\xc2\xa0|(?<![\x80-\xff])\xa0|\xe2\x80\xaf|\u202f", "a no-break space (0xA0)", _BLANK),
    (r"\xe2\x80[\x80-\x8a]|\xe3\x80\x80|[\u2000-\u200a\u3000]", "a wide or narrow blank", _BLANK),
    (r"\xe2\x80[\x8b-\x8f]|\xef\xbb\xbf|[\u200b-\u200f\ufeff]", "an invisible character", _NOTHING),
    (
        r"\xe2\x80[\x9c-\x9f]|(?<![\x80-\xff])[\x93\x94](?![\x80-\xbf])|[\u201c-\u201f]",
        "a typographic quotation mark",
        _QUOTE,
    ),
)
_ODD: Final = re.compile("|".join(f"({pattern})" for pattern, _, _ in _KINDS))
_QUOTED: Final = re.compile(r'"[^"]*+"')


def odd_characters(text: str) -> list[OddCharacter]:
    """Return the characters of a line that are not what they look like. Inside quotation marks they are harmless."""
    if text.isascii():
        return []
    quoted = [match.span() for match in _QUOTED.finditer(text)]
    found = []
    for match in _ODD.finditer(text):
        if not any(start <= match.start() < stop for start, stop in quoted):
            _, name, instead = _KINDS[(match.lastindex or 1) - 1]
            found.append(OddCharacter(name, instead, *match.span()))
    return found


def without_odd_characters(text: str) -> str:
    """Return the line with the right characters instead."""
    for odd in reversed(odd_characters(text)):
        text = f"{text[: odd.start]}{odd.instead}{text[odd.stop :]}"
    return text
