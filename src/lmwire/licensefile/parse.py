"""From the bytes of a license file to a document; what is wrong in one line never keeps the others from being read.

Rules of the format (License Administration Guide, "License File Format"): keywords in any case, lines in any order;
`SERVER host hostid [port]`, one line or three that form a redundant set; `VENDOR name [path] [[OPTIONS=]options]
[[PORT=]port]`, DAEMON being the older spelling; `FEATURE name vendor version expiry count …`, INCREMENT alike, UPGRADE
with two versions, PACKAGE with components instead of expiry and count.
"""

from __future__ import annotations

import difflib
import itertools
import re
from collections.abc import Callable
from typing import Final, Literal, cast

import msgspec

from lmwire.licensefile.document import DaemonLine, FeatureKind, FeatureLine, LicenseDocument, ServerLine
from lmwire.licensefile.lexer import Gap, Statement, Word, decode, scan
from lmwire.licensefile.problem import Problem
from lmwire.targets.entry import Span, check_host, parse_port
from lmwire.targets.errors import LicensePathError
from lmwire.text import printable

__all__ = ["KEYWORDS", "MAX_ALIKE", "Problems", "fault", "parse_license"]

MAX_ALIKE: Final = 100
"""Problems of one kind that are told of one file."""

KEYWORDS: Final = (
    *("SERVER", "VENDOR", "DAEMON", "USE_SERVER", "FEATURE", "INCREMENT", "UPGRADE", "PACKAGE", "FEATURESET"),
)
"""The keywords that begin a line."""

_MAX_NAME: Final = 60
_MAX_LINE: Final = 4096  # of the lines that are read whole; a FEATURE line may be longer
_FIELDS: Final = {"FEATURE": 6, "INCREMENT": 6, "UPGRADE": 7, "PACKAGE": 3}
_NEEDS: Final = {
    "FEATURE": "FEATURE name vendor version expiry count",
    "INCREMENT": "INCREMENT name vendor version expiry count",
    "UPGRADE": "UPGRADE name vendor from-version version expiry count",
    "PACKAGE": 'PACKAGE name vendor version COMPONENTS="…"',
}
_NAMED: Final = re.compile(r"\w+=", re.ASCII)
_HOST_ATTRIBUTE: Final = re.compile(r"PORT=|PRIMARY_IS_MASTER\Z|HEARTBEAT_INTERVAL=|PLAT=", re.IGNORECASE)
_PORT: Final = re.compile(r"(?:TCP:)?([0-9]+)", re.IGNORECASE | re.ASCII)  # FLEXlm 5 on Windows wrote TCP:27000
_DIGITS: Final = re.compile(r"[0-9]{1,9}", re.ASCII)
_DAEMON: Final = re.compile(r"[\w.+-]+", re.ASCII)
_WINDOWS: Final = re.compile(r"[A-Za-z]:[\\/]|\\\\")  # unquoted: a mark would stand first
_CUT_OFF: Final = re.compile(r"(?![A-Za-z]:|[\\/.])[^\\/]{1,255}[\\/]")  # relative, with a directory in it
_FIRST: Final = re.compile(r"[^\s\\\"#]+", re.ASCII)


def fault(
    id_: str, statement: Statement, word: Word | None, text: str, fix: str = "", *, corrected: str = ""
) -> Problem:
    """Return a problem that points at a word of a statement, or at all of it."""
    source = statement.text
    start = len(source) - len(source.lstrip()) if word is None else word.start
    line, column = statement.place(start)
    length = (len(source.rstrip()) if word is None else word.stop) - start
    return Problem(
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
    """Problems in the order in which they are found; of each kind only the first MAX_ALIKE."""

    def __init__(self) -> None:
        self._found: list[Problem] = []
        self._count: dict[str, int] = {}

    @property
    def told(self) -> tuple[Problem, ...]:
        """What was found."""
        return tuple(self._found)

    def full(self, id_: str) -> bool:
        """Return whether enough problems of that kind are told, so that none more need be made."""
        return self._count.get(id_, 0) > MAX_ALIKE

    def add(self, problem: Problem) -> None:
        """Note a problem."""
        count = self._count[problem.id] = self._count.get(problem.id, 0) + 1
        if count <= MAX_ALIKE:
            self._found.append(problem)
        elif count == MAX_ALIKE + 1:
            more = f"{problem.id} is told {MAX_ALIKE} times; the rest, from here on, is left out"
            self._found.append(Problem(id="more", line=problem.line, column=problem.column, text=more))


def parse_license(data: bytes, name: str = "license file") -> LicenseDocument:
    """Read a license file, lossless: `bytes()` of the result is `data`. Opens nothing, resolves nothing.

    Lines that are wrong become `problems` of the document, with line and column; the others are read all the same.
    `lint` judges what is read, `pin` changes a daemon's port.

    Args:
        data: the file's bytes, at most MAX_FILE.
        name: the file's name, for messages.

    Raises:
        LicensePathError: for a file that is too big or no license file at all.
    """
    mark, encoding, text = decode(data, name)
    reader = _Reader()
    parts = tuple(reader.take(part) for part in scan(text, name))
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
        problems=reader.problems.told,
    )


