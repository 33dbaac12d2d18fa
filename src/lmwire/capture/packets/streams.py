"""One direction of a TCP connection, put back in order.

Retransmissions, overlaps and reordered segments come out once and in order; of bytes that came twice, the first copy
counts, as it does for most receivers. A hole is never filled with a guess: what is behind it waits.
"""

from __future__ import annotations

import bisect
from typing import Final

__all__ = ["Stream"]

_WINDOW: Final = 1 << 18
"""Bytes ahead of what is expected that a segment may be; beyond, it belongs to something else."""

_BEHIND: Final = 1 << 13
"""Bytes delivered last that are kept, to compare with what comes again."""

_WAITING: Final = 1 << 16
"""Bytes behind holes that are kept."""

_PIECES: Final = 256
"""Pieces in which they are kept at most: a sender of single bytes must not cost more than their number."""

_HALF: Final = 1 << 31
_MASK: Final = (1 << 32) - 1


class Stream:
    """Bytes in as they were seen, bytes out in order.

    Attributes:
        begun: whether the sequence number of the first byte is known.
        conflicts: whether bytes came twice and differed.
        snapped: whether a packet's payload was not captured whole.
        strays: segments far outside of the window.
        waiting: bytes behind holes that are kept.
        end: the offset at which the sender ended its side; None when it did not, as far as was seen.
    """

    __slots__ = (
        "_behind",
        "_first",
        "_waiting",
        "begun",
        "conflicts",
        "end",
        "next",
        "snapped",
        "strays",
        "top",
        "waiting",
    )

    def __init__(self) -> None:
        self.begun = False
        self.conflicts = False
        self.snapped = False
        self.strays = 0
        self.end: int | None = None
        self.next = 0
        self.top = 0
        self.waiting = 0
        self._first = 0
        self._behind = bytearray()
        self._waiting: list[tuple[int, bytes]] = []

    def begin(self, sequence: int) -> None:
        """Set the sequence number of the first byte."""
        self._first, self.begun = sequence & _MASK, True

    def offset(self, sequence: int) -> int:
        """Return the offset in the stream of a sequence number, negative before its beginning; wraps at 32 bits."""
        distance = (sequence - self._first - self.next) & _MASK
        return self.next + (distance if distance < _HALF else distance - (1 << 32))

    @property
    def missing(self) -> int:
        """Bytes of the first hole: seen to have been sent, and not captured."""
        edge = self._waiting[0][0] if self._waiting else self.top
        return max(0, edge - self.next)

    @property
    def whole(self) -> bool:
        """Whether everything that was seen to have been sent is there."""
        return self.next >= self.top

    def finish(self, sequence: int) -> None:
        """Take note that the sender's bytes end before `sequence`."""
        at = self.offset(sequence)
        if self.end is None and self.next <= at <= self.next + _WINDOW:
            self.end = at
            self.top = max(self.top, at)

    def segment(self, sequence: int, payload: bytes, size: int) -> bytes:
        """Take a segment of `size` bytes of which `payload` was captured; return what is in order now."""
        at = self.offset(sequence)
        if not self.next - _WINDOW <= at <= self.next + _WINDOW:
            self.strays += 1
            return b""
        if len(payload) < size:
            self.snapped = True
        self.top = max(self.top, at + size)
        # A keep-alive repeats the last byte, and not all systems send the one that it was.
        if at < self.next and size > 1:
            self._compare(at, payload)
        if at <= self.next:
            fresh = payload[self.next - at :]
            return self._deliver(fresh) if fresh else b""
        self._wait(at, payload)
        return b""

    def _compare(self, at: int, payload: bytes) -> None:
        start = self.next - len(self._behind)
        skipped = max(0, start - at)
        begin = max(at, start) - start
        known = self._behind[begin : begin + len(payload) - skipped]
        if known != payload[skipped : skipped + len(known)]:
            self.conflicts = True

    def _deliver(self, fresh: bytes) -> bytes:
        out = bytearray()
        self._take(fresh, out)
        while self._waiting and self._waiting[0][0] <= self.next:
            at, payload = self._waiting.pop(0)
            self.waiting -= len(payload)
            if at < self.next:
                self._compare(at, payload)
            self._take(payload[self.next - at :], out)
        return bytes(out)

    def _take(self, fresh: bytes, out: bytearray) -> None:
        # Where a waiting piece is the first copy of some bytes, it counts.
        for at, payload in self._waiting:
            start = at - self.next
            if start >= len(fresh):
                break
            stop = min(len(fresh), start + len(payload))
            first = payload[: stop - start] if start >= 0 else payload[-start : stop - start]
            here = max(start, 0)
            if fresh[here:stop] != first and len(first) == stop - here:
                self.conflicts = True
                fresh = fresh[:here] + first + fresh[stop:]
        self.next += len(fresh)
        out += fresh
        self._behind += fresh
        del self._behind[:-_BEHIND]

    def _wait(self, at: int, payload: bytes) -> None:
        if payload and len(self._waiting) < _PIECES and self.waiting + len(payload) <= _WAITING:
            self._insert(at, payload)
            self.waiting = sum(len(piece) for _, piece in self._waiting)

    def _insert(self, at: int, payload: bytes) -> None:
        """Keep those parts of a piece that no earlier one covers."""
        place = bisect.bisect_right(self._waiting, at, key=lambda piece: piece[0])
        if place:
            start, earlier = self._waiting[place - 1]
            covered = start + len(earlier) - at
            if covered > 0:
                self.conflicts = self.conflicts or earlier[at - start :][: len(payload)] != payload[:covered]
                at, payload = at + covered, payload[covered:]
        while payload:
            following = self._waiting[place] if place < len(self._waiting) else None
            if following is None or at + len(payload) <= following[0]:
                self._waiting.insert(place, (at, payload))
                return
            if at < following[0]:
                self._waiting.insert(place, (at, payload[: following[0] - at]))
                place += 1
            skip = following[0] + len(following[1]) - at
            self.conflicts = (
                self.conflicts
                or following[1][: at + len(payload) - following[0]] != (payload[following[0] - at : skip])
            )
            at, payload = at + skip, payload[skip:]
            place += 1

    def forget(self) -> None:
        """Free what is kept; nothing more comes out of it."""
        self._behind.clear()
        self._waiting.clear()
        self.waiting = 0
