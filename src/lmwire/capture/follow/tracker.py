"""All connections of a capture: which are license traffic, and what belongs to which.

Most of a capture is something else. A packet of that is put aside after a look at a few bytes, before any object is
made; see `Tracker.packets`.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from typing import Final

from lmwire.capture.files.records import RawPacket
from lmwire.capture.follow.connection_keys import key_of, mirror, reverse
from lmwire.capture.follow.flows import TcpFlow
from lmwire.capture.follow.names import DNS, DnsTalk, Names
from lmwire.capture.follow.neighbours import Neighbours, remember
from lmwire.capture.follow.packet_counts import PacketCounts
from lmwire.capture.packets.decode import (
    ACK,
    ETHERNET,
    FIN,
    RST,
    SYN,
    TCP,
    UDP,
    Error,
    Segment,
    arp,
    datagram,
    icmp_error,
    network,
    readable,
    segment,
    udp_payload,
)
from lmwire.capture.packets.recognize import STARTS, speaks
from lmwire.capture.packets.tunnels import DEEPEST, Tunnel, tunnel
from lmwire.ports import DEFAULT_RANGE, port_dialled

__all__ = ["REFERRED", "Tracker"]

_IP4, _IP6 = 0x0800, 0x86DD
_IP4_TCP, _IP6_TCP = 34, 54
"""Bytes of an IP header without options and of a TCP header as far as its flags."""

_NO_OPTIONS: Final = 0x45
_SYN_ACK: Final = SYN | ACK
_TURNS: Final = SYN | FIN | RST
"""What still matters of a connection whose talk has ended: who closes it, and whether another begins."""
_PLAIN_IP4: Final = b"\x08\x00\x45"
"""Ethernet type of IPv4, and the first byte of a header without options."""

_UNSURE: Final = 1 << 14
"""ConnectTimes to any port that are remembered because a later packet may show that they are license traffic."""

_DNS_PORT: Final = DNS.to_bytes(2)

_LISTED: Final = 1 << 15
"""Connections to license servers that may be open, or part of an attempt that is not over."""

_BUSY: Final = 256
"""Connections of a client whose attempts are long over, from which on they are put together though it goes on."""

_LIGHT: Final = 1 << 12
_WEIGHT: Final = 1 << 25
"""Bytes that all talks together may hold; those below `_LIGHT` don't count."""

_DNS_TALKS: Final = 256
_STALE: Final = 60.0
"""Seconds after which a SYN on a connection that never closed begins another."""

REFERRED: Final = 180.0
"""Seconds after a referral in which its client may come to the port named: thrice what a filtered one costs."""

_QUIET: Final = REFERRED + 60.0
"""Seconds after which a quiet client's attempts are over, and can be put together."""


_NOBODY: Final = frozenset({(4, 3, 1), (6, 1, 3)})
"""ICMP version, type and code by which a machine says that nobody on its link has an address."""