class _Fields(msgspec.Struct, frozen=True):
    """What follows a daemon's name on its line; see DaemonLine."""

    path: Word | None
    options: Word | None
    port: Word | None
    misplaced: Word | None
    stray: Word | None


class _Reader:
    """What has been read so far; each kind of line has a method, and a table tells which."""

    def __init__(self) -> None:
        self.servers: list[ServerLine] = []
        self.daemons: list[DaemonLine] = []
        self.features: list[FeatureLine] = []
        self.problems = Problems()
        self.use_server: int | None = None
        self.server_count = 0

    def take(self, part: Gap | Statement) -> Gap | Statement:
        if isinstance(part, Statement):
            first = _FIRST.match(part.raw)
            keyword = first.group().upper() if first else ""
            read = _READERS.get(keyword)
            if read is None:
                # After blanks or a continuation, or in quotes: rare, and worth a closer look.
                head = next(part.words(), None)
                keyword = head.text.upper() if head else ""
                read = _READERS.get(keyword)
            if read is not None:
                try:
                    read(self, part, keyword)
                except LicensePathError as error:
                    self._located("server-host", part, error)  # of the other lines none raises
            elif keyword not in KEYWORDS and not self.problems.full("keyword-unknown"):
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
        """Return the words of a SERVER or VENDOR line; none, and a problem, when it is too long to be one."""
        size = len(statement.raw)
        if size > _MAX_LINE and len(statement.text) > _MAX_LINE:
            size = len(statement.text)
            tail = Word("", _MAX_LINE, size)
            told = f"a line of {size} characters"
            self.problems.add(fault("line-too-long", statement, tail, told, f"at most {_MAX_LINE} make sense here"))
            return []
        self._quotes(statement)
        return list(statement.words())

    def _quotes(self, statement: Statement) -> None:
        # Most lines have their marks in pairs, and need no closer look.
        if statement.raw.count('"') % 2 == 0 or self.problems.full("quote-open"):
            return
        stray = statement.open_quote()
        if stray is not None:
            self.problems.add(fault("quote-open", statement, stray, "a quotation mark without a partner", "close it"))

    def server(self, statement: Statement, _keyword: str) -> None:
        self.server_count += 1
        words = self._words(statement)
        if not words:
            return
        if len(words) == 1:
            told, fix = "a SERVER line without a host", "SERVER host hostid port"
            self.problems.add(fault("server-incomplete", statement, words[0], told, fix))
            return
        host_at = _value(statement, words[1])
        host = check_host(Span(statement.text, host_at.start, host_at.stop))
        rest = words[2:]
        hostid = "" if not rest or _HOST_ATTRIBUTE.match(rest[0].text) else rest.pop(0).text
        port_at = _server_port(statement, rest)
        self.servers.append(
            ServerLine(
                statement=statement,
                host=host,
                hostid=hostid,
                port=self._port("server-port", statement, port_at),
                master=any(word.text.upper() == "PRIMARY_IS_MASTER" for word in rest),
                heartbeat=_text(_keyword_value(statement, rest, "HEARTBEAT_INTERVAL")),
                host_at=host_at,
                port_at=port_at,
            )
        )

    def daemon(self, statement: Statement, keyword: str) -> None:
        words = self._words(statement)
        if not words:
            return
        if len(words) == 1:
            told = f"a {keyword} line without a name"
            self.problems.add(fault("vendor-incomplete", statement, words[0], told, "VENDOR name port=27001"))
            return
        name = words[1].text
        if len(name) > _MAX_NAME or not _DAEMON.fullmatch(name):
            told = f"{printable(name, _MAX_NAME)} cannot be a vendor daemon's name"
            self.problems.add(fault("vendor-name", statement, words[1], told))
            return
        fields = _fields(statement, words[2:])
        chosen = fields.port if fields.port is not None and fields.port.text.strip("0") else None
        self.daemons.append(
            DaemonLine(
                statement=statement,
                keyword=cast("Literal['VENDOR', 'DAEMON']", keyword),
                name=name,
                path=_text(fields.path),
                options=_text(fields.options),
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
            told = f"a {keyword} line with {len(words)} fields and not {fields}"
            self.problems.add(fault("feature-incomplete", statement, words[0], told, f"write {_NEEDS[keyword]}"))
            return
        texts = [word.text for word in words]
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
        fix = f"write {near[0]}" if near else "put a # before it when it is a comment"
        told = f"{shown} is no keyword of a license file"
        self.problems.add(fault("keyword-unknown", statement, word, told, fix, corrected=corrected))


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


def _text(word: Word | None) -> str:
    return "" if word is None else word.text


def _fields(statement: Statement, words: list[Word]) -> _Fields:
    """Tell path, options and port apart. Without a keyword the port is the word after the two others."""
    plain = [word for word in words if not _NAMED.match(word.text)]
    options, port = _keyword_value(statement, words, "OPTIONS"), _keyword_value(statement, words, "PORT")
    place = 2 if options is None else 1  # OPTIONS= leaves only the path before a port
    misplaced = None
    beyond = plain[place:]
    if port is None and beyond and _DIGITS.fullmatch(beyond[0].text):
        port = _value(statement, beyond.pop(0))
    elif port is None:
        misplaced = next((word for word in plain[:place] if _DIGITS.fullmatch(word.text)), None)
    path, second = ((*plain, None, None)[index] for index in range(2))
    if second is not None and (second.text.lower().endswith(".exe") or _rest_of_path(statement, path, second)):
        beyond.insert(0, second)  # a program where the options belong is the rest of a path
    return _Fields(
        path=None if path is misplaced else path,
        options=options or (None if second is misplaced else second),
        port=port,
        misplaced=misplaced,
        stray=next(iter(beyond), None),
    )


def _rest_of_path(statement: Statement, path: Word | None, second: Word) -> bool:
    r"""Return whether a word is what a blank cut off a path of Windows: `C:\Program Files\foo` without marks.

    An options file of that place has a path from its root, or a name that ends as such names do.
    """
    return (
        path is not None
        and _WINDOWS.match(statement.text, path.start) is not None
        and not path.text.lower().endswith(".exe")
        and _CUT_OFF.match(second.text) is not None
        and not second.text.lower().endswith((".opt", ".txt"))
    )


def _value(statement: Statement, word: Word, skip: int = 0) -> Word:
    """Return a word without its first `skip` characters and the quotation marks at its ends."""
    text = statement.text[word.start + skip : word.stop]
    lead = len(text) - len(text.lstrip('"'))
    start = word.start + skip + lead
    return Word(text.replace('"', ""), start, max(start, word.start + skip + len(text.rstrip('"'))))


def _keyword_value(statement: Statement, words: list[Word], name: str) -> Word | None:
    """Return the value of `name=value`, the name in any case."""
    for word in words:
        if word.text[: len(name) + 1].upper() == f"{name}=":
            equals = statement.text.index("=", word.start)
            return _value(statement, word, equals + 1 - word.start)
    return None


def _server_port(statement: Statement, rest: list[Word]) -> Word | None:
    digits = _keyword_value(statement, rest, "PORT")
    if digits is None and rest:
        plain = _PORT.fullmatch(rest[0].text)
        if plain:
            digits = _value(statement, rest[0])
            skip = plain.start(1)
            digits = Word(digits.text[skip:], digits.start + skip, digits.stop)
    return digits
