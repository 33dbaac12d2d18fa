"""Packets inside other packets are not read, and that is said."""

from __future__ import annotations

import io

import pytest

from lmwire.capture import analyze
from tests.capture.wire import CLIENT, SERVER, ip, pcap, udp

MACS = bytes(12)


@pytest.mark.parametrize(
    ("kind", "link", "data"),
    [
        ("PPPoE", 1, MACS + b"\x88\x64" + bytes(60)),
        ("MPLS", 1, MACS + b"\x88\x47" + bytes(60)),
        ("GRE", 101, ip(CLIENT, SERVER, 47, bytes(60))),
        ("VXLAN", 101, ip(CLIENT, SERVER, 17, udp((50000, 4789), bytes(60)))),
    ],
)
def test_tunnels_are_counted(kind: str, link: int, data: bytes) -> None:
    analysis = analyze(io.BytesIO(pcap([(1000.0, data), (1000.1, data)], link=link)))
    assert f"Not analyzed: {kind} packets, inside which lmwire does not look (2)." in analysis.notes
