"""A DNS message without real names: label by label where they stand, so that compression still points right.

Names and addresses are replaced in questions and in records of all sections; of records that are not about names or
addresses, the data are blanked.
"""

from __future__ import annotations

import struct
from typing import Final

from lmwire.capture.privacy.pseudonyms import Pseudonyms

__all__ = ["asked", "masked_dns"]

_HEADER: Final = 12
A, AAAA = 1, 28
_MOST_LABELS: Final = 128
_POINTER: Final = 0xC0
_NS, _CNAME, _SOA, _PTR, _MX, _SRV = 2, 5, 6, 12, 15, 33
_BEFORE_NAME: Final = {_NS: 0, _CNAME: 0, _PTR: 0, _MX: 2, _SRV: 6}
"""Type of record → bytes of its data before the name."""

_SOA_NUMBERS: Final = 20


def asked(data: bytes) -> str | None:
    """Return the name that a message asks the addresses of, in lower case; None when it asks something else."""
    try:
        questions, flags = int.from_bytes(data[4:6]), int.from_bytes(data[2:4])
        labels, _, at = _walked(data, _HEADER)
        kind, family = struct.unpack_from(">HH", data, at)
    except (IndexError, struct.error):
        return None
    if questions != 1 or flags & 0x7800 or kind not in (A, AAAA) or family != 1:
        return None
    return ".".join(data[start:stop].decode("latin-1") for start, stop in labels).lower()


def masked_dns(data: bytes, names: Pseudonyms) -> bytes:
    """Return a message with stand-ins for all names and addresses. What was not captured whole, is blanked."""
    message = _Message(data, names)
    try:
        message.question()
        for _ in range(sum(struct.unpack_from(">HHH", data, 6))):
            message.record()
    except (IndexError, struct.error):
        pass  # the message ends before it should: what could not be read stays blank
    return bytes(message.out)


class _Message:
    """A message that is read from its beginning, and a copy that starts blank."""

    def __init__(self, data: bytes, names: Pseudonyms) -> None:
        self.out = bytearray(data[:_HEADER].ljust(_HEADER, b"\0")[: len(data)] + bytes(max(0, len(data) - _HEADER)))
        self._data = data
        self._names = names
        self._at = _HEADER

    def question(self) -> None:
        self._name()
        self._keep(4)

    def record(self) -> None:
        data = self._data
        self._name()
        kind, _, _, length = struct.unpack_from(">HHIH", data, self._at)
        self._keep(10)
        end = self._at + length
        if end > len(data):
            raise IndexError(end)
        if (kind, length) in ((A, 4), (AAAA, 16)):
            self.out[self._at : end] = self._names.addresses.of(data[self._at : end])
        elif kind in _BEFORE_NAME:
            self._keep(_BEFORE_NAME[kind])
            self._name()
        elif kind == _SOA:
            self._name()
            self._name()
            self._keep(_SOA_NUMBERS)
        self._at = end

    def _keep(self, size: int) -> None:
        self.out[self._at : self._at + size] = self._data[self._at : self._at + size]
        self._at += size

    def _name(self) -> None:
        """Take the name here: its labels are replaced wherever they stand, and pointers to them are kept."""
        labels, pointers, self._at = _walked(self._data, self._at)
        for start, stop in labels:
            label = self._data[start:stop].decode("latin-1")
            self.out[start - 1 : stop] = bytes((stop - start,)) + self._names.name(label).encode("latin-1")
        for at in pointers:
            self.out[at : at + 2] = self._data[at : at + 2]


def _walked(data: bytes, at: int) -> tuple[list[tuple[int, int]], list[int], int]:
    """Return where the labels of the name at `at` stand, and pointers on the way to them, and where the name ends."""
    labels: list[tuple[int, int]] = []
    pointers: list[int] = []
    after = -1
    for _ in range(_MOST_LABELS):
        length = data[at]
        if length >= _POINTER:
            pointers.append(at)
            after = at + 2 if after < 0 else after
            at = (length & 0x3F) << 8 | data[at + 1]
        elif not length:
            return labels, pointers, at + 1 if after < 0 else after
        else:
            if at + 1 + length > len(data):
                raise IndexError(at)
            labels.append((at + 1, at + 1 + length))
            at += 1 + length
    raise IndexError(at)
