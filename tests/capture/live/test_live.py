"""Packets off the wire: by Linux' ring and by scapy's sockets, told alike; and written so that all can read them."""

from __future__ import annotations

import fcntl
import io
import socket
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from lmwire.capture.errors import UnknownInterfaceError
from lmwire.capture.files.reader import CaptureFile
from lmwire.capture.live.listen import listen
from lmwire.capture.live.ring import Ring, _tagged
from lmwire.capture.live.scapy_source import ScapySource
from lmwire.capture.live.source import ANY, LivePacket, PacketSource
from lmwire.capture.live.writer import LiveWriter
from lmwire.netns import Namespace
from tests.capture.listening import tshark, until

WORDS = b"of no use to anybody"


def heard(source: PacketSource, *, send: Callable[[], object]) -> list[LivePacket]:
    """Return packets with our words, once there are three of them."""
    found: list[LivePacket] = []

    def enough() -> bool:
        found.extend(packet for packet in source.batch(0.1) if WORDS in packet.data)
        return len(found) >= 3

    for _ in range(3):
        send()
    until(enough)
    return found


# From <linux/if_tun.h>: a network interface whose other end is a file.
_TUNSETIFF, _TUN, _NO_INFORMATION = 0x400454CA, 1, 0x1000


def to_loopback() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.sendto(WORDS, ("127.0.0.1", 9))


@pytest.mark.network
@pytest.mark.parametrize("interface", [ANY, "lo"])
def test_loopback_shows_each_packet_once(interface: str) -> None:
    def here() -> list[LivePacket]:
        with listen(interface) as source:
            found = heard(source, send=to_loopback)
            assert (source.dropped, source.trouble) == (0, "")
        return found

    with Namespace("alone") as alone:
        found = alone.call(here)
    datagrams = [packet for packet in found if packet.data[23] == socket.IPPROTO_UDP]
    assert len(datagrams) == 3
    assert {(packet.link, packet.interface, len(packet.data)) for packet in datagrams} == {(1, "lo", 42 + len(WORDS))}
    assert [packet.when for packet in found] == sorted(packet.when for packet in found)


@pytest.mark.network
def test_a_tunnel_has_a_cooked_header() -> None:
    def here() -> list[LivePacket]:
        with open("/dev/net/tun", "r+b", buffering=0) as tunnel:  # noqa: PTH123 # a Path is no clearer here
            fcntl.ioctl(tunnel, _TUNSETIFF, struct.pack("16sH22x", b"tun0", _TUN | _NO_INFORMATION))
            alone.ip("address add 203.0.113.8/24 dev tun0", "link set tun0 up")
            with listen("tun0") as source, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
                return heard(source, send=lambda: sock.sendto(WORDS, ("203.0.113.9", 9)))

    with Namespace("alone") as alone:
        found = alone.call(here)
    assert {packet.link for packet in found} == {276}
    assert {packet.data[:2] for packet in found} == {b"\x08\x00"}
    assert {packet.data[20] for packet in found} == {0x45}


@pytest.mark.network
def test_an_interface_that_goes_down_is_told_and_may_come_back() -> None:
    def here() -> list[LivePacket]:
        with listen("lo") as source:
            alone.ip("link set lo down")
            assert source.batch(5.0) == []
            assert source.trouble == "it is down"
            alone.ip("link set lo up")
            return heard(source, send=to_loopback)

    with Namespace("alone") as alone:
        assert {packet.interface for packet in alone.call(here)} == {"lo"}


@pytest.mark.network
@pytest.mark.parametrize("kind", [Ring, ScapySource])
def test_an_unknown_interface(kind: Callable[[str], PacketSource]) -> None:
    for name in ("", "nosuch0", "much-too-long-for-an-interface"):
        with pytest.raises(UnknownInterfaceError, match=r"use one of: any, .*lo"):
            kind(name)


@pytest.mark.network
def test_scapy_s_sockets_show_the_same() -> None:
    with ScapySource("lo") as source:
        found = heard(source, send=to_loopback)
        assert source.dropped is None
    assert {(packet.link, packet.interface) for packet in found} == {(1, "lo")}


def test_a_tag_that_the_network_card_took_out_is_put_back() -> None:
    frame = bytes(range(12)) + b"\x08\x00rest"
    assert _tagged(frame, 0x2007, 0x8100) == bytes(range(12)) + b"\x81\x00\x20\x07\x08\x00rest"


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    file = tmp_path / "out.pcapng"
    packets = [
        LivePacket(1_764_000_000_123_456_789, 1, b"\x02" * 14 + b"x" * size, size + 20, f"eth{size % 2}")
        for size in (1, 2, 3, 4, 1000)
    ]
    with file.open("wb") as out:
        writer = LiveWriter(out)
        writer.write(packets[:2])
        with CaptureFile(file) as read:  # whole after each write
            assert len(list(read)) == 2
        writer.write(packets[2:])
    with CaptureFile(file) as read:
        found = list(read)
    assert [(link, data, size) for _, link, data, size in found] == [(one.link, one.data, one.size) for one in packets]
    assert [when for when, *_ in found] == pytest.approx([one.when / 1e9 for one in packets])
    rows = tshark(file, "-T", "fields", "-e", "frame.time_epoch", "-e", "frame.interface_name").splitlines()
    assert [row.split() for row in rows] == [["1764000000.123456789", one.interface] for one in packets]


def test_an_empty_recording_is_a_capture() -> None:
    out = io.BytesIO()
    LiveWriter(out)
    assert struct.unpack_from("<I", out.getvalue())[0] == 0x0A0D0D0A
    out.seek(0)
    with CaptureFile(out) as read:
        assert list(read) == []
