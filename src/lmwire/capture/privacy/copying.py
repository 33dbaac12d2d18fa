"""Twice through a capture, packet by packet: first for what there is to replace, then for the copy."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Final

from lmwire.capture.errors import CaptureError
from lmwire.capture.files.reader import CaptureFile
from lmwire.capture.files.records import RawPacket
from lmwire.capture.follow.names import DNS
from lmwire.capture.packets.decode import (
    ETHERNET,
    ICMP,
    ICMP6,
    SYN,
    TCP,
    UDP,
    Datagram,
    Segment,
    arp,
    datagram,
    network,
    segment,
    udp_payload,
)
from lmwire.capture.packets.tunnels import innermost
from lmwire.capture.privacy.anonymous_writer import AnonymousWriter
from lmwire.capture.privacy.mask_dns import asked, masked_dns
from lmwire.capture.privacy.mask_messages import Masks, blanked
from lmwire.capture.privacy.mask_packets import IP4, IP6, masked_packet
from lmwire.capture.privacy.mask_streams import MaskedConversation, MaskedDirection
from lmwire.capture.privacy.pseudonyms import Pseudonyms
from lmwire.capture.privacy.selection import Selection

__all__ = ["Copier"]

_DNS_TALKS: Final = 4096
_ERRORS: Final = {(ICMP, 3), (ICMP, 11), (ICMP6, 1), (ICMP6, 2), (ICMP6, 3)}
"""ICMP errors that say why a packet did not arrive."""

_LINKS: Final = {
    ETHERNET: bytes(12) + b"\x08\x00",
    0: b"\x02\0\0\0",
    108: b"\0\0\0\x02",
    113: bytes(14) + b"\x08\x00",
    276: b"\x08\x00" + bytes(18),
}
_END: Final = bytes.fromhex("4500001400000000003bbab00000000000000000")
"""A packet without protocol, sender and receiver."""


class Copier:
    """Collects what a story names, then copies it without.

    Args:
        path: the capture.
        story: what of it is copied.
        names: what stands for names and addresses.

    Attributes:
        copied, unreadable, others: packets that were copied; that belong to the story and could not be read, so that
            they were left out; and that do not belong to it.
    """

    def __init__(self, path: Path, story: Selection, names: Pseudonyms) -> None:
        self.masks = Masks(names)
        self.copied = self.unreadable = self.others = 0
        self._path = path
        self._story = story
        self._names = names
        self._talks: dict[tuple[bytes, int, bytes, int], MaskedConversation] = {}
        self._collecting = True

    def collect(self) -> None:
        """Go through the capture, and let `names` see everything that is to be replaced."""
        for _, link, data, _ in self._packets():
            self._masked(link, data)
        self._drop_other_dns()
        self._mask_talks()

    def copy(self, writer: AnonymousWriter, originals: AnonymousWriter) -> None:
        """Go through it again, and write what stands for it. `names` is settled by then.

        Args:
            writer: of the copy.
            originals: takes the same packets as they were, for comparison.
        """
        self._mask_talks()
        for talk in self._talks.values():
            talk.rewind()
        self._collecting = False
        link, last, end = ETHERNET, Fraction(0), Fraction(0)
        for when, kind, data, wire in self._packets():
            masked = self._masked(kind, data)
            end = max(end, Fraction(when))
            if masked is None:
                continue
            self.copied += 1
            link, last = kind, max(last, Fraction(when))
            writer.packet(Fraction(when), kind, masked, wire)
            originals.packet(Fraction(when), kind, data, wire)
        if self.copied and end > last:
            # That nothing came any more until then is part of the story, too.
            data = _LINKS.get(link, b"") + _END
            for each in (writer, originals):
                each.packet(end, link, data, len(data))

    def _packets(self) -> Iterator[RawPacket]:
        """Yield packets, without the tunnels around them. That the capture breaks off, its analysis has said."""
        for when, link, data, wire in self._as_captured():
            inner = innermost(link, data)
            yield when, inner.link, inner.data, wire - (len(data) - len(inner.data))

    def _as_captured(self) -> Iterator[RawPacket]:
        with CaptureFile(self._path, exact=True) as file:
            packets = iter(file)
            while True:
                try:
                    packet = next(packets, None)
                except CaptureError:
                    return
                if packet is None:
                    return
                yield packet

    def _masked(self, link: int, data: bytes) -> bytes | None:
        """Return what stands for a packet; None when it is left out."""
        kind, at = network(link, data)
        packet = datagram(kind, data, at)
        try:
            if packet is None or packet.protocol not in (TCP, UDP):
                found = self._control(kind, link, data, at, packet)
            elif packet.protocol == TCP:
                found = self._tcp(link, data, packet)
            else:
                found = self._udp(link, data, packet)
        except (ValueError, IndexError, struct.error):
            self.unreadable += not self._collecting
            return None
        self.others += found is None and not self._collecting
        return found

    def _control(self, kind: int, link: int, data: bytes, at: int, packet: Datagram | None) -> bytes | None:
        """Mask ARP, neighbour discovery and ICMP errors of the story."""
        seen = arp(kind, data, at)
        if seen is not None:
            ours = seen.target in self._story.addresses
            return masked_packet(link, data, self._names, blanked) if ours else None
        if packet is None or len(data) <= packet.start or (packet.protocol, data[packet.start]) not in _ERRORS:
            return None
        inner_at = packet.start + 8
        inner = datagram(IP4 if packet.protocol == ICMP else IP6, data, inner_at)
        if inner is None or inner.protocol != TCP or len(data) < inner.start + 8:
            return None
        ports = struct.unpack_from(">HH", data, inner.start)
        if (inner.source, ports[0], inner.destination, ports[1]) not in self._story.flows:
            return None
        return masked_packet(link, data, self._names, blanked)

    def _tcp(self, link: int, data: bytes, packet: Datagram) -> bytes | None:
        seen = segment(data, packet)
        if seen is None:
            return None
        talk = self._talk(seen)
        if talk is None:
            return None
        if self._collecting:
            talk.listen(seen)
            return masked_packet(link, data, self._names, _same)
        return masked_packet(link, data, self._names, lambda _payload: talk.payload(seen, self._alone))

    def _talk(self, seen: Segment) -> MaskedConversation | None:
        ends = (seen.source, seen.source_port, seen.destination, seen.destination_port)
        talk = self._talks.get(ends)
        if talk is not None or not self._collecting:
            return talk
        client = self._story.flows.get(ends)
        if client is None and seen.destination_port == DNS and seen.flags & SYN and len(self._talks) < _DNS_TALKS:
            client = ends[:2]
        if client is None:
            return None
        talk = self._talks[ends] = self._talks[(*ends[2:], *ends[:2])] = MaskedConversation(client)
        return talk

    def _udp(self, link: int, data: bytes, packet: Datagram) -> bytes | None:
        message = udp_payload(data, packet)
        if message is None or DNS not in message[:2]:
            return None
        name = asked(message[2])
        if name is None or not self._story.asks_for(name):
            return None
        return masked_packet(link, data, self._names, lambda payload: masked_dns(payload, self._names))

    def _alone(self, payload: bytes) -> bytes:
        """Mask what has no place in a stream: behind a hole, or before its beginning."""
        return self.masks.question(payload, ()) if payload else b""

    def _drop_other_dns(self) -> None:
        """Forget DNS over TCP that is not of the story."""
        for ends, talk in list(self._talks.items()):
            about_us = (self._about_us(direction) for pair in talk.directions() for direction in pair)
            if ends not in self._story.flows and not any(about_us):
                del self._talks[ends]

    def _about_us(self, direction: MaskedDirection) -> bool:
        names = (asked(message) for message in _messages(bytes(direction.data)))
        return any(name is not None and self._story.asks_for(name) for name in names)

    def _mask_talks(self) -> None:
        for ends, talk in self._talks.items():
            if ends[:2] != talk.client:
                continue  # it stands under both directions
            for up, down in talk.directions():
                if ends in self._story.flows:
                    up.masked = self.masks.question(bytes(up.data), up.cuts)
                    down.masked = self.masks.answer(bytes(down.data), down.cuts)
                else:
                    up.masked, down.masked = self._masked_dns(bytes(up.data)), self._masked_dns(bytes(down.data))

    def _masked_dns(self, data: bytes) -> bytes:
        out = bytearray()
        for message in _messages(data):
            name = asked(message)
            ours = name is not None and self._story.asks_for(name)
            out += len(message).to_bytes(2) + (masked_dns(message, self._names) if ours else bytes(len(message)))
        return bytes(out.ljust(len(data), b"\0"))


def _messages(data: bytes) -> Iterator[bytes]:
    """Yield whole DNS messages, each of which stands behind its length."""
    at = 0
    while at + 2 <= len(data):
        stop = at + 2 + int.from_bytes(data[at : at + 2])
        if stop > len(data):
            return
        yield data[at + 2 : stop]
        at = stop


def _same(payload: bytes) -> bytes:
    return payload
