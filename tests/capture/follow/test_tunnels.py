"""Packets inside other packets: what they carry is read, nested only so deep; what can't be read is told."""

from __future__ import annotations

import io
import random
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from lmwire.capture import analyze
from lmwire.capture.files.reader import CaptureFile
from lmwire.capture.packets.decode import datagram, network
from lmwire.capture.packets.tunnels import DEEPEST, Inner, innermost, tunnel
from lmwire.capture.privacy.anonymize import anonymize
from lmwire.diagnosis import diagnose
from tests.capture.telling import good, lmgrd
from tests.capture.wire import CLIENT, SERVER, Packet, hello_answer, ip, pcap, udp

MACS: Final = bytes(12)
OUTER: Final = ("203.0.113.1", "203.0.113.2")
OUTER6: Final = ("2001:db8::1", "2001:db8::2")


def frame(packet: bytes) -> bytes:
    return b"\x02\0\0\0\0\x01\x02\0\0\0\0\x02" + b"\x08\x00" + packet


def vxlan(inner: bytes, port: int = 4789) -> bytes:
    return ip(*OUTER, 17, udp((50_000, port), b"\x08\0\0\0\0\0\x2a\0" + frame(inner)))


WRAPPINGS: Final[dict[str, tuple[int, Callable[[bytes], bytes]]]] = {
    "PPPoE": (1, lambda p: MACS + b"\x88\x64\x11\0\0\x07" + struct.pack(">H", len(p) + 2) + b"\0\x21" + p),
    "PPPoE in a VLAN": (1, lambda p: MACS + b"\x81\0\0\x05\x88\x64\x11\0\0\x07" + b"\0\0\0\x21" + p),
    "MPLS": (1, lambda p: MACS + b"\x88\x47" + b"\0\x01\0\x40" + b"\0\x02\x01\x40" + p),
    "MPLS with Ethernet": (1, lambda p: MACS + b"\x88\x47" + b"\0\x02\x01\x40" + frame(p)),
    "MPLS with a control word": (1, lambda p: MACS + b"\x88\x47" + b"\0\x02\x01\x40" + bytes(4) + frame(p)),
    "GRE": (101, lambda p: ip(*OUTER, 47, b"\0\0\x08\0" + p)),
    "GRE with key, sum and number": (101, lambda p: ip(*OUTER, 47, b"\xb0\0\x08\0" + bytes(12) + p)),
    "GRE with Ethernet": (101, lambda p: ip(*OUTER, 47, b"\0\0\x65\x58" + frame(p))),
    "GRE with MPLS": (101, lambda p: ip(*OUTER, 47, b"\0\0\x88\x47" + b"\0\x02\x01\x40" + p)),
    "PPTP": (101, lambda p: ip(*OUTER, 47, b"\x30\x81\x88\x0b" + bytes(12) + b"\xff\x03\0\x21" + p)),
    "ERSPAN": (101, lambda p: ip(*OUTER, 47, b"\x10\0\x88\xbe" + bytes(12) + frame(p))),
    "IP in IP": (101, lambda p: ip(*OUTER, 4, p)),
    "IPv4 in IPv6": (101, lambda p: ip(*OUTER6, 4, p)),
    "VXLAN": (101, vxlan),
    "VXLAN at Linux' port": (101, lambda p: vxlan(p, 8472)),
    "Geneve": (101, lambda p: ip(*OUTER, 17, udp((50_000, 6081), b"\x01\0\x65\x58" + bytes(8) + frame(p)))),
    "VXLAN in GRE": (101, lambda p: ip(*OUTER, 47, b"\0\0\x08\0" + vxlan(p))),
}


def story() -> list[Packet]:
    """lmgrd refers, and the vendor daemon answers."""
    return sorted(lmgrd() + good())


def told(data: bytes) -> tuple[list[tuple[str, int]], tuple[str, ...]]:
    analysis = analyze(io.BytesIO(data))
    return [(diagnose(case.evidence).verdict.id, case.attempts) for case in analysis.cases], analysis.notes


@pytest.mark.parametrize("name", WRAPPINGS)
def test_what_a_tunnel_carries_tells_the_same_story(name: str, tmp_path: Path) -> None:
    link, wrap = WRAPPINGS[name]
    plain = told(pcap(story()))
    wrapped = pcap([(when, wrap(packet)) for when, packet in story()], link=link)
    assert plain[0]
    assert told(wrapped) == plain
    source, copy = tmp_path / "tunnel.pcap", tmp_path / "copy.pcapng"
    source.write_bytes(wrapped)
    said = anonymize(source, copy, chance=random.Random(3))  # noqa: S311 # tests want the same each time
    assert (said.same, said.packets, told(copy.read_bytes())) == (True, len(story()), plain)
    with CaptureFile(copy) as file:
        assert not any(bytes((203, 0, 113)) in data for _, _, data, _ in file)


@pytest.mark.parametrize(
    ("kind", "link", "data"),
    [
        ("PPPoE", 1, MACS + b"\x88\x64" + bytes(60)),
        ("PPPoE", 1, MACS + b"\x88\x63" + bytes(60)),
        ("MPLS", 1, MACS + b"\x88\x47" + bytes(60)),
        ("GRE", 101, ip(CLIENT, SERVER, 47, bytes(60))),
        ("VXLAN", 101, ip(CLIENT, SERVER, 17, udp((50000, 4789), bytes(60)))),
        ("Geneve", 101, ip(CLIENT, SERVER, 17, udp((50000, 6081), bytes(60)))),
        ("IP in IP", 101, ip(CLIENT, SERVER, 4, bytes(60))),
        ("IPsec (ESP)", 101, ip(CLIENT, SERVER, 50, bytes(60))),
    ],
)
def test_what_can_t_be_read_is_counted(kind: str, link: int, data: bytes) -> None:
    analysis = analyze(io.BytesIO(pcap([(1000.0, data), (1000.1, data)], link=link)))
    assert f"Not analyzed: {kind} packets, inside which lmwire does not look (2)." in analysis.notes


def test_tunnels_in_tunnels_are_followed_only_so_deep() -> None:
    def wrapped(packet: bytes, times: int) -> bytes:
        for _ in range(times):
            packet = ip(*OUTER, 4, packet)
        return packet

    plain = told(pcap(story()))
    deep = pcap([(when, wrapped(packet, DEEPEST)) for when, packet in story()])
    deeper = pcap([(when, wrapped(packet, DEEPEST + 1)) for when, packet in story()])
    assert told(deep) == plain
    count = len(story())
    assert told(deeper) == ([], (f"Not analyzed: IP in IP packets, inside which lmwire does not look ({count}).",))


@pytest.mark.parametrize("name", WRAPPINGS)
def test_a_tunnel_cut_or_broken_anywhere_raises_nothing(name: str) -> None:
    link, wrap = WRAPPINGS[name]
    whole = wrap(hello_answer())
    chance = random.Random(9)  # noqa: S311 # repeatable, and nobody's secret
    for stop in range(len(whole) + 1):
        broken = bytearray(whole[:stop])
        if broken:
            broken[chance.randrange(len(broken))] = chance.randrange(256)
        for data in (whole[:stop], bytes(broken)):
            kind, at = network(link, data)
            found = tunnel(kind, data, at, datagram(kind, data, at))
            assert found is None or found.inner is None or len(found.inner.data) < len(data)
            assert isinstance(innermost(link, data), Inner)
