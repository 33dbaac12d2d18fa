"""The streams of a license story: put in order to be masked whole, and cut up again as they were sent.

A name may be spread over segments, sent again, or overlap itself. So a direction is masked as one text, and every
segment gets the bytes of its place in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from lmwire.capture.packets.decode import ACK, RST, SYN, Segment
from lmwire.capture.packets.streams import Stream

__all__ = ["MaskedConversation", "MaskedDirection"]

_KEPT: Final = 1 << 18
"""Bytes of a direction that are kept; what comes after them is blanked."""

_CUTS: Final = 1 << 12


class MaskedDirection:
    """The bytes that one side sent.

    Attributes:
        data: in order, as far as there is no hole.
        cuts: offsets at which pieces of it begin.
        masked: the same, masked; set by `MaskedConversation.mask`.
    """

    def __init__(self) -> None:
        self.data = bytearray()
        self.cuts: list[int] = []
        self.masked = b""
        self.stream = Stream()

    def listen(self, seen: Segment) -> None:
        """Take a segment."""
        if not self.stream.begun:
            self.stream.begin(seen.sequence)
        fresh = self.stream.segment(seen.sequence, seen.payload, seen.size)
        if fresh and len(self.data) < _KEPT:
            if len(self.cuts) < _CUTS:
                self.cuts.append(len(self.data))
            self.data += fresh

    def payload(self, seen: Segment, alone: Callable[[bytes], bytes]) -> bytes:
        """Return what stands for the payload of a segment; `alone` masks what has no place in the stream."""
        at = self.stream.offset(seen.sequence)
        original, masked = self.data, self.masked
        if at >= len(masked) or at + len(seen.payload) <= 0:
            return alone(seen.payload)
        out = bytearray()
        for place, byte in enumerate(seen.payload, at):
            if not 0 <= place < len(masked):
                out.append(0)
            else:
                # Of bytes that came twice and differed, these differ again; by how much tells something.
                out.append(masked[place] if byte == original[place] else masked[place] ^ 0xFF)
        return bytes(out)


class _Talk:
    """One connection."""

    def __init__(self) -> None:
        self.syn: int | None = None
        self.up, self.down = MaskedDirection(), MaskedDirection()

    @property
    def begun(self) -> bool:
        return self.up.stream.begun or self.down.stream.begun


class MaskedConversation:
    """All connections between the same two ports, one after the other. Goes through them twice: `rewind` in between.

    Args:
        client: the end that asked: address and port.
    """

    def __init__(self, client: tuple[bytes, int]) -> None:
        self.client = client
        self._talks = [_Talk()]
        self._now = 0

    def rewind(self) -> None:
        """Begin anew with the first connection."""
        self._now = 0

    def directions(self) -> Iterator[tuple[MaskedDirection, MaskedDirection]]:
        """Yield what the client and the server said on each connection."""
        for talk in self._talks:
            yield talk.up, talk.down

    def listen(self, seen: Segment) -> None:
        """Take a segment of the first time through."""
        talk, asks = self._talk(seen)
        mine, other = (talk.up, talk.down) if asks else (talk.down, talk.up)
        if seen.flags & SYN:
            if not mine.data:
                mine.stream.begin(seen.sequence + 1)
            return
        if seen.flags & ACK and not seen.flags & RST and not other.stream.begun:
            other.stream.begin(seen.acknowledged)
        if seen.size and (asks or not seen.flags & RST):
            mine.listen(seen)

    def payload(self, seen: Segment, alone: Callable[[bytes], bytes]) -> bytes:
        """Return what stands for the payload of a segment, the second time through."""
        talk, asks = self._talk(seen)
        if seen.flags & SYN or (seen.flags & RST and not asks):
            return bytes(len(seen.payload))
        return (talk.up if asks else talk.down).payload(seen, alone)

    def _talk(self, seen: Segment) -> tuple[_Talk, bool]:
        """Return the connection that a segment belongs to, and whether the client sent it."""
        asks = (seen.source, seen.source_port) == self.client
        talk = self._talks[self._now]
        late = any(earlier.syn == seen.sequence for earlier in self._talks[: self._now + 1])
        if asks and seen.flags & (SYN | ACK) == SYN and not late:
            if talk.syn is None and not talk.begun:
                talk.syn = seen.sequence
            else:
                self._now += 1
                if self._now == len(self._talks):
                    self._talks.append(_Talk())
                    self._talks[-1].syn = seen.sequence
                talk = self._talks[self._now]
        return talk, asks
