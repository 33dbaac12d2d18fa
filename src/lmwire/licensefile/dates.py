"""Expiry dates of license files."""

from __future__ import annotations

import datetime as dt
import re
from typing import Final

__all__ = ["NEVER", "parse_expiry"]

NEVER: Final = dt.date.max
"""The date that stands for a license that does not expire."""

_DATE: Final = re.compile(r"([0-9]{1,2})-([A-Za-z]{3})-([0-9]{1,4})", re.ASCII)
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_PERMANENT: Final = frozenset({"permanent", "0"})


def parse_expiry(text: str) -> dt.date | None:
    """Return the last day of a license: NEVER for a permanent one, None for text that is not a date.

    `permanent`, `0`, and any date in the year 0 (`1-jan-0`, `1-jan-00`, …) mean that it does not expire. A year of two
    digits is one of the last century: 27 is 1927 (FLEXlm FAQ).

    >>> parse_expiry("31-dec-2027")
    datetime.date(2027, 12, 31)
    """
    folded = text.strip().lower()
    if folded in _PERMANENT:
        return NEVER
    match = _DATE.fullmatch(folded)
    if match is None or match[2] not in _MONTHS:
        return None
    year = int(match[3])
    if year == 0:
        return NEVER
    if len(match[3]) == 2:  # noqa: PLR2004 (two digits)
        year += 1900
    try:
        return dt.date(year, _MONTHS.index(match[2]) + 1, int(match[1]))
    except ValueError:
        return None
