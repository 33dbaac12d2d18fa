"""DNS in a capture: the addresses that names resolve to, client by client."""

from __future__ import annotations

import struct
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any, Final

from lmwire.capture.follow.neighbours import remember
from lmwire.capture.packets.decode import FIN, RST, SYN, Segment
from lmwire.capture.packets.streams import Stream

__all__ = ["DNS", "DnsTalk", "Lookup", "Names"]

DNS: Final = 53
A, AAAA = 1, 28
_NXDOMAIN: Final = 3
_DEFINITE: Final = frozenset({0, _NXDOMAIN})
"""Codes of answers by which a name server knows what it says."""

_TRUNCATED: Final = 0x0200
_RESPONSE: Final = 0x8000

_PER_NAME: Final = 64
"""Look-ups of one name by one client that are kept, the latest ones."""

_PER_CLIENT: Final = 4096
"""Look-ups of one client that are kept: those of a busy desktop in a day."""

_LOOKUPS: Final = 1 << 15
"""Look-ups of all clients together that are kept."""

_SERVERS: Final = 4096
"""Addresses of license servers; names that led there are kept longer than others."""

_CHANCES: Final = 16
"""Names that are spared in a row because they led to license servers."""

_MESSAGES: Final = 8192
"""Questions that are remembered for their answers, and for some time after that."""

_SAME: Final = 1.0
"""Seconds around an answer within which the same question, number and port and all, is the one that it answers."""

_RETRY: Final = 30.0
"""Seconds within which a repeated question belongs to an unanswered one: twice what resolvers wait by default."""

_MOST_RECORDS: Final = 64
_MOST_LABELS: Final = 128
_MOST_SKIPPED: Final = 512
"""Labels of all records of an answer that are passed over; real answers have a pointer, or a few labels, each."""

_MOST_ADDRESSES: Final = 16

_Name = tuple[bytes, str, int]
"""Who asked, for what name in lower case, for addresses of which family."""

_Message = tuple[bytes, int, int, str, int]
"""Who asked, from which port, by what number, and what."""


class Lookup:
    """One question for a name's addresses of one family, however often it was sent, and its answer.

    Attributes:
        name: as it was asked, without the dot at its end.
        kind: 1 for A, 28 for AAAA.
        asked_at, last_asked, answered_at: Unix times; `answered_at` is None when the capture has no answer.
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
        return self.code in _DEFINITE and not self.addresses

    def answered_about(self, when: float) -> bool:
        """Whether the answer came so near to `when` that what is seen then belongs to it."""
        return self.answered_at is not None and abs(when - self.answered_at) <= _SAME


class Names:
    """Collects look-ups. Bounded: names that were asked for longest ago are forgotten first.

    An application may ask once, and go by what a cache remembers for hours: a name that led to a license server, as
    `serves` tells, is forgotten only after all others.
    """

    def __init__(self) -> None:
        self._names: OrderedDict[_Name, list[Lookup]] = OrderedDict()
        self._clients: dict[bytes, OrderedDict[_Name, None]] = {}
        self._kept = 0
        self._messages: OrderedDict[_Message, Lookup] = OrderedDict()
        self._servers: OrderedDict[bytes, None] = OrderedDict()

    def of(self, client: bytes) -> Sequence[Lookup]:
        """Return what a client looked up, name by name."""
        return [look for name in self._clients.get(client, ()) for look in self._names[name]]

    @property
    def clients(self) -> Sequence[bytes]:
        """Everybody who asked."""
        return list(self._clients)

    def serves(self, address: bytes) -> None:
        """Take note that there is a license server at an address."""
        remember(self._servers, address, None, _SERVERS)

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

    def _ask(self, message: _Message, name: str, when: float) -> Lookup:
        look = self._messages.get(message)
        if look is not None and look.answered_about(when):
            # The question of an answer that came first: where several queues of a network card are captured, that
            # happens. Or the same packet once more, as a mirror port shows it.
            look.asked_at = min(look.asked_at, when)
        elif look is not None and look.answered_at is None:
            look.last_asked = max(look.last_asked, when)
        else:
            look = self._look(message, name, when)
            self._messages[message] = look
            if len(self._messages) > _MESSAGES:
                self._messages.popitem(last=False)
        return look

    def _look(self, message: _Message, name: str, when: float) -> Lookup:
        """Return the look-up that a question belongs to, which may be a new one."""
        client, _, _, lowered, kind = message
        place = client, lowered, kind
        known = self._names.get(place)
        # The same question again, from another port because the first got no answer, is the same look-up.
        if known and known[-1].answered_at is None and when - known[-1].last_asked < _RETRY:
            known[-1].last_asked = when
            return known[-1]
        look = Lookup(name, kind, when)
        self._keep(place, look)
        return look

    def _keep(self, place: _Name, look: Lookup) -> None:
        looks = self._names.setdefault(place, [])
        theirs = self._clients.setdefault(place[0], OrderedDict())
        looks.append(look)
        self._kept += 1
        if len(looks) > _PER_NAME:
            del looks[0]
            self._kept -= 1
        self._names.move_to_end(place)
        theirs[place] = None
        theirs.move_to_end(place)
        if len(theirs) > _PER_CLIENT:
            self._make_room(theirs)
        if self._kept > _LOOKUPS:
            self._make_room(self._names)

    def _make_room(self, names: OrderedDict[_Name, Any]) -> None:
        """Forget the oldest of these names, those that led to license servers last."""
        place = next(iter(names))
        for _ in range(_CHANCES):
            if not any(found in self._servers for look in self._names[place] for found in look.addresses):
                break
            names.move_to_end(place)
            place = next(iter(names))
        self._kept -= len(self._names.pop(place))
        theirs = self._clients[place[0]]
        del theirs[place]
        if not theirs:
            del self._clients[place[0]]

    def _answer(self, message: _Message, name: str, code: int, addresses: tuple[bytes, ...], when: float) -> None:
        look = self._messages.get(message)
        if look is None or not (look.answered_at is None or look.answered_about(when)):
            look = self._ask(message, name, when)
        # Of several name servers that were asked at once, the one that knows counts.
        if look.answered_at is None or (look.code not in _DEFINITE and code in _DEFINITE):
            look.answered_at, look.code, look.addresses = when, code, addresses


class DnsTalk:
    """DNS over TCP: messages behind their lengths, on one connection."""

    __slots__ = ("_buffers", "_names", "_streams", "client", "client_port", "ended", "server", "server_port")

    def __init__(self, client: bytes, client_port: int, server: bytes, server_port: int, names: Names) -> None:
        self.client, self.client_port = client, client_port
        self.server, self.server_port = server, server_port
        self.ended = False
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
            self.ended = True


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
    labels = _MOST_SKIPPED
    for _ in range(min(answers, _MOST_RECORDS) if flags & _RESPONSE else 0):
        at, labels = _skip_name(data, at, labels)
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


def _skip_name(data: bytes, at: int, most: int) -> tuple[int, int]:
    """Return where the name at `at` ends, and how many of `most` labels are left. Raises IndexError as `_name` does."""
    for left in range(most - 1, -1, -1):
        length = data[at]
        if length >= 0xC0:  # noqa: PLR2004 # a pointer
            return at + 2, left
        at += 1 + length
        if not length:
            return at, left
    raise IndexError(at)
