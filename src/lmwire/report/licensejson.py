"""License files as JSON. The field names are the contracts `lmwire.license/1`, `-lint/1` and `-pin/1`."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence

import msgspec

from lmwire.licensefile import ProblemSeverity
from lmwire.licensefile.dates import NEVER
from lmwire.licensefile.other_formats import FileKind
from lmwire.licensefile.summary import summarise
from lmwire.report.json import document, long_document
from lmwire.report.look import PLAIN, Look
from lmwire.vendors import product_of
from lmwire.workflows.documents import LicenseCheck, LicenseReview, PinnedFile

__all__ = ["LicenseJson", "LintJson", "PinJson", "check_json", "pinned_json", "review_json"]


class _Server(msgspec.Struct, frozen=True):
    line: int
    host: str
    hostid: str
    port: int | None
    master: bool


class _Daemon(msgspec.Struct, frozen=True):
    line: int
    keyword: str
    name: str
    path: str
    options: str
    port: int | None
    product: str


class _Feature(msgspec.Struct, frozen=True):
    vendor: str
    name: str
    version: str
    expires: str
    until: dt.date | None
    permanent: bool
    count: int | None
    lines: int
    starts: dt.date | None
    repeated: int
    uncounted: int
    uncounted_on: tuple[str, ...]


class LicenseJson(msgspec.Struct, frozen=True):
    """The output of `lmwire license show --format json`. Strings are as in the file.

    Attributes:
        use_server: the line of USE_SERVER; null without one.
        features: FEATURE and INCREMENT lines; lines that add up are one entry. `count` is null for uncounted licenses.
            `until` is null for permanent ones and for a date that cannot be read. `starts` is null without START.
            `repeated`: licenses on lines that repeat an earlier one. `uncounted`: lines that are not counted, and
            `uncounted_on` their host ids.
        packages, upgrades: the number of such lines.
        kind: what the file is: "license file", "options file", "RLM license file" or "other text".
    """

    schema: str
    file: str
    servers: tuple[_Server, ...]
    use_server: int | None
    daemons: tuple[_Daemon, ...]
    features: tuple[_Feature, ...]
    packages: int
    upgrades: int
    kind: FileKind


class _Problem(msgspec.Struct, frozen=True):
    id: str
    severity: ProblemSeverity
    line: int
    column: int
    text: str
    fix: str
    corrected: str


class LintJson(msgspec.Struct, frozen=True):
    """The output of `lmwire license lint --format json`."""

    schema: str
    file: str
    problems: tuple[_Problem, ...]


class _Change(msgspec.Struct, frozen=True):
    daemon: str
    line: int
    was: int | None
    port: int
    before: str
    after: str


class PinJson(msgspec.Struct, frozen=True):
    """The output of `lmwire license pin --format json`.

    Attributes:
        written: the path of the new file; empty when nothing was written.
    """

    schema: str
    file: str
    written: str
    changes: tuple[_Change, ...]
    warnings: tuple[str, ...]


def review_json(review: LicenseReview, _look: Look = PLAIN, _options: Sequence[str] = ()) -> str:
    """Return the document `lmwire.license/1`."""
    shown = review.document
    kinds = Counter(line.kind for line in shown.features)
    servers = (_Server(line.statement.line, line.host, line.hostid, line.port, line.master) for line in shown.servers)
    daemons = (
        _Daemon(line.statement.line, line.keyword, line.name, line.path, line.options, line.port, _product(line.name))
        for line in shown.daemons
    )
    features = (
        _Feature(
            each.vendor,
            each.name,
            each.version,
            each.expires,
            None if each.until == NEVER else each.until,
            each.until == NEVER,
            each.count,
            each.lines,
            each.starts,
            each.repeated,
            each.uncounted,
            each.uncounted_on,
        )
        for each in summarise(shown)
    )
    return long_document(
        LicenseJson(
            "lmwire.license/1",
            shown.name,
            tuple(servers),
            shown.use_server,
            tuple(daemons),
            tuple(features),
            kinds["PACKAGE"],
            kinds["UPGRADE"],
            shown.kind,
        )
    )


def _product(daemon: str) -> str:
    product = product_of(daemon)
    return "" if product is None else product.name


def check_json(check: LicenseCheck, _look: Look = PLAIN, _options: Sequence[str] = ()) -> str:
    """Return the document `lmwire.license-lint/1`."""
    found = (
        _Problem(each.id, each.severity, each.line, each.column, each.text, each.fix, each.corrected)
        for each in check.problems
    )
    return document(LintJson("lmwire.license-lint/1", check.document.name, tuple(found)))


def pinned_json(file: PinnedFile, _look: Look = PLAIN, _options: Sequence[str] = ()) -> str:
    """Return the document `lmwire.license-pin/1`."""
    pinned = file.pinned
    changes = (_Change(each.daemon, each.line, each.was, each.port, each.before, each.after) for each in pinned.changes)
    return document(
        PinJson("lmwire.license-pin/1", pinned.document.name, file.written, tuple(changes), pinned.warnings)
    )
