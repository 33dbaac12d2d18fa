"""Turn the bytes of a log into events. The reader opens no file or socket, has no clock, and never raises.

reader = Reader()
for entry in reader.feed(data): …
for entry in reader.end(): …
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec

from lmwire.serverlog.clock import Clock, Moment
from lmwire.serverlog.events import Denied, Event, ManagerStarted, Noise, ServerStarted, Stamp, Use
from lmwire.serverlog.known_lines import event_of, text_of
from lmwire.serverlog.line_prefix import PREFIXED_LINE, USE, find_prefix, find_untimed_prefix, without_slog_mark

__all__ = ["MAX_LINE", "LineCounts", "LogEntry", "Reader", "UnknownTrouble"]

MAX_LINE: Final = 16384
"""Bytes of a line that lmwire reads."""

_CACHE: Final = 4096
_CACHED_LINE: Final = 400
_DAEMONS: Final = 1024
_USES: Final = 1024
_SAMPLES: Final = 3
_TROUBLES: Final = 10
_TROUBLE: Final = re.compile(
    rb"\b(?:exiting|errors?|invalid|cannot|can't|can not|fail(?:ed|ure|s)?|could ?n[o']t|unable|fatal|abort(?:ed|ing)?"
    rb"|segmentation|corrupt(?:ed)?|denied|refused|killed|crash(?:ed|es)?|terminat(?:ed|ing)|timed? ?out|not found"
    rb"|missing|expired|lost|bad|wrong|no such|not a valid)\b",
    re.IGNORECASE,
)
"""Words of a line that reports trouble, though lmwire does not know the line."""

_PROCESS: Final = re.compile(rb"\[\d{1,10}\]\Z")
_SENTENCE: Final = re.compile(rb"\S \S|[():]")
_NOTHING: Final = Noise()


class LogEntry(msgspec.Struct, frozen=True):
    """An event, the daemon that wrote the line (empty for a line without a prefix), and the moment.

    `moment` is None before the first time in a log, and for a `Use`. Uses come in millions, so the reader counts them
    and yields them in bulk, before any other event except a denial.
    """

    event: Event
    daemon: str
    moment: Moment | None


@dataclass(slots=True)
class UnknownTrouble:
    """An unknown line that reports trouble: where it first is, its text, and how often it occurs."""

    file: int
    line: int
    daemon: str
    text: str
    count: int = 1


@dataclass(slots=True)
class LineCounts:
    """Number of lines of each kind.

    Attributes:
        lines: all lines.
        used: lines that lmwire used.
        noise: known lines that do not matter.
        unknown: lines with a prefix and an unknown text.
        unframed: lines without a prefix, such as output of a vendor daemon's libraries.
        long: lines longer than `MAX_LINE`; they are cut.
        samples: the first few unknown texts.
        troubles: the first few unknown texts that report trouble, with or without a prefix.
        other_troubles: number of such lines that `troubles` has no room for.
    """

    lines: int = 0
    used: int = 0
    noise: int = 0
    unknown: int = 0
    unframed: int = 0
    long: int = 0
    samples: list[str] = field(default_factory=list)
    troubles: dict[bytes, UnknownTrouble] = field(default_factory=dict)
    other_troubles: int = 0


class Reader:
    """Reads the bytes of one log, or of several that follow each other; see the module.

    The bytes may arrive in pieces of any size. The reader holds at most one line and a bounded number of known texts.
    """

    def __init__(self) -> None:
        self.counts = LineCounts()
        self._clock = Clock()
        self._rest = b""
        self._skipping = False
        self._uses: dict[bytes, int] = {}
        self._known: dict[bytes, Event] = {}
        self._names: dict[bytes, str] = {}
        self._file = 0
        self._before = 0  # lines of the file before those at hand
        self._line_number = 0
        self._listing = ""  # the vendor daemon that lists its features over several lines

    @property
    def first(self) -> Moment | None:
        """The moment of the first line."""
        return self._clock.began

    @property
    def last(self) -> Moment | None:
        """The moment of the last line."""
        return self._clock.now

    def feed(self, data: bytes) -> Iterator[LogEntry]:
        """Take the next bytes, and yield the events of the lines that are now complete."""
        if b"\0" in data:  # UTF-16, which PowerShell writes, or zero bytes that a crash left
            data = data.replace(b"\0", b"")
        lines = data.split(b"\n")
        if len(lines) == 1:
            self._keep(lines[0])
            return
        self._keep(lines[0])
        lines[0] = self._rest
        self._rest, was_cut = b"", self._skipping
        self._skipping = False
        last = lines.pop()
        self.counts.long += was_cut
        yield from self._lines(lines)
        self._keep(last)

    def end(self) -> Iterator[LogEntry]:
        """Take the end of a file; its last line may lack a line end. The next file may follow."""
        if self._rest:
            self.counts.long += self._skipping
            line, self._rest = self._rest, b""
            yield from self._lines([line])
        yield from self._counted_uses()
        self._skipping = False
        self._listing = ""
        self._file += 1
        self._before = 0

    def _keep(self, part: bytes) -> None:
        """Append `part` to the incomplete line."""
        room = MAX_LINE - len(self._rest)
        self._rest += part[:room]
        self._skipping = self._skipping or len(part) > room

    def _lines(self, lines: Sequence[bytes]) -> Iterator[LogEntry]:
        # The hot loop: it runs once for every line.
        counts, clock, uses, match = self.counts, self._clock, self._uses, USE.match
        for number, whole in enumerate(lines, self._before + 1):
            line = whole
            if len(line) > MAX_LINE:
                line = line[:MAX_LINE]
                counts.long += 1
            use = match(line)
            if use is None:
                self._line_number = number
                yield from self._line(line)
                continue
            time, rest = use.groups()
            if time != clock.text:
                clock.tick(None, time)
            counts.lines += 1
            counts.used += 1
            uses[rest] = uses.get(rest, 0) + 1
            if len(uses) >= _USES:
                yield from self._counted_uses()
        self._before += len(lines)

    def _line(self, line: bytes) -> Iterator[LogEntry]:
        """Yield the events of a line that is not an OUT or IN line."""
        match = PREFIXED_LINE.match(line)
        framed = find_prefix(line) if match is None else match.groups()
        if framed is None or not self._clock.tick(framed[0], framed[1]):
            yield from self._bare(line)
            return
        yield from self._framed(framed[2], framed[3])

    def _framed(self, by: bytes, text: bytes) -> Iterator[LogEntry]:
        """Yield the events of a line that a daemon wrote."""
        counts = self.counts
        counts.lines += 1
        daemon = self._names.get(by) or self._name(by)
        event = self._known.get(text) or self._event(text, daemon)
        if event is None:
            counts.unknown += 1
            self._sample(text)
            self._trouble(text, daemon)
        elif event is _NOTHING:
            counts.noise += 1
        else:
            counts.used += 1
            if type(event) is not Denied:  # denials are frequent, and their order among uses does not matter
                yield from self._counted_uses()
            yield LogEntry(event, daemon, self._at(event))

    def _counted_uses(self) -> Iterator[LogEntry]:
        """Yield the counted uses, the first seen first."""
        counted = list(self._uses.items())
        self._uses.clear()
        for rest, count in counted:
            by, _, text = rest[1:].partition(b") ")
            out, _, feature = text.partition(b': "')
            yield LogEntry(Use(out == b"OUT", text_of(feature[:-1]), count), self._name(by), None)

    def _at(self, event: Event) -> Moment | None:
        if isinstance(event, Stamp):
            self._clock.stamp(event)
        elif isinstance(event, ManagerStarted) and event.date is not None:
            self._clock.stamp(event.date)
        return self._clock.now

    def _name(self, by: bytes) -> str:
        name = text_of(_PROCESS.sub(b"", by) or by)
        if len(self._names) < _DAEMONS:
            self._names[by] = name
        return name

    def _event(self, text: bytes, daemon: str) -> Event | None:
        shown = without_slog_mark(text).strip()
        event = event_of(shown)
        if event is None and len(shown) < len(text.strip()) and not _TROUBLE.search(shown):
            event = _NOTHING  # a line of the service log about the machine
        if event is None and daemon == self._listing and _is_list(shown):
            return _NOTHING
        if isinstance(event, Noise):
            event = _NOTHING
        if isinstance(event, ServerStarted):
            self._listing = daemon
        elif daemon == self._listing:
            self._listing = ""
        if event is not None and len(text) <= _CACHED_LINE and not isinstance(event, ServerStarted):
            if len(self._known) >= _CACHE:
                self._known.clear()
            self._known[text] = event
        return event

    def _bare(self, line: bytes) -> Iterator[LogEntry]:
        text = line.strip()
        if not text:
            return
        untimed = find_untimed_prefix(line)
        if untimed is not None:
            yield from self._framed(*untimed)
            return
        self.counts.lines += 1
        event = event_of(text, framed=False)
        if event is None:
            self.counts.unframed += 1
            self._trouble(text, "")
        else:
            self.counts.used += 1
            yield from self._counted_uses()
            yield LogEntry(event, "", self._clock.now)

    def _sample(self, text: bytes) -> None:
        if len(self.counts.samples) < _SAMPLES:
            self.counts.samples.append(text_of(text[:_CACHED_LINE].strip()))

    def _trouble(self, text: bytes, daemon: str) -> None:
        """Keep an unknown text that reports trouble."""
        if not _TROUBLE.search(text):
            return
        counts, kept = self.counts, text[:_CACHED_LINE].strip()
        known = counts.troubles.get(kept)
        if known is not None:
            known.count += 1
        elif len(counts.troubles) < _TROUBLES:
            counts.troubles[kept] = UnknownTrouble(self._file, self._line_number, daemon, text_of(kept))
        else:
            counts.other_troubles += 1


def _is_list(text: bytes) -> bool:
    """Whether a text can be a line of a feature list: names separated by tabs or by several blanks."""
    return _SENTENCE.search(text) is None
