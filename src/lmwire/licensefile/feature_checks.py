"""Find the problems of feature lines: dates, lines that others replace, daemons without a VENDOR line."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import Final

from lmwire.licensefile.dates import NEVER, parse_expiry
from lmwire.licensefile.document import FeatureLine, LicenseDocument
from lmwire.licensefile.parse import fault
from lmwire.licensefile.problem import LicenseProblem
from lmwire.licensefile.summary import identical_lines, superseded_lines
from lmwire.text import printable
from lmwire.vendors import product_of

__all__ = ["feature_problems"]

_TWO_DIGITS: Final = re.compile(r"\D*\d+-\D+-\d{2}", re.ASCII)
_AGAIN: Final = "ask the vendor for a new license file"


def feature_problems(document: LicenseDocument, today: dt.date, soon: dt.timedelta) -> Iterator[LicenseProblem]:
    """Yield the problems of the feature lines."""
    replaced = superseded_lines(document)
    yield from _dates(document, today, soon, replaced)
    for line in document.features:
        by = replaced.get(line.statement.line)
        if by is not None:
            message = f"{printable(line.name, 60)} on this line is replaced: line {by} has SUPERSEDE"
            yield fault("feature-superseded", line.statement, None, message)
    identical = identical_lines(document)
    for line in document.features:
        same = identical.get(line.statement.line)
        if same is not None:
            message = f"this line is identical to line {same}: FlexNet may count its licenses only once"
            yield fault("feature-duplicate", line.statement, None, message, "delete one of the two lines")
    yield from _without_daemon(document)


def _dates(
    document: LicenseDocument, today: dt.date, soon: dt.timedelta, replaced: dict[int, int]
) -> Iterator[LicenseProblem]:
    known: dict[str, tuple[str, str, str] | None] = {}  # thousands of lines share a few dates
    valid: dict[tuple[str, str], list[FeatureLine]] | None = None
    for line in document.features:
        at = line.expires_at
        if at is None or line.statement.line in replaced:
            continue
        if line.expires not in known:
            known[line.expires] = _expiry(line, today, soon)
        judged = known[line.expires]
        if judged is None:
            continue
        id_, message, fix = judged
        name = printable(line.name, 60)
        if id_ == "feature-expired":
            valid = _valid(document, today, replaced) if valid is None else valid
            other = next((one for one in valid.get((line.vendor, line.name), ()) if _covers(one, line)), None)
            if other is not None:
                covered = f"{name} {message}, but line {other.statement.line} still covers it"
                yield fault("feature-renewed", line.statement, at, covered)
                continue
        yield fault(id_, line.statement, at, f"{name} {message}", fix)


def _covers(line: FeatureLine, expired: FeatureLine) -> bool:
    """Whether clients of an expired line get their licenses from `line`: it serves its version and lower ones."""
    if line.kind == expired.kind == "FEATURE":  # of these only the first counts
        return False
    try:
        return float(line.version) >= float(expired.version)
    except ValueError:  # not a number, as the vendor's daemon reads it
        return line.version == expired.version


def _valid(
    document: LicenseDocument, today: dt.date, replaced: dict[int, int]
) -> dict[tuple[str, str], list[FeatureLine]]:
    """Return the lines that have not expired for each feature that has one."""
    found: dict[tuple[str, str], list[FeatureLine]] = {}
    good: dict[str, bool] = {}
    for line in document.features:
        if line.kind in {"FEATURE", "INCREMENT"} and line.statement.line not in replaced:
            if line.expires not in good:
                end = parse_expiry(line.expires)
                good[line.expires] = end is not None and end >= today
            if good[line.expires]:
                found.setdefault((line.vendor, line.name), []).append(line)
    return found


def _expiry(line: FeatureLine, today: dt.date, soon: dt.timedelta) -> tuple[str, str, str] | None:
    shown = printable(line.expires, 40)
    end = parse_expiry(line.expires)
    if end is None:
        return "feature-expiry", f"expires on {shown}, which is not a date", "write it as 31-dec-2027, or permanent"
    if end < today:
        if _TWO_DIGITS.fullmatch(line.expires.strip()):
            message = f"expired on {shown}: FlexNet reads a year of two digits as {end.year}"
            return "feature-expired", message, "ask the vendor for a file that has the year with four digits"
        return "feature-expired", f"expired on {shown}", _AGAIN
    if end is not NEVER and end - today <= soon:
        days = (end - today).days
        when = {0: "today", 1: "tomorrow"}.get(days, f"in {days} days")
        return "feature-expiring", f"expires {when}, on {shown}", _AGAIN
    return None


def _without_daemon(document: LicenseDocument) -> Iterator[LicenseProblem]:
    """Find counted features of daemons that lmgrd does not start. One problem for each daemon."""
    if not document.servers or not document.daemons or document.use_server is not None:
        return
    started = {line.name.lower() for line in document.daemons}
    makers = {_maker(name) for name in started} - {""}
    seen = set(started)
    for line in document.features:
        if line.number is None or line.vendor.lower() in seen:
            continue
        seen.add(line.vendor.lower())
        if _maker(line.vendor) in makers:
            continue  # one daemon may serve the features of another: Siemens' saltd those of mgcld
        vendor = printable(line.vendor, 60)
        message = f"{printable(line.name, 60)} is counted by {vendor}, which has no VENDOR line: clients get -97"
        yield fault("feature-vendor-missing", line.statement, None, message, f"add `VENDOR {vendor}` with its port")


def _maker(daemon: str) -> str:
    """Return the first word of the company behind a vendor daemon; empty for an unknown one."""
    product = product_of(daemon)
    return "" if product is None else product.vendor.replace(",", " ").split(None, 1)[0]
