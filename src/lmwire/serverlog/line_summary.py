"""Summarize the lines of a log: how many of each kind, and the damaged ones."""

from __future__ import annotations

from collections.abc import Sequence

from lmwire.serverlog.model import Lines, Trouble
from lmwire.serverlog.reader import LineCounts

__all__ = ["lines_of"]


def lines_of(counts: LineCounts, files: Sequence[str]) -> Lines:
    """Return the counts of lines, with the names of the files that have damaged ones."""
    return Lines(
        all=counts.lines,
        told=counts.used,
        noise=counts.noise,
        unknown=counts.unknown,
        unframed=counts.unframed,
        long=counts.long,
        samples=tuple(counts.samples),
        troubles=tuple(
            Trouble(
                file=files[seen.file] if seen.file < len(files) else "",
                line=seen.line,
                daemon=seen.daemon,
                text=seen.text,
                count=seen.count,
            )
            for seen in counts.troubles.values()
        ),
        troubles_others=counts.other_troubles,
    )
