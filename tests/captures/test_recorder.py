"""The recorder: everything that the block does is in the file, and nothing of the machine."""

from __future__ import annotations

import socket
import struct
from pathlib import Path

import pytest

from lmwire.netns import Namespace, Network
from tests.captures.pcapng import INTERFACE, PACKET, SECTION, Packet, blocks, neutral, options, packets
from tests.captures.recorder import RecorderError, recorded

END = b"the end"


def block(kind: int, body: bytes) -> bytes:
    size = struct.pack("<I", len(body) + 12)
    return struct.pack("<I", kind) + size + body + size


def option(code: int, value: bytes) -> bytes:
    return struct.pack("<HH", code, len(value)) + value.ljust(len(value) + -len(value) % 4, b"\0")


def packet(interface: int, time: int, data: bytes) -> bytes:
    head = struct.pack("<IIIII", interface, time >> 32, time & 0xFFFFFFFF, len(data), len(data) + 9)
    return block(PACKET, head + data.ljust(len(data) + -len(data) % 4, b"\0") + option(1, b"a comment"))


def talkative(resolution: bytes = b"\x09") -> bytes:
    """A capture as dumpcap writes it: with what made it, on what, and how."""
    section = struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1) + option(2, b"a processor") + option(4, b"Dumpcap")
    interface = struct.pack("<HHI", 1, 0, 262144) + option(2, b"eth0") + option(9, resolution) + option(12, b"Linux")
    told = [block(SECTION, section), block(INTERFACE, interface), block(INTERFACE, interface)]
    told += [packet(0, 3 << 32, b"second"), packet(1, 2 << 32, b"first"), packet(0, 4 << 32, END)]
    told += [packet(0, 5 << 32, b"after its end"), packet(1, 6 << 32, b"third"), packet(1, 7 << 32, END)]
    return b"".join(told) + block(5, bytes(12) + option(1, b"statistics"))


def test_only_packets_are_kept_in_order_of_time_and_as_far_as_the_end() -> None:
    data = neutral(talkative(), END)
    assert [block.kind for block in blocks(data)] == [SECTION, INTERFACE, INTERFACE, *[PACKET] * 3]
    assert [options(block) for block in blocks(data)] == [{}, {9: b"\x09"}, {9: b"\x09"}, {}, {}, {}]
    assert list(packets(data)) == [
        Packet(1, 2 << 32, b"first", 14),
        Packet(0, 3 << 32, b"second", 15),
        Packet(1, 6 << 32, b"third", 14),
    ]


def test_times_that_would_be_misread_are_refused() -> None:
    with pytest.raises(ValueError, match="not in nanoseconds"):
        neutral(talkative(b"\x06"), END)
    with pytest.raises(ValueError, match="little-endian"):
        list(blocks(struct.pack(">III", SECTION, 12, 0x1A2B3C4D)))


def say(port: int, count: int) -> None:
    """Knock so often at a closed port of this machine."""
    for _ in range(count):
        with socket.socket() as sock, pytest.raises(ConnectionRefusedError):
            sock.connect(("127.0.0.1", port))


@pytest.mark.network
def test_every_packet_of_the_block_is_in_the_file(tmp_path: Path) -> None:
    with Network() as network:
        client, server = network.host("client"), network.host("server")
        network.link(client, server)
        file = tmp_path / "some.pcapng"
        with recorded(client, ("server", "lo"), file):
            client.call(say, 9, 300)
    found = list(packets(file.read_bytes()))
    assert len(found) == 600  # a SYN and a reset each
    assert {one.interface for one in found} == {1}


@pytest.mark.network
def test_a_block_that_fails_leaves_no_file(tmp_path: Path) -> None:
    with Namespace("client") as client:
        with pytest.raises(ZeroDivisionError), recorded(client, ("lo",), tmp_path / "none.pcapng"):
            _ = 1 / 0
        with pytest.raises(RecorderError, match="nosuch"), recorded(client, ("nosuch",), tmp_path / "none.pcapng"):
            pass
    assert not list(tmp_path.iterdir())
