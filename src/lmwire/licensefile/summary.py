"""Add up the feature lines of a license file."""

from __future__ import annotations

import datetime as dt
from typing import Final

import msgspec

from lmwire.licensefile.dates import NEVER, parse_expiry
from lmwire.licensefile.document import FeatureLine, LicenseDocument

__all__ = ["FeatureSum", "attribute_of", "identical_lines", "summarise", "superseded_lines"]

_KINDS: Final = frozenset({"FEATURE", "INCREMENT"})
_MOST_HOSTS: Final = 20


class FeatureSum(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A feature with one version, one expiry date and one start date, from one or several lines.

    Attributes:
        vendor, name, version: as written.
        expires: as written in the first line.
        until: the last day; `datetime.date.max` for a permanent license, None for text that is not a date.
        starts: the first day; None when the line has no START.
        count: licenses of all counted lines together; None when no line is counted (`uncounted`, 0, or not a number).
        repeated: licenses of `count` that are on lines identical to an earlier one.
        uncounted: number of lines that are not counted.
        uncounted_on: the host ids of uncounted lines; empty text for a line that has none.
        lines: the number of lines.
    """

    vendor: str
    name: str
    version: str
    expires: str
    until: dt.date | None
    starts: dt.date | None = None
    count: int | None
    repeated: int = 0
    uncounted: int = 0
    uncounted_on: tuple[str, ...] = ()
    lines: int


def attribute_of(line: FeatureLine, name: str) -> str | None:
    """Return the value of an attribute in upper case, empty for a keyword alone; None without it."""
    if name not in line.statement.raw.upper():
        return None  # nearly all lines
    return next((each.value for each in line.attributes() if each.name.upper() == name), None)


def superseded_lines(document: LicenseDocument) -> dict[int, int]:
    """Return the line number of each feature line that is replaced → the line number of the line that replaces it.

    SUPERSEDE on a line replaces all lines of its feature that were issued before it, SUPERSEDE="a b" those of a and b
    (License Administration Guide, "FEATURE and INCREMENT Lines"). Lines without ISSUED are left alone.
    """
    replacing: dict[tuple[str, str], tuple[dt.date, int]] = {}
    for line in document.features:
        value = attribute_of(line, "SUPERSEDE")
        issued = None if value is None else _issued(line)
        if value is not None and issued is not None:
            for name in value.split() or [line.name]:
                key = (line.vendor, name)
                replacing[key] = max(replacing.get(key, (dt.date.min, 0)), (issued, line.statement.line))
    found: dict[int, int] = {}
    for line in document.features if replacing else ():
        issued_by = replacing.get((line.vendor, line.name))
        issued = None if issued_by is None else _issued(line)
        if issued_by is not None and issued is not None and issued < issued_by[0]:
            found[line.statement.line] = issued_by[1]
    return found


def _issued(line: FeatureLine) -> dt.date | None:
    return parse_expiry(attribute_of(line, "ISSUED") or "")


def identical_lines(document: LicenseDocument) -> dict[int, int]:
    """Return the line number of each feature line that repeats an earlier one → the line number of that one."""
    first: dict[int, FeatureLine] = {}
    found: dict[int, int] = {}
    for line in document.features:
        text = line.statement.raw.rstrip()
        earlier = first.setdefault(hash(text), line)
        if earlier is not line and earlier.statement.raw.rstrip() == text:
            found[line.statement.line] = earlier.statement.line
    return found


def summarise(document: LicenseDocument) -> tuple[FeatureSum, ...]:
    """Return the features of FEATURE and INCREMENT lines, in the order of the file.

    INCREMENT lines add up, without those that a line with SUPERSEDE replaces. Of several FEATURE lines with one name
    only the first counts. PACKAGE and UPGRADE lines are left out. Signatures are not checked.
    """
    sums: dict[tuple[str, str, str, dt.date | None, dt.date | None], FeatureSum] = {}
    first: set[tuple[str, str]] = set()
    replaced, identical = superseded_lines(document), identical_lines(document)
    for line in document.features:
        number = line.statement.line
        if line.kind not in _KINDS or number in replaced:
            continue
        if line.kind == "FEATURE":
            if (line.vendor, line.name) in first:
                continue
            first.add((line.vendor, line.name))
        one = _one(line, repeated=number in identical)
        key = (one.vendor, one.name, one.version, one.until, one.starts)
        known = sums.get(key)
        sums[key] = one if known is None else _added(known, one)
    return tuple(sums.values())


def _one(line: FeatureLine, *, repeated: bool) -> FeatureSum:
    count = line.number
    start = parse_expiry(attribute_of(line, "START") or "")
    host = (attribute_of(line, "HOSTID") or "") if count is None else ""
    return FeatureSum(
        vendor=line.vendor,
        name=line.name,
        version=line.version,
        expires=line.expires,
        until=parse_expiry(line.expires),
        starts=None if start == NEVER else start,
        count=count,
        repeated=(count or 0) if repeated else 0,
        uncounted=count is None,
        uncounted_on=(host,) if count is None else (),
        lines=1,
    )


def _added(known: FeatureSum, one: FeatureSum) -> FeatureSum:
    counts = [each.count for each in (known, one) if each.count is not None]
    hosts = tuple(dict.fromkeys((*known.uncounted_on, *one.uncounted_on)))[:_MOST_HOSTS]
    return msgspec.structs.replace(
        known,
        count=sum(counts) if counts else None,
        repeated=known.repeated + one.repeated,
        uncounted=known.uncounted + one.uncounted,
        uncounted_on=hosts,
        lines=known.lines + 1,
    )