class Tracker:
    """Takes packets one by one; knows the license traffic among them.

    Attributes:
        clients: flows that are or may be license traffic, by client, as bytes.
        names: the DNS.
        neighbours: the local link.
        now: Unix time of the latest packet.
    """

    def __init__(self) -> None:
        self.clients: dict[bytes, list[TcpFlow]] = {}
        self.names = Names()
        self.neighbours = Neighbours()
        self.counts = PacketCounts()
        self.now = 0.0
        self._flows: dict[bytes, TcpFlow | DnsTalk] = {}
        self._unsure: OrderedDict[bytes, TcpFlow] = OrderedDict()
        self._listed = 0
        self._heavy: OrderedDict[TcpFlow, int] = OrderedDict()
        self._weight = 0
        self._dns: OrderedDict[bytes, None] = OrderedDict()
        self._referred: OrderedDict[tuple[bytes, int], float] = OrderedDict()
        self._endpoints: OrderedDict[tuple[bytes, int], None] = OrderedDict()

    @property
    def links(self) -> Mapping[bytes, bytes]:
        """Address → the link-layer address from which it came last."""
        return self.neighbours.links

    def packets(self, batch: Iterable[RawPacket]) -> None:
        """Take packets, in order."""
        # What follows decides on bytes alone, and calls nothing, for the sake of speed.
        flows, now = self._flows, self.now
        for when, link, data, _ in batch:
            if when > now:
                self.now = now = when
            if link == ETHERNET and data[12:15] == _PLAIN_IP4:
                kind, at = _IP4, 14
            else:
                kind, at = network(link, data)
            if kind == _IP4 and len(data) >= at + _IP4_TCP and data[at] == _NO_OPTIONS and data[at + 9] == TCP:
                tcp, key = at + 20, data[at + 12 : at + 24]
            elif kind == _IP6 and len(data) >= at + _IP6_TCP and data[at + 6] == TCP:
                tcp, key = at + 40, data[at + 8 : at + 44]
            else:
                self._closely(when, link, data, kind, at)
                continue
            if key in flows:
                if not flows[key].ended or data[tcp + 13] & _TURNS:
                    self._closely(when, link, data, kind, at)
            elif data[tcp + 13] & _SYN_ACK == SYN:
                self._closely(when, link, data, kind, at)
            else:
                payload = tcp + (data[tcp + 12] >> 4) * 4
                if payload < len(data) and data[payload] in STARTS:
                    self._closely(when, link, data, kind, at)

    def _closely(  # noqa: PLR0917 # called for every packet that matters
        self, when: float, link: int, data: bytes, kind: int, at: int, depth: int = 0
    ) -> None:
        packet = datagram(kind, data, at)
        if (packet is None or packet.protocol != TCP) and (carried := tunnel(kind, data, at, packet)) is not None:
            self._tunnel(carried, when, depth)
        elif packet is None:
            self._no_datagram(when, link, data, kind, at)
        elif packet.protocol == TCP:
            seen = segment(data, packet)
            if seen is not None:
                self._segment(seen, when, link, data, fragment=packet.fragment)
        elif packet.protocol == UDP:
            message = udp_payload(data, packet) if _DNS_PORT in data[packet.start : packet.start + 4] else None
            if message is not None and DNS in message[:2]:
                self.names.message((packet.source, message[0]), (packet.destination, message[1]), message[2], when)
                self.neighbours.place(packet.source, link, data)
        else:
            self._error(icmp_error(data, packet), when)
            self._seek(kind, data, at, link, when)

    def _tunnel(self, carried: Tunnel, when: float, depth: int) -> None:
        """Take the packet that another carries; count those that can't be read."""
        if carried.inner is None or depth == DEEPEST:
            self.counts.tunnels[carried.kind] = self.counts.tunnels.get(carried.kind, 0) + 1
            return
        link, data = carried.inner
        self._closely(when, link, data, *network(link, data), depth + 1)

    def _no_datagram(self, when: float, link: int, data: bytes, kind: int, at: int) -> None:
        if not readable(link):
            self.counts.unreadable[link] = self.counts.unreadable.get(link, 0) + 1
        self._seek(kind, data, at, link, when)

    def _segment(self, seen: Segment, when: float, link: int, data: bytes, *, fragment: bool) -> None:
        key = key_of(seen.source, seen.source_port, seen.destination, seen.destination_port)
        flow = self._flows.get(key)
        if seen.flags & (SYN | ACK) == SYN and _begins_another(flow, seen, when):
            flow = self._begin(key, seen, when)
            if flow is None:
                return
            self.neighbours.place(seen.source, link, data)
        elif flow is None:
            flow = self._midstream(key, seen, when)
            if flow is None:
                return
        if (seen.source, seen.source_port) == (flow.client, flow.client_port):
            flow.from_client(seen, when)
        else:
            flow.from_server(seen, when)
        if isinstance(flow, TcpFlow):
            if fragment:
                flow.fragments = True
                self.counts.fragments += 1
            self._weigh(flow)
            self._consider(key, flow)

    def _weigh(self, flow: TcpFlow) -> None:
        """Keep what all talks together hold within a bound: the one that grew first is given up first."""
        weight, known = flow.weight, self._heavy.get(flow, 0)
        if weight <= _LIGHT and not known:
            return
        self._weight += weight - known
        if weight:
            self._heavy[flow] = weight
        else:
            self._heavy.pop(flow, None)
        while self._weight > _WEIGHT:
            heaviest, its = self._heavy.popitem(last=False)
            self._weight -= its
            heaviest.abandon()

    def _begin(self, key: bytes, seen: Segment, when: float) -> TcpFlow | DnsTalk | None:
        """Return the flow that a SYN begins; None when there is no room for more."""
        place = (seen.source, seen.source_port, seen.destination, seen.destination_port)
        self._unsure.pop(key, None)
        if seen.destination_port == DNS:
            talk = DnsTalk(*place, self.names)
            self._flows[key] = self._flows[reverse(place)] = talk
            self._dns[key] = None
            if len(self._dns) > _DNS_TALKS:
                self._drop(self._dns.popitem(last=False)[0])
            return talk
        if self._listed >= _LISTED:
            self.counts.forgotten += 1
            return None
        flow = TcpFlow(*place, when)
        self._flows[key] = self._flows[reverse(place)] = flow
        flow.known = self._expected(flow, when)
        if flow.known:
            self._list(flow)
            return flow
        self._unsure[key] = flow
        if len(self._unsure) > _UNSURE:
            self._drop(self._unsure.popitem(last=False)[0])
            self.counts.forgotten += 1
        return flow

    def _expected(self, flow: TcpFlow, when: float) -> bool:
        """Whether license traffic is expected at that port: by its number, by a referral, or it was there before."""
        referred = self._referred.get((flow.client, flow.server_port))
        return (
            flow.server_port in DEFAULT_RANGE
            or (referred is not None and abs(when - referred) <= REFERRED)
            or (flow.server, flow.server_port) in self._endpoints
        )

    def _list(self, flow: TcpFlow) -> None:
        self.clients.setdefault(flow.client, []).append(flow)
        self._listed += 1

    def _drop(self, key: bytes) -> None:
        flow = self._flows.pop(key, None)
        if flow is not None:
            self._flows.pop(reverse((flow.client, flow.client_port, flow.server, flow.server_port)), None)

    def _midstream(self, key: bytes, seen: Segment, when: float) -> TcpFlow | None:
        """Return a flow for a segment of no known one that begins like license traffic, or None."""
        asks = speaks(seen.payload)
        if asks is None or self._listed >= _LISTED:
            return None
        place = (seen.source, seen.source_port, seen.destination, seen.destination_port)
        flow = TcpFlow(*place, when) if asks else TcpFlow(*place[2:], *place[:2], when)
        self._flows[key] = self._flows[reverse(place)] = flow
        flow.wanted = True
        self._list(flow)
        return flow

    def _consider(self, key: bytes, flow: TcpFlow) -> None:
        """Decide what a flow is, after a segment of it."""
        if flow.wanted is None and not flow.known:
            if flow.over and flow.established:
                flow.wanted = False
            else:
                return
        unsure = self._unsure.pop(key, None) or self._unsure.pop(mirror(key), None)
        if flow.wanted is False:
            self._drop(key)
            if unsure is None:
                self._unlist(flow)
            return
        if unsure is not None:
            self._list(flow)
        if flow.wanted:
            remember(self._endpoints, (flow.server, flow.server_port), None)
            self.names.serves(flow.server)
        self._note_referral(flow)

    def _unlist(self, flow: TcpFlow) -> None:
        flows = self.clients.get(flow.client, [])
        if flow in flows:
            flows.remove(flow)
            self._listed -= 1
        if not flows:
            self.clients.pop(flow.client, None)

    def _error(self, error: Error | None, when: float) -> None:
        if error is None:
            return
        place = (error.source, error.source_port, error.destination, error.destination_port)
        key = key_of(*place)
        flow = self._flows.get(key)
        if flow is None:
            # A packet that a machine itself rejects never was on the wire; its own ICMP error may be, on loopback.
            own = error.sender == error.source and (error.version, error.type, error.code) in _NOBODY
            began = self.neighbours.given_up(error.destination, when) if own else when
            fresh = TcpFlow(*place, began)
            if not self._expected(fresh, when) or self._listed >= _LISTED:
                return
            fresh.syns, fresh.syn, fresh.known = 1, error.sequence, True
            self._flows[key] = self._flows[reverse(place)] = fresh
            self._list(fresh)
            flow = fresh
        if isinstance(flow, TcpFlow) and (flow.client, flow.client_port) == place[:2]:
            flow.rejected(error, when)

    def _seek(self, kind: int, data: bytes, at: int, link: int, when: float) -> None:
        seen = arp(kind, data, at)
        if seen is not None:
            self.neighbours.place(seen.sender, link, data)
            self.neighbours.seek(seen, when)

    def flow(self, key: bytes) -> TcpFlow | DnsTalk | None:
        """Return what is known of a connection that may be license traffic or DNS; None for any other.

        Args:
            key: see `key_of`; either direction's.
        """
        return self._flows.get(key)

    def hand_out(self, client: bytes) -> tuple[bytes, list[TcpFlow]]:
        """Hand out, and forget, the flows of a client, whatever state they are in."""
        return self._hand_out(client, self.clients[client])

    def settled(self) -> list[tuple[bytes, list[TcpFlow]]]:
        """Hand out, and forget, flows of clients that are quiet for good, and old ones of busy clients."""
        before = self.now - _QUIET
        handed = []
        for client, flows in list(self.clients.items()):
            old = [flow for flow in flows if flow.last < before]
            if old and (len(old) == len(flows) or len(old) >= _BUSY):
                kept = [flow for flow in flows if flow.last >= before]
                handed.append(self._hand_out(client, old))
                if kept:
                    self.clients[client] = kept
        return handed

    def finish(self) -> list[tuple[bytes, list[TcpFlow]]]:
        """Hand out all flows, at the end of the capture."""
        for flow in (flow for flows in self.clients.values() for flow in flows):
            self._presume(flow)
        for flow in self._unsure.values():
            if not flow.established and (self._expected(flow, flow.syn_at) or flow.like_a_question):
                self._list(flow)
        self._unsure.clear()
        return [self.hand_out(client) for client in list(self.clients)]

    def _presume(self, flow: TcpFlow) -> None:
        """Read an answer whose question is not in the capture."""
        flow.presume(flow.last)
        self._note_referral(flow)

    def _note_referral(self, flow: TcpFlow) -> None:
        if flow.talk_end is not None and flow.talk_end.referral is not None:
            port = port_dialled(flow.talk_end.referral.port)
            remember(self._referred, (flow.client, port), flow.ended_at)

    def _hand_out(self, client: bytes, flows: list[TcpFlow]) -> tuple[bytes, list[TcpFlow]]:
        self.clients.pop(client, None)
        self._listed -= len(flows)
        for flow in flows:
            self._presume(flow)
            self._weight -= self._heavy.pop(flow, 0)
            key = key_of(flow.client, flow.client_port, flow.server, flow.server_port)
            if self._flows.get(key) is flow:
                self._drop(key)
        return client, flows


def _begins_another(flow: TcpFlow | DnsTalk | None, seen: Segment, when: float) -> bool:
    if flow is None:
        return True
    if not isinstance(flow, TcpFlow) or flow.syn == seen.sequence or seen.source_port != flow.client_port:
        return False
    return flow.over or not flow.established or when - flow.last > _STALE
