"""What names led to: the DNS that a capture holds, client by client."""

from __future__ import annotations

import struct
from collections import OrderedDict, deque
from collections.abc import Sequence
from typing import Final

from lmwire.capture.decode import FIN, RST, SYN, Segment
from lmwire.capture.streams import Stream

__all__ = ["DNS", "DnsTalk", "Lookup", "Names"]

DNS: Final = 53
A, AAAA = 1, 28
_NXDOMAIN: Final = 3
_TRUNCATED: Final = 0x0200
_RESPONSE: Final = 0x8000

_PER_CLIENT: Final = 128
_CLIENTS: Final = 8192
_LOOKUPS: Final = 1 << 15
"""Look-ups of all clients together that are kept."""

_OPEN: Final = 8192
_MOST_RECORDS: Final = 64
_MOST_LABELS: Final = 128
_MOST_ADDRESSES: Final = 16


class Lookup:
    """One question for a name's addresses of one family, however often it was sent, and its answer.

    Attributes:
        name: as it was asked, without the dot at its end.
        kind: 1 for A, 28 for AAAA.
        asked_at, last_asked, answered_at: Unix times; `answered_at` is None when no answer is in the capture.
        code: DNS response code; None without an answer.
        addresses: as bytes, in the order of the answer.
    """

    __slots__ = ("addresses", "answered_at", "asked_at", "code", "kind", "last_asked", "name")

    def __init__(self, name: str, kind: int, when: float) -> None:
        self.name = name
        self.kind = kind
        self.asked_at = self.last_asked = when
        self.answered_at: float | None = None
        self.code: int | None = None
        self.addresses: tuple[bytes, ...] = ()

    @property
    def failed(self) -> bool:
        """Whether the answer is that the name does not exist, or has no address of that family."""
        return self.code in (0, _NXDOMAIN) and not self.addresses


class Names:
    """Collects look-ups. Bounded: the clients that asked longest ago are forgotten first."""

    def __init__(self) -> None:
        self._clients: OrderedDict[bytes, deque[Lookup]] = OrderedDict()
        self._kept = 0
        self._open: OrderedDict[tuple[bytes, int, int, str, int], Lookup] = OrderedDict()

    def of(self, client: bytes) -> Sequence[Lookup]:
        """Return what a client looked up, in the order in which it asked."""
        return self._clients.get(client, ())

    @property
    def clients(self) -> Sequence[bytes]:
        """Everybody who asked."""
        return list(self._clients)

    def message(self, source: tuple[bytes, int], destination: tuple[bytes, int], data: bytes, when: float) -> None:
        """Take a DNS message between two addresses and ports. What is none is passed over."""
        try:
            parsed = _parse(data)
        except (IndexError, struct.error):  # cut short, or no DNS
            return
        if parsed is None:
            return
        number, flags, name, kind, addresses = parsed
        if not flags & _RESPONSE:
            self._ask((*source, number, name.lower(), kind), name, when)
        elif not (flags & _TRUNCATED and not addresses):  # then the client asks again over TCP
            self._answer((*destination, number, name.lower(), kind), name, flags & 15, addresses, when)

    def _ask(self, key: tuple[bytes, int, int, str, int], name: str, when: float) -> Lookup:
        known = self._open.get(key)
        if known is not None:
            known.last_asked = when
            return known
        client, _, _, lowered, kind = key
        # The same question again, from another port because the first got no answer, is the same look-up.
        again = next(
            (look for look in reversed(self.of(client)) if (look.name.lower(), look.kind) == (lowered, kind)), None
        )
        if again is not None and again.answered_at is None and when - again.last_asked < _RETRY:
            again.last_asked = when
            look = again
        else:
            look = Lookup(name, kind, when)
            self._keep(client, look)
        self._open[key] = look
        if len(self._open) > _OPEN:
            self._open.popitem(last=False)
        return look

    def _keep(self, client: bytes, look: Lookup) -> None:
        looks = self._clients.get(client)
        if looks is None:
            looks = self._clients[client] = deque(maxlen=_PER_CLIENT)
        self._clients.move_to_end(client)
        self._kept += len(looks) < _PER_CLIENT
        looks.append(look)
        while len(self._clients) > _CLIENTS or self._kept > _LOOKUPS:
            self._kept -= len(self._clients.popitem(last=False)[1])

    def _answer(
        self, key: tuple[bytes, int, int, str, int], name: str, code: int, addresses: tuple[bytes, ...], when: float
    ) -> None:
        look = self._open.pop(key, None) or self._ask(key, name, when)
        self._open.pop(key, None)
        if look.answered_at is None:
            look.answered_at, look.code, look.addresses = when, code, addresses


