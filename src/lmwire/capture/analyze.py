"""From a capture to evidence: one case for each client, server, vendor daemon and outcome, however often it came."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from lmwire.capture.errors import CaptureError
from lmwire.capture.files.reader import CaptureFile
from lmwire.capture.follow.tracker import Tracker
from lmwire.capture.story.cases import Case, CaseCollector
from lmwire.capture.story.doubts import doubted

__all__ = ["Analysis", "Progress", "analyze"]

Progress = Callable[[int, int], None]
"""Called with megabytes read and megabytes in all."""

_SWEEP: Final = 1 << 16
"""Packets after which attempts that are over are put together."""


class Analysis(msgspec.Struct, frozen=True, kw_only=True):
    """What a capture holds.

    Attributes:
        cases: by client and time.
        broken: why the capture could not be read to its end; None when it could.
        notes: what was left aside, in words.
        packets: how many were read.
    """

    cases: tuple[Case, ...]
    broken: CaptureError | None
    notes: tuple[str, ...]
    packets: int


def analyze(source: Path | BinaryIO, progress: Progress = lambda _done, _total: None) -> Analysis:
    """Read a capture and return every license story in it. Judges nothing: `lmwire.diagnosis.diagnose` does.

    Args:
        source: a path, or a binary stream such as standard input.
        progress: see `Progress`; called only when the capture's size is known.

    Raises:
        CaptureError: it is not a capture, or cannot be opened. A capture that breaks later is in `Analysis.broken`.
    """
    tracker, collector = Tracker(), CaseCollector()
    with CaptureFile(source) as file:
        broken = _read(file, tracker, collector, progress)
    collector.take(tracker.finish(), tracker)
    counts = tracker.counts
    if counts.packets and sum(counts.unreadable.values()) == counts.packets:
        kinds = ", ".join(map(str, sorted(counts.unreadable)))
        broken = broken or CaptureError(f"its packets are of a link type that cannot be read: {kinds}")
    if not collector.heard:
        collector.names_alone(tracker)
    return Analysis(
        cases=doubted(collector.cases()), broken=broken, notes=collector.notes(tracker), packets=counts.packets
    )


def _read(file: CaptureFile, tracker: Tracker, collector: CaseCollector, progress: Progress) -> CaptureError | None:
    total, swept = (file.size or 0) >> 20, 0
    counts = tracker.counts
    try:
        for batch in file.batches():
            tracker.packets(batch)
            counts.packets += len(batch)
            if total:
                progress(file.done >> 20, total)
            if counts.packets - swept >= _SWEEP:
                swept = counts.packets
                collector.take(tracker.settled(), tracker)
    except CaptureError as error:
        return error
    return None
