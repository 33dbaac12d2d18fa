"""Tell when a line was written. Lines have a time but rarely a date: a time that goes backwards starts a new day."""

from __future__ import annotations

import datetime as dt
from typing import Final

import msgspec

from lmwire.serverlog.events import Stamp

__all__ = ["Clock", "Moment"]

_DAY: Final = 86400
_BACK: Final = 7200
"""A time that goes back by more seconds starts a new day. Daylight saving and several writers cause smaller steps."""

_LEAP: Final = 2000
"""A leap year, used when lines have a month and a day but no year."""

_HALF_A_YEAR: Final = 183

_YEARS: Final = range(1988, 2200)
"""Years in which a license server can have run."""

_END: Final = dt.date(9000, 1, 1).toordinal()


class Moment(msgspec.Struct, frozen=True):
    """When a line was written.

    Attributes:
        at: seconds since midnight before the log's first line; the difference of two moments is the time between them.
        date: "2026-11-24"; "11-24" when no line has the year; empty when no line has the day.
        time: as written in the log.
        inferred: whether lmwire counted the date on from an earlier one, because times went backwards.
    """

    at: int
    date: str
    time: str
    inferred: bool


class Clock:
    """Turns the times of successive lines into moments."""

    def __init__(self) -> None:
        self._day = 0  # of the first line is 0, or its ordinal, when dates are known
        self._zero = 0
        self._dated = False
        self._year_known = False
        self._inferred = False
        self._first_inferred = False
        self._second = 0
        self._began: tuple[int, str] | None = None
        self.text = b""
        self._now: Moment | None = None

    @property
    def now(self) -> Moment | None:
        """The moment of the last line; None before the first line."""
        if self._now is None and self._began is not None:
            at = (self._day - self._zero) * _DAY + self._second
            self._now = Moment(at, self._date(self._day), self.text.decode("ascii"), self._inferred)
        return self._now

    @property
    def began(self) -> Moment | None:
        """The moment of the first line. Its date is counted back from the first date in the log."""
        if self._began is None:
            return None
        second, text = self._began
        return Moment(second, self._date(self._zero), text, self._first_inferred)

    def tick(self, day: bytes | None, time: bytes) -> bool:
        """Read the time of a line, and its month and day if it has them. Return False when no such day exists.

        Args:
            day: `11/24`, or None.
            time: `8:24:20` or `8:24`. The prefix pattern guarantees a valid time of day.
        """
        parts = time.split(b":")
        of_day = 3600 * int(parts[0]) + 60 * int(parts[1]) + (int(parts[2]) if len(parts) > 2 else 0)  # noqa: PLR2004
        if day is not None:
            if not self._take_day(day):
                return False
        elif of_day < self._second - _BACK and self._began is not None:
            self._day = min(self._day + 1, _END)
            self._inferred = self._dated
        self._second, self.text = of_day, time
        self._now = None
        if self._began is None:
            self._began = (of_day, time.decode("ascii"))
        return True

    def stamp(self, stamp: Stamp) -> None:
        """Read a date from a line. A date that does not exist is ignored."""
        month, day = stamp.month, stamp.day
        if month > 12:  # noqa: PLR2004 # day and month are swapped
            month, day = day, month
        try:
            ordinal = dt.date(stamp.year, month, day).toordinal()
        except ValueError:
            return
        if stamp.year not in _YEARS:
            return
        if not self._year_known:
            self._dated = False  # days counted in the substitute year are void
        self._year_known = True
        self._to(ordinal)
        self._now = None

    def _take_day(self, text: bytes) -> bool:
        month, day = (int(part) for part in text.split(b"/"))
        now = dt.date.fromordinal(self._day) if self._dated else None
        year = _LEAP if now is None else now.year
        try:
            found = dt.date(year, month, day).toordinal()
            if now is not None and found < self._day - _HALF_A_YEAR:
                found = dt.date(year + 1, month, day).toordinal()
        except ValueError:
            return False
        self._to(found)
        return True

    def _to(self, ordinal: int) -> None:
        if not self._dated:
            passed = self._day - self._zero
            self._first_inferred = passed > 0
            self._zero = ordinal - passed
        self._day, self._dated, self._inferred = ordinal, True, False

    def _date(self, day: int) -> str:
        if not self._dated:
            return ""
        there = dt.date.fromordinal(max(day, 1))
        return there.isoformat() if self._year_known else f"{there:%m-%d}"
