"""Keeps the packets of a live interface that belong to license stories; the rest never reaches a file.

A port tells little: the vendor daemon's is known only from the referral, and license servers listen anywhere. So the
beginning of each connection is held back until its first bytes decide, and names and ARP until somebody needs them.
All that is held has a bound.
"""

from __future__ import annotations

import contextlib
import enum
import ipaddress
import operator
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import dns.exception
import dns.message
import dns.rdataclass
import dns.rdatatype

from lmwire.addresses import is_loopback
from lmwire.capture.follow.connection_keys import key_of
from lmwire.capture.follow.flows import TcpFlow
from lmwire.capture.follow.names import DNS, DnsTalk
from lmwire.capture.follow.neighbours import remember
from lmwire.capture.follow.tracker import REFERRED, Tracker
from lmwire.capture.live.source import LivePacket
from lmwire.capture.packets.decode import (
    ACK,
    SYN,
    TCP,
    UDP,
    Datagram,
    Segment,
    arp,
    datagram,
    icmp_error,
    network,
    segment,
)
from lmwire.capture.packets.decode import udp_payload as udp
from lmwire.capture.packets.recognize import STARTS
from lmwire.ports import port_dialled

__all__ = ["Sieve", "WantedServer"]

_HELD: Final = 1 << 14
"""Connections whose beginnings are held back, as many as a `Tracker` is unsure of."""

_BEGINNING: Final = 24
"""Packets of a connection that are held back: SYNs sent again and again, and the first bytes in small pieces."""

_HELD_BYTES: Final = 1 << 24
_KEPT: Final = 1 << 16
_LOOSE: Final = 1 << 12
_LOOSE_BYTES: Final = 1 << 23
"""Names and ARP that are held back, in bytes."""

_MOST_NAMES: Final = 3
"""Names that led nowhere, above which nothing is said of any of them: as in the analysis of a capture."""

_SWEEP: Final = 1 << 14


class _Sure(enum.Enum):
    """How well a connection is known that is kept."""

    EXPECTED = enum.auto()
    """By its port only."""
    ASKED = enum.auto()
    """By what the client asked."""
    LEARNED = enum.auto()
    """All that its talk tells is known."""


@dataclass(frozen=True)
class WantedServer:
    """A server whose license traffic is wanted.

    Attributes:
        host: its name or address, as asked for.
        ports: lmgrd's, or those where it may be.
        addresses: what the name leads to here, as bytes. More are learned from the DNS that comes by.
    """

    host: str
    ports: Sequence[int]
    addresses: Sequence[bytes] = ()


@dataclass(frozen=True, slots=True)
class _Loose:
    """A packet that stands for itself: DNS about names, `sought` for their addresses; ARP for addresses."""

    packet: LivePacket
    names: frozenset[str] = frozenset()
    addresses: frozenset[bytes] = frozenset()
    sought: bool = False


