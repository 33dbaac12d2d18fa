"""Turn the bytes of a license file into a document. A wrong line never prevents reading the other lines.

The format (License Administration Guide, "License File Format"): keywords in any case, lines in any order. `SERVER host
hostid [port]`: one line, or three for a triad. `VENDOR name [path] [[OPTIONS=]options] [[PORT=]port]`; DAEMON is the
older spelling. `FEATURE name vendor version expiry count …`; INCREMENT has the same fields, UPGRADE has two versions,
and PACKAGE has components instead of expiry and count.
"""

from __future__ import annotations

import difflib
import itertools
import re
from collections.abc import Callable
from typing import Final, Literal, cast

from lmwire.licensefile.document import DaemonLine, FeatureKind, FeatureLine, LicenseDocument, ServerLine
from lmwire.licensefile.lexer import KEYWORDS, Gap, Statement, Word, decode, scan
from lmwire.licensefile.line_fields import keyword_value, server_port, text_of_word, value_of, vendor_fields
from lmwire.licensefile.odd_characters import odd_characters
from lmwire.licensefile.other_formats import FileKind, kind_of
from lmwire.licensefile.problem import LicenseProblem
from lmwire.targets.entry import Span, check_host, parse_port
from lmwire.targets.errors import LicensePathError
from lmwire.text import printable

__all__ = ["KEYWORDS", "MAX_ALIKE", "Problems", "fault", "parse_license"]

MAX_ALIKE: Final = 100
"""Most problems of one kind that lmwire reports for one file."""

_MOST_SHARED: Final = 10_000
_MAX_NAME: Final = 60
_MAX_LINE: Final = 4096  # SERVER and VENDOR lines; a FEATURE line may be longer
_FIELDS: Final = {"FEATURE": 6, "INCREMENT": 6, "UPGRADE": 7, "PACKAGE": 3}
_NEEDS: Final = {
    "FEATURE": "FEATURE name vendor version expiry count",
    "INCREMENT": "INCREMENT name vendor version expiry count",
    "UPGRADE": "UPGRADE name vendor from-version version expiry count",
    "PACKAGE": 'PACKAGE name vendor version COMPONENTS="…"',
}
_NAMED: Final = re.compile(r"\w+=", re.ASCII)
_HOST_ATTRIBUTE: Final = re.compile(r"PORT=|PRIMARY_IS_MASTER\Z|HEARTBEAT_INTERVAL=|PLAT=", re.IGNORECASE)
_DAEMON: Final = re.compile(r"[\w.+-]+", re.ASCII)
_HOSTID: Final = re.compile(r"[0-9A-F]{8}(?:[0-9A-F]{4})?", re.IGNORECASE | re.ASCII)
_FIRST: Final = re.compile(r"[^\s\\\"#]+", re.ASCII)


def fault(
    id_: str, statement: Statement, word: Word | None, text: str, fix: str = "", *, corrected: str = ""
) -> LicenseProblem:
    """Return a problem that points at a word of a statement, or at the whole statement."""
    source = statement.text
    start = len(source) - len(source.lstrip()) if word is None else word.start
    line, column = statement.place(start)
    length = (len(source.rstrip()) if word is None else word.stop) - start
    return LicenseProblem(
        id=id_,
        line=line,
        column=column,
        text=text,
        fix=fix,
        corrected=corrected,
        source=source,
        position=start,
        length=max(0, length),
    )


class Problems:
    """Problems in the order found; of each kind only the first MAX_ALIKE."""

    def __init__(self) -> None:
        self._found: list[LicenseProblem] = []
        self._count: dict[str, int] = {}

    @property
    def found(self) -> tuple[LicenseProblem, ...]:
        """The problems found so far."""
        return tuple(self._found)

    def full(self, id_: str) -> bool:
        """Return whether the limit for that kind is reached, so that the caller can stop making them."""
        return self._count.get(id_, 0) > MAX_ALIKE

    def add(self, problem: LicenseProblem) -> None:
        """Add a problem."""
        count = self._count[problem.id] = self._count.get(problem.id, 0) + 1
        if count <= MAX_ALIKE:
            self._found.append(problem)
        elif count == MAX_ALIKE + 1:
            more = f"lmwire shows {problem.id} {MAX_ALIKE} times and leaves out the rest, from here on"
            self._found.append(LicenseProblem(id="more", line=problem.line, column=problem.column, text=more))


