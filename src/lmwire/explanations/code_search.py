"""Find FlexNet's error codes in a text, and pass over the numbers of other programs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from lmwire.errorcodes.codes import Code, error_code
from lmwire.text import printable

__all__ = ["codes_in", "system_errors_in"]

_MAX_HITS: Final = 20
_SHOWN: Final = 160
# How far behind its code "System Error: 115" may be.
_NEAR: Final = 200

_LICENSE: Final = (
    r"li[cz]en[czs]|\u30e9\u30a4\u30bb\u30f3\u30b9|\u8bb8\u53ef|\u8a31\u53ef|\u043b\u0438\u0446\u0435\u043d\u0437"
)
"""The word for a license in most languages: license, licence, licencia, Lizenz; in Japanese, Chinese and Russian."""
_NAMED = r"\b(?:flex ?(?:lm|net)|licens\w{1,9})\b[^0-9-]{0,40}?"
_MAJOR = r"(?P<major>[0-9]{1,3})(?![0-9])"
_REST = r"(?:[.,](?P<minor>[0-9]{1,6})(?:[:.,](?P<system>[0-9]{1,6}))?(?![0-9]))?"
_CODES_IN_TEXT: Final = tuple(
    re.compile(pattern, re.IGNORECASE | re.ASCII)
    for pattern in (
        # -15,570:115 anywhere
        r"(?<![0-9.])-(?P<major>[0-9]{1,3}), ?(?P<minor>[0-9]{1,6})(?:[:.,](?P<system>[0-9]{1,6}))?(?![0-9])",
        # -15.570.0, as Autodesk writes it
        r"(?<![\w.])-(?P<major>[0-9]{1,3})\.(?P<minor>[0-9]{1,6})\.(?P<system>[0-9]{1,6})(?![\w.]?[0-9])",
        # error -96, checkout() failed-39; not "System Error"
        rf"(?<!system )\b(?:error|code|failed|status|reason)[ :#=.(\['\"]{{0,4}}-{_MAJOR}{_REST}",
        # FLEXlm error 96: without its minus a number counts only beside the name of the thing
        rf"{_NAMED}(?<!system )\berror[^\w-]{{0,4}}{_MAJOR}{_REST}",
        # [ -15 ], as NX writes it
        r"\[ ?-(?P<major>[0-9]{1,3})(?P<minor>(?!))?(?P<system>(?!))? ?\]",
    )
)
_IN_ANY_LANGUAGE: Final = re.compile(
    # FLEXlm-Fehler -96, administrador de licencias -97: with its minus, and not an option such as "lmgrd -2 -p"
    rf"(?:flex ?(?:lm|net)|{_LICENSE})[^0-9]{{0,60}}?(?<![\w.])-{_MAJOR}{_REST}(?! -[a-z])",
    re.IGNORECASE | re.ASCII,
)
_ERROR_WORD: Final = re.compile(
    r"err(?:or|eur|o)|fehler|fout|\bfel\b|virhe|chyb|b\u0142\u0105d|hata|\u30a8\u30e9\u30fc|\u9519\u8bef|\u932f\u8aa4"
    r"|\u043e\u0448\u0438\u0431",
    re.IGNORECASE,
)
"""The word for an error in most languages."""

_NO_COMMA: Final = re.compile(
    r"\b(?:licensing|license|flex ?(?:lm|net)) error ?: ?-(?P<both>[0-9]{5,6})(?![0-9,.:])", re.IGNORECASE | re.ASCII
)
"""FlexNet Licensing error:-88309, whose comma was lost; minor codes have three digits or more."""

_CONTEXT: Final = re.compile(
    rf"flex ?(?:lm|net)|{_LICENSE}|\blm(?:grd|admin|stat|util|tools)\b|vendor daemon|port@host|checkout\(\)|\d@[a-z]",
    re.IGNORECASE,
)
"""Words without which a number is hardly FlexNet's."""

_SYSTEM_ERROR: Final = re.compile(r"\bsystem error:? ?(?P<number>[0-9]{1,6})", re.IGNORECASE | re.ASCII)


def codes_in(flat: str, accept: Callable[[Code], bool] = lambda _code: False) -> list[tuple[int, str, Code]]:
    """Return every distinct code with its place and the text there.

    An errno that stands behind its code in words joins it; a major code alone yields to one with its minor.

    Args:
        flat: the text, every run of white space one blank.
        accept: whether a code counts in a text that says nothing of licenses. Other programs print such numbers, too.
    """
    ours = _CONTEXT.search(flat) is not None
    numbers = [(place, number) for place, _, number in system_errors_in(flat)]
    distinct: dict[tuple[int, int | None], tuple[int, str, Code]] = {}
    for place, words, code in sorted(_candidates(flat), key=lambda each: each[0]):
        if not ours and (", " in words or not accept(Code(code.major, code.minor))):
            continue
        system = code.system or next((n for at, n in numbers if 0 < at - place < _NEAR), None) or None
        earlier = distinct.get((code.major, code.minor))
        if earlier is None or (earlier[2].system is None and system is not None):
            whole = Code(code.major, code.minor, system)
            distinct[code.major, code.minor] = (place, printable(words, _SHOWN), whole)
        if len(distinct) >= _MAX_HITS:
            break
    detailed = {major for major, minor in distinct if minor is not None}
    return [entry for (major, minor), entry in distinct.items() if minor is not None or major not in detailed]


def _candidates(flat: str) -> Iterator[tuple[int, str, Code]]:
    """Yield what looks like a code: its place, the words around it, and the code. No place comes twice."""
    taken: set[int] = set()
    loose = (_IN_ANY_LANGUAGE,) if _ERROR_WORD.search(flat) else ()
    for pattern in (*_CODES_IN_TEXT, *loose):
        for match in pattern.finditer(flat):
            place = match.start("major")
            if place in taken:
                continue
            taken.add(place)
            major, minor = -int(match["major"]), None if match["minor"] is None else int(match["minor"])
            if minor is not None or flat[place - 1] == "-" or error_code(major).known:
                yield place, match.group(), Code(major, minor, int(match["system"] or 0) or None)
    for match in _NO_COMMA.finditer(flat):
        code = _with_comma(match["both"])
        if code is not None:
            yield match.start("both"), match.group(), code


def _with_comma(digits: str) -> Code | None:
    """Read a code whose comma was lost: the longest known major that leaves three digits for the minor."""
    for length in (3, 2, 1):
        major, minor = -int(digits[:length]), digits[length:]
        if error_code(major).known and len(minor) >= 3 and minor[0] != "0":  # noqa: PLR2004 # digits of a minor code
            return Code(major, int(minor))
    return None


def system_errors_in(flat: str) -> list[tuple[int, str, int]]:
    """Return every "System Error: 115" with its place, its words and its number."""
    return [(match.start(), match.group(), int(match["number"])) for match in _SYSTEM_ERROR.finditer(flat)]
