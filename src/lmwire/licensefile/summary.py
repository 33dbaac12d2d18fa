"""Add up the feature lines of a license file."""

from __future__ import annotations

import datetime as dt

import msgspec

from lmwire.licensefile.dates import parse_expiry
from lmwire.licensefile.document import LicenseDocument

__all__ = ["FeatureSum", "summarise"]


class FeatureSum(msgspec.Struct, frozen=True, kw_only=True):
    """A feature with one version and one expiry date, from one or several lines.

    Attributes:
        vendor, name, version: as written.
        expires: as written in the first line.
        until: the last day; `datetime.date.max` for a permanent license, None for text that is not a date.
        count: licenses of all lines together; None for `uncounted`, 0, or text that is not a number.
        lines: the number of lines.
    """

    vendor: str
    name: str
    version: str
    expires: str
    until: dt.date | None
    count: int | None
    lines: int


def summarise(document: LicenseDocument) -> tuple[FeatureSum, ...]:
    """Return the features of FEATURE and INCREMENT lines, in the order of the file.

    INCREMENT lines add up. Of several FEATURE lines with one name only the first counts. PACKAGE and UPGRADE lines
    are left out. Signatures are not checked.
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