class DnsTalk:
    """DNS over TCP: messages behind their lengths, on one connection."""

    __slots__ = ("_buffers", "_names", "_streams", "client", "client_port", "server", "server_port", "told")

    def __init__(self, client: bytes, client_port: int, server: bytes, server_port: int, names: Names) -> None:
        self.client, self.client_port = client, client_port
        self.server, self.server_port = server, server_port
        self.told: bool | None = None
        self._names = names
        self._streams = (Stream(), Stream())
        self._buffers = (bytearray(), bytearray())

    def from_client(self, seen: Segment, when: float) -> None:
        """Take a segment that the client sent."""
        self._take(0, seen, when)

    def from_server(self, seen: Segment, when: float) -> None:
        """Take a segment that the name server sent."""
        self._take(1, seen, when)

    def _take(self, side: int, seen: Segment, when: float) -> None:
        stream, buffer = self._streams[side], self._buffers[side]
        if seen.flags & SYN:
            stream.begin(seen.sequence + 1)
            return
        if not stream.begun:
            stream.begin(seen.sequence)
        if seen.size:
            buffer += stream.segment(seen.sequence, seen.payload, seen.size)
        while len(buffer) > 2 and len(buffer) >= 2 + (length := int.from_bytes(buffer[:2])):  # noqa: PLR2004 # the length
            message = bytes(buffer[2 : 2 + length])
            del buffer[: 2 + length]
            ends = (seen.source, seen.source_port), (seen.destination, seen.destination_port)
            self._names.message(*ends, message, when)
        if seen.flags & (FIN | RST):
            self.told = True


_RETRY: Final = 30.0
"""Seconds within which a repeated question belongs to an unanswered one: twice what resolvers wait by default."""


def _parse(data: bytes) -> tuple[int, int, str, int, tuple[bytes, ...]] | None:
    """Return id, flags, name, type and the addresses of the answer; None when it is not about addresses."""
    number, flags, questions, answers = struct.unpack_from(">HHHH", data)
    if questions != 1 or flags & 0x7800:  # anything but a plain query
        return None
    name, at = _name(data, 12)
    kind, family = struct.unpack_from(">HH", data, at)
    if kind not in (A, AAAA) or family != 1:
        return None
    at += 4
    found: list[bytes] = []
    for _ in range(min(answers, _MOST_RECORDS) if flags & _RESPONSE else 0):
        _, at = _name(data, at)
        record, _, _, length = struct.unpack_from(">HHIH", data, at)
        at += 10
        value = data[at : at + length]
        at += length
        if at > len(data):
            raise IndexError(at)  # not captured: the answer is not known
        if record == kind and len(value) == {A: 4, AAAA: 16}[kind] and len(found) < _MOST_ADDRESSES:
            found.append(value)
    return number, flags, name, kind, tuple(dict.fromkeys(found))


def _name(data: bytes, at: int) -> tuple[str, int]:
    """Return the name at `at` and where it ends. Raises IndexError when it runs out of the message or in a circle."""
    labels: list[str] = []
    after = -1
    for _ in range(_MOST_LABELS):
        length = data[at]
        if length >= 0xC0:  # noqa: PLR2004 # a pointer
            after = at + 2 if after < 0 else after
            at = (length & 0x3F) << 8 | data[at + 1]
        elif not length:
            return ".".join(labels), at + 1 if after < 0 else after
        else:
            labels.append(data[at + 1 : at + 1 + length].decode("latin-1"))
            at += 1 + length
    raise IndexError(at)
