"""What the feature lines of a license file come to: lines that add up are one entry."""

from __future__ import annotations

import datetime as dt

import msgspec

from lmwire.licensefile.dates import parse_expiry
from lmwire.licensefile.document import LicenseDocument

__all__ = ["FeatureSum", "summarise"]


class FeatureSum(msgspec.Struct, frozen=True, kw_only=True):
    """A feature in one version with one end, out of one line or several.

    Attributes:
        vendor, name, version: as written.
        expires: as written in the first of the lines.
        until: the last day; `datetime.date.max` for a license without end, None for a text that is no date.
        count: licenses of all lines together; None for `uncounted`, 0, or a text that is no number.
        lines: how many lines these are.
    """

    vendor: str
    name: str
    version: str
    expires: str
    until: dt.date | None
    count: int | None
    lines: int


def summarise(document: LicenseDocument) -> tuple[FeatureSum, ...]:
    """Return what FEATURE and INCREMENT lines license, in the order of the file.

    INCREMENT lines add up. Of several FEATURE lines of one name only the first counts. PACKAGE and UPGRADE lines are
    left out. Whether a signature is right is not checked.
    """
    sums: dict[tuple[str, str, str, dt.date | None], FeatureSum] = {}
    first: set[tuple[str, str]] = set()
    for line in document.features:
        if line.kind not in {"FEATURE", "INCREMENT"}:
            continue
        if line.kind == "FEATURE":
            if (line.vendor, line.name) in first:
                continue
            first.add((line.vendor, line.name))
        until = parse_expiry(line.expires)
        count = line.number
        key = (line.vendor, line.name, line.version, until)
        known = sums.get(key)
        if known is None:
            sums[key] = FeatureSum(
                vendor=line.vendor,
                name=line.name,
                version=line.version,
                expires=line.expires,
                until=until,
                count=count,
                lines=1,
            )
        else:
            total = None if count is None or known.count is None else known.count + count
            sums[key] = msgspec.structs.replace(known, count=total, lines=known.lines + 1)
    return tuple(sums.values())