class Sieve:
    """Takes packets, hands out those that belong.

    Args:
        servers: whose traffic is wanted; none for any.

    Attributes:
        seen, kept: packets.
        conversations: connections that were kept.
        given_up: connections that there was no room to hold back.
    """

    def __init__(self, servers: Sequence[WantedServer] = ()) -> None:
        self.seen = self.kept = self.conversations = self.given_up = 0
        self._tracker = Tracker()
        self._aimed = bool(servers)
        self._ports = {server.host.lower(): tuple(server.ports) for server in servers}
        self._places: OrderedDict[tuple[bytes, int], None] = OrderedDict()
        self._kept: OrderedDict[bytes, _Sure] = OrderedDict()
        self._held: OrderedDict[bytes, list[LivePacket]] = OrderedDict()
        self._held_bytes = 0
        self._referred: OrderedDict[tuple[bytes, int], float] = OrderedDict()
        self._names: OrderedDict[str, None] = OrderedDict()
        self._hosts: OrderedDict[bytes, None] = OrderedDict()
        self._neighbours: OrderedDict[bytes, None] = OrderedDict()
        self._loose: OrderedDict[int, _Loose] = OrderedDict()
        self._loose_bytes = 0
        self._out: list[LivePacket] = []
        for server in servers:
            remember(self._names, server.host.lower(), None)
            for found in server.addresses:
                remember(self._hosts, found, None)
                self._remember_places(found, server.ports)

    def take(self, batch: Iterable[LivePacket]) -> list[LivePacket]:
        """Take packets; return those that belong, earlier ones that only now are known to included."""
        for packet in batch:
            self.seen += 1
            self._take(packet)
            if not self.seen % _SWEEP:
                self._tracker.settled()  # only to forget them
        return self._handed()

    def finish(self) -> list[LivePacket]:
        """Return what is held back and turns out to belong when nothing more comes: a few names that led nowhere."""
        if not self._kept and not self._aimed:
            answered = {name for loose in self._loose.values() if loose.addresses for name in loose.names}
            failed = {name for loose in self._loose.values() if loose.sought for name in loose.names} - answered
            if len(failed) <= _MOST_NAMES:
                self._release(lambda loose: not loose.names.isdisjoint(failed))
        return self._handed()

    def _handed(self) -> list[LivePacket]:
        out, self._out = sorted(self._out, key=_time), []
        self.kept += len(out)
        return out

    def _take(self, packet: LivePacket) -> None:
        data = packet.data
        kind, at = network(packet.link, data)
        found = datagram(kind, data, at)
        if found is not None and found.protocol == TCP:
            seen = segment(data, found)
            if seen is not None:
                self._segment(packet, seen)
        elif found is not None and found.protocol == UDP:
            self._message(packet, found)
        elif (neighbour := arp(kind, data, at)) is not None:
            self._consider(_Loose(packet, addresses=frozenset((neighbour.target,))))
        elif found is not None:
            self._error(packet, found)

    # -- connections ------------------------------------------------------------------------------------------

    def _segment(self, packet: LivePacket, seen: Segment) -> None:
        ends = (seen.source, seen.source_port), (seen.destination, seen.destination_port)
        here, new = key_of(*min(ends), *max(ends)), seen.flags & (SYN | ACK) == SYN
        sure = self._kept.get(here)
        if sure is _Sure.LEARNED and not new:
            self._out.append(packet)
            return
        aimed_at = self._is_place(ends)
        begins = new or seen.payload[:1] in _STARTS or here in self._held
        if sure is None and not begins and not aimed_at:
            return
        self._tracker.packets([packet.raw])
        flow = self._tracker.flow(here)
        if aimed_at or sure in {_Sure.ASKED, _Sure.LEARNED}:
            belongs: bool | None = True
        else:
            belongs = self._belongs(flow, packet.when / 1e9)
        if belongs:
            self._keep(here, flow, packet)
        elif belongs is None:
            self._hold(here, packet)
            if isinstance(flow, DnsTalk):
                self._dns_over_tcp(here, packet, seen)
        else:
            self._let_go(here)
            self._kept.pop(here, None)  # something else on a license port

    def _belongs(self, flow: TcpFlow | DnsTalk | None, now: float) -> bool | None:
        """Whether a connection is wanted; None as long as that is open."""
        if flow is None:
            return False
        if isinstance(flow, DnsTalk):
            return False if flow.ended else None
        if not self._aimed:
            return True if flow.known or flow.wanted else None
        referred = self._referred.get((flow.client, flow.server_port))
        if (referred is not None and now - referred <= REFERRED) or (flow.server, flow.server_port) in self._places:
            return True
        return flow.server in self._hosts if flow.wanted else None

    def _keep(self, here: bytes, flow: TcpFlow | DnsTalk | None, *packets: LivePacket) -> None:
        self._out += (*self._let_go(here), *packets)
        sure = self._kept.get(here)
        if isinstance(flow, TcpFlow):
            self.conversations += sure is None
            self._remember_host(flow.server)
            if flow.talk_end is not None:
                self._learn(flow)
            sure = _Sure.LEARNED if flow.talk_end is not None else _Sure.ASKED if flow.wanted else sure
        remember(self._kept, here, sure or _Sure.EXPECTED, _KEPT)

    def _learn(self, flow: TcpFlow) -> None:
        """Take note of where a talk that came to its end leads."""
        if flow.talk_end is not None and flow.talk_end.referral is not None:
            referral = flow.talk_end.referral
            remember(self._referred, (flow.client, port_dialled(referral.port)), flow.ended_at)
            self._remember_name(referral.host.lower())

    def _is_place(self, ends: Iterable[tuple[bytes, int]]) -> bool:
        """Whether one end of a connection is where lmgrd of a wanted server is."""
        return any(end in self._places for end in ends)

    def _hold(self, here: bytes, packet: LivePacket) -> None:
        held = self._held.setdefault(here, [])
        held.append(packet)
        self._held_bytes += len(packet.data)
        if len(held) > _BEGINNING:
            self._let_go(here)
        while len(self._held) > _HELD or self._held_bytes > _HELD_BYTES:
            self._let_go(next(iter(self._held)))
            self.given_up += 1

    def _let_go(self, here: bytes) -> list[LivePacket]:
        held = self._held.pop(here, [])
        self._held_bytes -= sum(len(packet.data) for packet in held)
        return held

    def _error(self, packet: LivePacket, found: Datagram) -> None:
        error = icmp_error(packet.data, found)
        if error is None:
            return
        ends = (error.source, error.source_port), (error.destination, error.destination_port)
        here = key_of(*min(ends), *max(ends))
        self._tracker.packets([packet.raw])
        flow = self._tracker.flow(here)
        if here in self._kept or self._is_place(ends) or self._belongs(flow, packet.when / 1e9):
            self._keep(here, flow, packet)
        elif here in self._held:
            self._hold(here, packet)

    # -- names and neighbours ---------------------------------------------------------------------------------

    def _message(self, packet: LivePacket, found: Datagram) -> None:
        message = udp(packet.data, found)
        if message is not None and DNS in message[:2]:
            loose = _dns(packet, message[2])
            if loose is not None:
                self._consider(loose)

    def _dns_over_tcp(self, here: bytes, packet: LivePacket, seen: Segment) -> None:
        """Keep a connection to a name server once it asks, or tells, of a name that belongs."""
        loose = _dns(packet, seen.payload[2:])
        if loose is not None and self._needs(loose):
            self._keep(here, None)
            remember(self._kept, here, _Sure.LEARNED, _KEPT)
            self._taken(loose)

    def _consider(self, loose: _Loose) -> None:
        if self._needs(loose):
            self._out.append(loose.packet)
            self._taken(loose)
            return
        self._loose[id(loose)] = loose
        self._loose_bytes += len(loose.packet.data)
        while len(self._loose) > _LOOSE or self._loose_bytes > _LOOSE_BYTES:
            self._loose_bytes -= len(self._loose.popitem(last=False)[1].packet.data)

    def _needs(self, loose: _Loose) -> bool:
        if not loose.addresses.isdisjoint(self._hosts):
            return True
        return (
            any(map(self._is_known, loose.names)) if loose.names else not loose.addresses.isdisjoint(self._neighbours)
        )

    def _is_known(self, name: str) -> bool:
        """Whether a name is of a license server, be it with a search domain behind it."""
        return any(beginning in self._names for beginning in _beginnings(name))

    def _taken(self, loose: _Loose) -> None:
        """Take note of what a DNS message that belongs tells of names and addresses."""
        for name in loose.names:
            self._remember_name(name)
            wanted = next((one for one in _beginnings(name) if one in self._ports), None)
            for found in loose.addresses:
                if wanted is not None:
                    self._remember_places(found, self._ports[wanted])
                    self._remember_host(found)
                else:
                    self._remember_neighbour(found)

    def _remember_places(self, found: bytes, ports: Iterable[int]) -> None:
        for port in ports:
            remember(self._places, (found, port), None)

    def _remember_name(self, name: str) -> None:
        if name and name not in self._names:
            remember(self._names, name, None)
            self._release(lambda loose: any(f"{one}.".startswith(f"{name}.") for one in loose.names))

    def _remember_host(self, found: bytes) -> None:
        known = ipaddress.ip_address(found)
        # Every blocked name leads to these: they tell nothing of names.
        if found not in self._hosts and not is_loopback(found) and not known.is_unspecified:
            remember(self._hosts, found, None)
            self._release(lambda loose: found in loose.addresses)

    def _remember_neighbour(self, found: bytes) -> None:
        """Keep ARP for somebody to whom a name leads: it may be in vain.

        What else leads there is of no interest; one shared address would bring in name after name.
        """
        if found not in self._neighbours:
            remember(self._neighbours, found, None)
            self._release(lambda loose: not loose.names and found in loose.addresses)

    def _release(self, belongs: _Belongs) -> None:
        for number, loose in list(self._loose.items()):
            if belongs(loose) and self._loose.pop(number, None) is not None:
                self._loose_bytes -= len(loose.packet.data)
                self._out.append(loose.packet)
                self._taken(loose)


