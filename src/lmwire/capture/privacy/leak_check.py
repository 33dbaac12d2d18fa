"""Checks that a copy tells the same story as its original, and holds no name or address of the original.

It looks for what was replaced in two ways. First it collects all strings and addresses of the copy, as of the original,
and compares them whole: that finds names however short. Then it searches the bytes of the packets: that finds what the
first way does not understand. It searches only for longer names, since short ones occur by chance. It does not look for
what is also a stand-in for something else, or was kept on purpose; stand-ins are drawn so that this is rare.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from lmwire.capture.analyze import Analysis
from lmwire.capture.files.reader import CaptureFile
from lmwire.capture.packets.decode import TCP, UDP, address, datagram, network
from lmwire.capture.privacy.pseudonyms import Pseudonyms
from lmwire.evidence import Evidence, Leg, Resolution

__all__ = ["Needles", "StoryCounts", "leak_in", "story_counts"]

StoryCounts = Counter[tuple[object, ...]]
"""The stories of a capture, and how often each happened."""

_LONG: Final = 5
"""Letters from which on a name does not turn up by chance among the few bytes of a copy that are not text."""

_IP4: Final = 4
_VARIED: Final = 3
"""Different bytes, none of them zero, from which on the same is true of an IPv4 address. 10.0.0.1 is everywhere."""

_CHUNK: Final = 1 << 20

_START: Final = 4
"""Bytes by which a needle is looked up: the shortest that is common, an IPv4 address, has as many."""


def story_counts(analysis: Analysis, names: Pseudonyms | None) -> StoryCounts:
    """Return what is told of each case, with stand-ins by `names`, or as it is."""
    return Counter((_story(case.evidence, names), case.attempts) for case in analysis.cases)


def _story(evidence: Evidence, names: Pseudonyms | None) -> tuple[object, ...]:
    referral = evidence.referral
    return (
        _name(evidence.host, names),
        evidence.port,
        evidence.vendor,
        evidence.daemons is not None and evidence.vendor in evidence.daemons,
        tuple(_look(look, names) for look in evidence.resolutions),
        tuple(_leg(leg, names) for leg in evidence.legs),
        None
        if referral is None
        else (_name(referral.host, names), referral.port, _name(referral.lmgrd_address, names)),
        bool(evidence.failure),
        len(evidence.limits),
    )


def _look(look: Resolution, names: Pseudonyms | None) -> tuple[object, ...]:
    return look.via, _name(look.name, names).lower(), tuple(_name(one, names) for one in look.addresses), look.fault


def _leg(leg: Leg, names: Pseudonyms | None) -> tuple[object, ...]:
    icmp = None if leg.icmp is None else (leg.icmp.type, leg.icmp.code, _name(leg.icmp.sender or "", names))
    place = (leg.role, leg.via, _name(leg.address, names), leg.port, leg.connect, icmp)
    return (*place, leg.asked, leg.dialogue, leg.answer, leg.code, leg.service, leg.fault, leg.legacy, leg.peer)


def _name(text: str, names: Pseudonyms | None) -> str:
    return text if names is None else names.name(text)


def leak_in(copy: Path, names: Pseudonyms, seen: Pseudonyms, kept: set[str]) -> str:
    """Return what of the original is still in the copy, in words that don't tell it; empty when nothing is.

    Args:
        copy: the file.
        names: what stands for what.
        seen: what was collected from the copy.
        kept: texts that are in it on purpose.
    """
    found = (
        (names.found_pieces & seen.pieces, "a name"),
        (names.addresses.found & seen.addresses.all, "an address"),
        (names.found_links & seen.found_links, "a link-layer address"),
    )
    return next((what for left, what in found if left), "") or _search(copy, names, kept)


def _search(copy: Path, names: Pseudonyms, kept: set[str]) -> str:
    pieces = {piece.encode("latin-1"): piece for piece in names.found_pieces if len(piece) >= _LONG}
    on_purpose = set(Needles(pieces).found_in("\0".join(kept).encode("latin-1", "replace")))
    texts = [piece for raw, piece in pieces.items() if raw not in on_purpose]
    needles = Needles(form for text in texts for form in (text.encode("latin-1"), text.encode("utf-16-le")))
    addresses = names.addresses.found
    whole = [one for one in addresses if len(one) > _IP4 or len(set(one) - {0}) >= _VARIED]
    in_heads = Needles((*(one for one in whole if len(one) > _IP4), *names.found_links))
    in_bodies = Needles((*whole, *names.found_links))
    shown = Needles(address(one).encode() for one in addresses)
    for head, body in _pieces(copy):
        lowered = body.lower()
        if any(True for _ in needles.found_in(lowered)):
            return "a name"
        found = next(in_bodies.found_in(body), None) or next(in_heads.found_in(head), None)
        if found is not None:
            return "a link-layer address" if found in names.found_links else "an address"
        if any(_alone(text, lowered) for text in set(shown.found_in(lowered))):
            return "an address as text"
    return ""


class Needles:
    """Byte strings to look for, all at once: thousands cost no more than a few.

    Most places of the data are passed over by their next few bytes, in one step whatever the number of needles.
    """

    def __init__(self, needles: Iterable[bytes]) -> None:
        self._short: set[bytes] = set()
        lengths: dict[bytes, set[int]] = {}
        every: set[bytes] = set()
        for needle in needles:
            if len(needle) < _START:
                self._short.add(needle)
            else:
                every.add(needle)
                lengths.setdefault(needle[:_START], set()).add(len(needle))
        self._every = frozenset(every)
        self._lengths = {start: tuple(sorted(some)) for start, some in lengths.items()}

    def found_in(self, data: bytes) -> Iterator[bytes]:
        """Yield each needle where it begins in `data`, and each short one once."""
        yield from (needle for needle in self._short if needle and needle in data)
        lengths, every = self._lengths, self._every
        if not lengths:
            return
        for at in range(len(data) - _START + 1):
            start = data[at : at + _START]
            if start in lengths:
                yield from (data[at : at + length] for length in lengths[start] if data[at : at + length] in every)


def _alone(text: bytes, data: bytes) -> bool:
    """Whether an address stands somewhere by itself, and not as a part of a longer one."""
    before, after = (rb"(?<![0-9a-f:])", rb"(?![0-9a-f:])") if b":" in text else (rb"(?<![\d.])", rb"(?!\d|\.\d)")
    return re.search(before + re.escape(text) + after, data) is not None


def _pieces(copy: Path) -> Iterator[tuple[bytes, bytes]]:
    """Yield the packets, many at once: their headers, and what those carry."""
    heads: list[bytes] = []
    bodies: list[bytes] = []
    with CaptureFile(copy) as file:
        for batch in file.batches():
            for _, link, data, _ in batch:
                kind, at = network(link, data)
                packet = datagram(kind, data, at)
                stop = at if packet is None else packet.start + {TCP: 20, UDP: 8}.get(packet.protocol, 0)
                heads.append(data[:stop])
                bodies.append(data[stop:])
            if sum(map(len, bodies)) >= _CHUNK:
                yield b"\n".join(heads), b"\n".join(bodies)
                heads, bodies = [], []
    yield b"\n".join(heads), b"\n".join(bodies)