def parse_license(data: bytes, name: str = "license file") -> LicenseDocument:
    """Read a license file without loss: `bytes()` of the result is `data`. Opens no file and resolves no name.

    Wrong lines become `problems` of the document, with line and column; the other lines are read normally.
    `lint` checks the document, `pin` changes a daemon's port.

    Args:
        data: the file's bytes, at most MAX_FILE.
        name: the file's name, for messages.

    Raises:
        LicensePathError: the file is too large, or is not a license file.
    """
    mark, encoding, text = decode(data, name)
    reader = _Reader()
    parts = tuple(reader.take(part) for part in scan(text, name))
    kind = FileKind.LICENSE if reader.has_keyword else kind_of(parts)
    problems = reader.problems.found
    if kind is not FileKind.LICENSE:
        problems = tuple(each for each in problems if each.id != "keyword-unknown")
    return LicenseDocument(
        name=name,
        mark=mark,
        encoding=encoding,
        parts=parts,
        servers=tuple(reader.servers),
        daemons=tuple(reader.daemons),
        features=tuple(reader.features),
        use_server=reader.use_server,
        server_count=reader.server_count,
        problems=problems,
        kind=kind,
    )


class _Reader:
    """The lines read so far. A table maps each keyword to the method that reads its line."""

    def __init__(self) -> None:
        self.servers: list[ServerLine] = []
        self.daemons: list[DaemonLine] = []
        self.features: list[FeatureLine] = []
        self.problems = Problems()
        self.use_server: int | None = None
        self.server_count = 0
        self.unknown = 0
        self._same: dict[str, str] = {}

    @property
    def has_keyword(self) -> bool:
        """Whether a line is one of a license file, or there is no line at all."""
        found = self.server_count or self.daemons or self.features or self.use_server
        return bool(found) or not self.unknown

    def take(self, part: Gap | Statement) -> Gap | Statement:
        if isinstance(part, Statement):
            first = _FIRST.match(part.raw)
            keyword = first.group().upper() if first else ""
            read = _READERS.get(keyword)
            if read is None:
                # The rare case: the keyword is quoted, or follows blanks or a continuation.
                head = next(part.words(), None)
                keyword = head.text.upper() if head else ""
                read = _READERS.get(keyword)
            if read is not None:
                try:
                    read(self, part, keyword)
                except LicensePathError as error:
                    self._located("server-host", part, error)  # no other line raises
            elif keyword not in KEYWORDS:
                self.unknown += 1
                if not (self.problems.full("keyword-unknown") or odd_characters(part.raw)):
                    self._unknown(part, keyword)
        return part

    def _located(self, id_: str, statement: Statement, error: LicensePathError) -> None:
        word = Word("", error.position, error.position + error.length)
        self.problems.add(fault(id_, statement, word, error.message, error.hint))

    def _port(self, id_: str, statement: Statement, digits: Word | None) -> int | None:
        if digits is None:
            return None
        try:
            return parse_port(Span(statement.text, digits.start, digits.stop))
        except LicensePathError as error:
            self._located(id_, statement, error)
            return None

    def _words(self, statement: Statement) -> list[Word]:
        """Return the words of a SERVER or VENDOR line; no words, and a problem, when the line is too long."""
        size = len(statement.raw)
        if size > _MAX_LINE and len(statement.text) > _MAX_LINE:
            size = len(statement.text)
            tail = Word("", _MAX_LINE, size)
            message = f"this line has {size} characters"
            self.problems.add(fault("line-too-long", statement, tail, message, f"write at most {_MAX_LINE} characters"))
            return []
        self._quotes(statement)
        return list(statement.words())

    def _quotes(self, statement: Statement) -> None:
        # Most lines have an even number of quotation marks and need no further check.
        if statement.raw.count('"') % 2 == 0 or self.problems.full("quote-open"):
            return
        stray = statement.open_quote()
        if stray is not None:
            self.problems.add(fault("quote-open", statement, stray, "a quotation mark is not closed", "close it"))

    def server(self, statement: Statement, _keyword: str) -> None:
        self.server_count += 1
        words = self._words(statement)
        if not words:
            return
        if len(words) == 1:
            message, fix = "this SERVER line has no host", "write SERVER host hostid port"
            self.problems.add(fault("server-incomplete", statement, words[0], message, fix))
            return
        host_at = value_of(statement, words[1])
        host = check_host(Span(statement.text, host_at.start, host_at.stop))
        rest = words[2:]
        hostid = "" if not rest or _HOST_ATTRIBUTE.match(rest[0].text) else self._hostids(statement, rest)
        port_at = server_port(statement, rest)
        self.servers.append(
            ServerLine(
                statement=statement,
                host=host,
                hostid=hostid,
                port=self._port("server-port", statement, port_at),
                master=any(word.text.upper() == "PRIMARY_IS_MASTER" for word in rest),
                heartbeat=text_of_word(keyword_value(statement, rest, "HEARTBEAT_INTERVAL")),
                host_at=host_at,
                port_at=port_at,
            )
        )

    def _hostids(self, statement: Statement, rest: list[Word]) -> str:
        """Take the host id from the words of a SERVER line; several need quotation marks around them."""
        taken = [rest.pop(0)]
        while rest and _HOSTID.fullmatch(taken[0].text) and _HOSTID.fullmatch(rest[0].text):
            taken.append(rest.pop(0))
        if len(taken) > 1:
            text, whole = statement.text, Word("", taken[0].start, taken[-1].stop)
            quoted = f'{text[: whole.start]}"{" ".join(word.text for word in taken)}"{text[whole.stop :]}'
            message = f"{len(taken)} host ids without quotation marks: the second one is in the place of the port"
            corrected = printable(quoted.strip())
            self.problems.add(
                fault("server-hostids", statement, whole, message, "quote the host ids", corrected=corrected)
            )
        return " ".join(word.text for word in taken)

    def daemon(self, statement: Statement, keyword: str) -> None:
        words = self._words(statement)
        if not words:
            return
        if len(words) == 1:
            message = f"this {keyword} line has no daemon name"
            self.problems.add(
                fault("vendor-incomplete", statement, words[0], message, f"write {keyword} name port=27001")
            )
            return
        name = words[1].text
        if len(name) > _MAX_NAME or not _DAEMON.fullmatch(name):
            message = f"{printable(name, _MAX_NAME)} is not a valid vendor daemon name"
            self.problems.add(fault("vendor-name", statement, words[1], message))
            return
        fields = vendor_fields(statement, words[2:])
        chosen = fields.port if fields.port is not None and fields.port.text.strip("0") else None
        self.daemons.append(
            DaemonLine(
                statement=statement,
                keyword=cast("Literal['VENDOR', 'DAEMON']", keyword),
                name=name,
                path=text_of_word(fields.path),
                options=text_of_word(fields.options),
                port=self._port("vendor-port", statement, chosen),
                name_at=words[1],
                port_at=fields.port,
                misplaced=fields.misplaced,
                stray=fields.stray,
            )
        )

    def use(self, statement: Statement, _keyword: str) -> None:
        if self.use_server is None:
            self.use_server = statement.line

    def feature(self, statement: Statement, keyword: str) -> None:
        self._quotes(statement)
        fields = _FIELDS[keyword]
        words = list(itertools.islice(statement.words(), fields + 1))
        if len(words) < fields:
            message = f"this {keyword} line has {len(words)} fields instead of {fields}"
            self.problems.add(fault("feature-incomplete", statement, words[0], message, f"write {_NEEDS[keyword]}"))
            return
        if len(self._same) > _MOST_SHARED:
            self._same.clear()
        same = self._same.setdefault  # thousands of lines share vendor, version, date and count: one string for each
        texts = [words[0].text, words[1].text, *(same(word.text, word.text) for word in words[2:])]
        upgrade, package = keyword == "UPGRADE", keyword == "PACKAGE"
        if package and len(texts) > fields and not _NAMED.match(texts[fields]):
            fields += 1
            version = texts[3]
        else:
            version = "" if package else texts[4 if upgrade else 3]
        self.features.append(
            FeatureLine(
                statement=statement,
                kind=cast("FeatureKind", keyword),
                name=texts[1],
                vendor=texts[2],
                version=version,
                from_version=texts[3] if upgrade else "",
                expires="" if package else texts[fields - 2],
                count="" if package else texts[fields - 1],
                expires_at=None if package else words[fields - 2],
                fields=fields,
            )
        )

    def _unknown(self, statement: Statement, keyword: str) -> None:
        word = next(statement.words(), None)
        near = difflib.get_close_matches(keyword[:40], KEYWORDS, 1, 0.7) if word is not None else []
        shown = printable(word.text if word else statement.text, 40)
        corrected = ""
        if near and word is not None and len(statement.text) <= _MAX_LINE:
            corrected = printable(f"{statement.text[: word.start]}{near[0]}{statement.text[word.stop :]}".strip())
        if near:
            fix = f"write {near[0]}"
        elif "=" in statement.text or '"' in statement.text or keyword.isdigit():
            fix = "if it belongs to the line before, end that line with a backslash"
        else:
            fix = "if it is a comment, start the line with #"
        message = f"{shown} is not a keyword of a license file"
        self.problems.add(fault("keyword-unknown", statement, word, message, fix, corrected=corrected))


_READERS: Final[dict[str, Callable[[_Reader, Statement, str], None]]] = {
    "SERVER": _Reader.server,
    "VENDOR": _Reader.daemon,
    "DAEMON": _Reader.daemon,
    "USE_SERVER": _Reader.use,
    "FEATURE": _Reader.feature,
    "INCREMENT": _Reader.feature,
    "UPGRADE": _Reader.feature,
    "PACKAGE": _Reader.feature,
}
