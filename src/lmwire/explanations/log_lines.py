"""Lines of a server's debug log in a pasted text: what `lmwire log` says about them."""

from __future__ import annotations

from typing import Final

from lmwire.serverlog.events import FaultLine
from lmwire.serverlog.known_faults import FAULTS
from lmwire.serverlog.known_lines import event_of
from lmwire.serverlog.line_prefix import PREFIXED_LINE, find_prefix, find_untimed_prefix
from lmwire.serverlog.reader import LogEntry, Reader
from lmwire.serverlog.summarize import LogSummarizer

__all__ = ["log_faults"]

_MOST_LINES: Final = 500
_LONGEST: Final = 1000
_WRITER: Final = "the daemon"
"""Stands for the writer of a line that was pasted without it."""

_TOLD: Final = frozenset((*(fault.id for fault in FAULTS), "manager-down", "not-started", "port-not-opened"))


def log_faults(text: str, *, bare: bool) -> tuple[str, ...]:
    """Return the faults that lines of a debug log name: what is wrong and what to do, a few sentences each. Escaped.

    Args:
        text: the text.
        bare: whether lines count that have no writer in front; then only those that name a known fault.
    """
    reader, summarizer = Reader(), LogSummarizer()
    for line in text.splitlines()[:_MOST_LINES]:
        data = line[:_LONGEST].encode("utf-8", "surrogatepass")
        if PREFIXED_LINE.match(data) or find_prefix(data) or find_untimed_prefix(data):
            for entry in reader.feed(data + b"\n"):
                summarizer.take(entry)
        elif bare and isinstance(event := event_of(data.strip()), FaultLine):
            summarizer.take(LogEntry(event, _WRITER, None))
    problems = summarizer.summary(reader, ("text",)).problems
    return tuple(problem.text for problem in problems if problem.id in _TOLD)