_time = operator.attrgetter("when")
_Belongs = Callable[[_Loose], bool]
_STARTS: Final = frozenset(bytes((start,)) for start in STARTS)


def _beginnings(name: str) -> Iterator[str]:
    """Yield a name, and what is left of it without the labels at its end: a resolver tries search domains there."""
    while name:
        yield name
        name = name.rpartition(".")[0]


_ADDRESSES: Final = frozenset((dns.rdatatype.A, dns.rdatatype.AAAA))


def _dns(packet: LivePacket, message: bytes) -> _Loose | None:
    """Return what a DNS message is about; None when it is none."""
    parsed = None
    with contextlib.suppress(dns.exception.DNSException, ValueError):
        parsed = dns.message.from_wire(message, ignore_trailing=True, raise_on_truncation=False)
    if parsed is None or len(parsed.question) != 1:
        return None
    internet = (rrset for rrset in parsed.answer if rrset.rdclass == dns.rdataclass.IN)
    texts = [record.address for rrset in internet if rrset.rdtype in _ADDRESSES for record in rrset]
    return _Loose(
        packet,
        names=frozenset((parsed.question[0].name.to_text(omit_final_dot=True).lower(),)),
        addresses=frozenset(ipaddress.ip_address(text).packed for text in texts),
        sought=parsed.question[0].rdtype in _ADDRESSES,
    )
