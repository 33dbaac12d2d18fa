"""Stand-ins for names, addresses and link-layer addresses: always the same for the same, and of the same length.

Stand-ins are drawn by chance, anew for each copy, and not computed from the original. The table is never written, so
that nobody can restore the original. Names are replaced piece by piece, between dots and the like: `licsrv` and
`licsrv.corp.example` stay related. Where there is a choice, a stand-in is never a name of the same capture, so that no
original is found in the copy.
"""

from __future__ import annotations

import itertools
import random
import re
import string
from bisect import bisect_left
from collections.abc import Iterable
from typing import Final

from lmwire.addresses import is_address
from lmwire.capture.privacy.pseudonym_addresses import Addresses

__all__ = ["Pseudonyms"]

_PIECE: Final = re.compile(r"[^\x00-\x20.@\\/:,;\[\]()%=]+")
"""A piece of a name. What separates pieces stays, and tells nothing."""

_NOBODY: Final = re.compile(r"localhost\w*|localdomain\w*|ip6-(localhost|loopback)", re.ASCII)
"""Pieces that mean the same everywhere, and that a diagnosis depends on."""

_LITERAL: Final = re.compile(r"\[?([0-9A-Fa-f:.]{2,45})\]?(?=$|:\d+(\.\d+)?$|%)")
_TRIES: Final = 64
_ALL: Final = 1 << 12
_TELLING: Final = 4
"""Letters from which on an original must not even be part of a stand-in."""

_HIGH: Final = "".join(map(chr, range(0x80, 0x100)))
_CLASSES: Final = {
    **dict.fromkeys(string.ascii_lowercase, string.ascii_lowercase),
    **dict.fromkeys(string.digits, string.digits),
    **dict.fromkeys(_HIGH, _HIGH),
}
"""Character → those that may stand for it; itself alone when it is not in here."""


class _Telling:
    """Originals that must not be part of a stand-in, found by their lengths: thousands cost no more than a few."""

    def __init__(self, pieces: Iterable[str]) -> None:
        self._pieces = frozenset(piece for piece in pieces if len(piece) >= _TELLING)
        self._lengths = sorted(set(map(len, self._pieces)))

    def found_in(self, text: str) -> bool:
        """Whether one of them is in `text`."""
        return any(
            text[at : at + length] in self._pieces
            for length in self._lengths
            if length <= len(text)
            for at in range(len(text) - length + 1)
        )


class Pseudonyms:
    """First collects what there is, and gives it back unchanged; after `settle`, gives what stands for it.

    Args:
        chance: where stand-ins are drawn from.

    Attributes:
        addresses: what stands for addresses.
    """

    def __init__(self, chance: random.Random) -> None:
        self.addresses = Addresses(chance)
        self._chance = chance
        self._settled = False
        self._pieces: dict[str, str] = {}
        self._sorted: list[str] = []
        self._links: dict[bytes, bytes] = {}

    @property
    def pieces(self) -> set[str]:
        """All pieces of names, in lower case."""
        return set(self._pieces)

    @property
    def found_pieces(self) -> set[str]:
        """Pieces that must not be in the copy: those that stand for nothing."""
        return self.pieces - set(self._pieces.values())

    @property
    def found_links(self) -> set[bytes]:
        """Link-layer addresses that must not be in the copy."""
        return set(self._links) - set(self._links.values())

    def settle(self) -> None:
        """Draw what stands for everything that was collected."""
        self._settled = True
        self.addresses.settle()
        taken: set[str] = set()
        telling = _Telling(self._pieces)
        for piece in sorted(self._pieces, key=len):
            self._pieces[piece] = drawn = self._drawn(piece, taken, telling)
            taken.add(drawn)
        for link in self._links:
            self._links[link] = self._drawn_link()

    def name(self, text: str) -> str:
        """Return what stands for a name of a user, a host or a display, piece by piece, or for an address as text."""
        literal = _LITERAL.match(text)
        if literal is not None and is_address(literal[1]):
            start, stop = literal.span(1)
            return text[:start] + self.addresses.text(literal[1]) + self._named(text[stop:])
        return self._named(text)

    def _named(self, text: str) -> str:
        return _PIECE.sub(lambda match: self._piece(match[0]), text)

    def _piece(self, piece: str) -> str:
        key = "".join(character.lower() if character.isascii() else character for character in piece)
        if _NOBODY.fullmatch(key):
            return piece
        if not self._settled:
            self._pieces.setdefault(key, key)
            return piece
        if key not in self._pieces:
            self._pieces[key] = self._drawn(key, set(self._pieces.values()), _Telling(()))
        drawn = self._pieces[key]
        return "".join(
            new.upper() if old.isascii() and old.isupper() else new for old, new in zip(piece, drawn, strict=True)
        )

    def cut_name(self, text: str) -> str:
        """Return what stands for a name that may have been cut to fit its field."""
        head, dot, last = text.rpartition(".")
        if not last or last.lower() in self._pieces:
            return self.name(text)
        whole = self._whole(last.lower())
        if whole is None:
            return self.name(text)
        return self.name(head) + dot + self._piece(last + whole[len(last) :])[: len(last)]

    def _whole(self, start: str) -> str | None:
        """Return a piece that begins with `start`; None when there is none."""
        if len(self._sorted) != len(self._pieces):
            self._sorted = sorted(self._pieces)
        at = bisect_left(self._sorted, start)
        return next((piece for piece in self._sorted[at : at + 1] if piece.startswith(start)), None)

    def link(self, address: bytes) -> bytes:
        """Return what stands for a link-layer address of six bytes; groups, and none at all, stay."""
        if address[0] & 1 or not any(address):
            return address
        if self._settled and address not in self._links:
            self._links[address] = self._drawn_link()
        return self._links.setdefault(address, address)

    def _drawn_link(self) -> bytes:
        while (fresh := b"\x02" + self._chance.randbytes(5)) in self._links:
            pass
        return fresh

    def _drawn(self, piece: str, taken: set[str], telling: _Telling) -> str:
        choices = [_CLASSES.get(character, character) for character in piece]
        for _ in range(_TRIES):
            drawn = "".join(map(self._chance.choice, choices))
            if drawn not in taken and drawn not in self._pieces and not telling.found_in(drawn):
                return drawn
        # Of one or two letters there are not many; one that stands for another is better than none.
        every = ["".join(one) for one in itertools.islice(itertools.product(*choices), _ALL)]
        free = [one for one in every if one not in taken]
        good = [one for one in free if one not in self._pieces] or [one for one in free if one != piece] or free
        return self._chance.choice(good or [piece])
