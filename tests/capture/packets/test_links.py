"""Link layers, options and headers that are stepped over."""

from __future__ import annotations

import io
import struct

import pytest

from lmwire.capture import analyze
from tests.capture.telling import good, lmgrd, name, told, vendor, verdict
from tests.capture.wire import Talk, pcap

ETHER = b"\x02\0\0\0\0\x01\x02\0\0\0\0\x02"
LINKS = {
    "Ethernet": (1, ETHER + b"\x08\x00"),
    "VLAN": (1, ETHER + b"\x81\x00\x00\x05\x08\x00"),
    "QinQ": (1, ETHER + b"\x88\xa8\x00\x05\x81\x00\x00\x06\x08\x00"),
    "Linux cooked": (113, struct.pack(">HHH8sH", 0, 1, 6, b"\x02\0\0\0\0\x01\0\0", 0x0800)),
    "Linux cooked v2": (276, struct.pack(">HHIHBB8s", 0x0800, 0, 1, 1, 0, 6, b"\x02\0\0\0\0\x01\0\0")),
    "raw": (101, b""),
    "raw of BSD": (12, b""),
    "IPv4 only": (228, b""),
    "loopback": (0, b"\x02\0\0\0"),
    "loopback, other order": (0, b"\0\0\0\x02"),
    "loopback of OpenBSD": (108, b"\0\0\0\x02"),
}


@pytest.mark.parametrize(("link", "header"), LINKS.values(), ids=LINKS.keys())
def test_every_link_layer_tells_the_same(link: int, header: bytes) -> None:
    story = [*name(), *lmgrd(), *vendor().syn(3).packets]
    assert told([(when, header + data) for when, data in story], link=link).target == "27000@licsrv"
    assert verdict([(when, header + data) for when, data in story], link=link) == "vendor-filtered"


def test_a_link_layer_that_can_not_be_read_is_said() -> None:
    analysis = analyze(io.BytesIO(pcap(Talk().syn(3).packets, link=127)))
    assert "link type that cannot be read: 127" in str(analysis.broken)


def test_ip_options_and_extension_headers_are_stepped_over() -> None:
    def options(data: bytes) -> bytes:
        total = int.from_bytes(data[2:4]) + 4
        return b"\x46" + data[1:2] + total.to_bytes(2) + data[4:20] + b"\x01\x01\x01\x00" + data[20:]

    def extended(data: bytes) -> bytes:
        hop = bytes((data[6], 0)) + bytes(6)
        return data[:4] + (int.from_bytes(data[4:6]) + 8).to_bytes(2) + b"\0" + data[7:40] + hop + data[40:]

    four = [*lmgrd(), *vendor().syn(3).packets]
    assert verdict([(when, options(data)) for when, data in four]) == "vendor-filtered"
    ends = {"client": "2001:db8::10", "server": "2001:db8::20"}
    six = [*lmgrd(**ends), *vendor(**ends).syn(3).packets]
    assert verdict(six) == "vendor-filtered"
    assert verdict([(when, extended(data)) for when, data in six]) == "vendor-filtered"


def test_padding_of_short_frames_is_no_payload() -> None:
    frames = [(when, (ETHER + b"\x08\x00" + data).ljust(60, b"\x2f")) for when, data in [*lmgrd(), *good()]]
    assert verdict(frames, link=1) == "healthy"
