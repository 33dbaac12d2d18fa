"""Every capture of the repository: tshark shows the frames that lmwire reads, and scapy finds the same."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pytest
from scapy.layers.inet import TCP
from scapy.packet import Padding
from scapy.sendrecv import sniff
from scapy.utils import rdpcap

from lmwire.capture.layer import FlexLM, FlexLMSession
from lmwire.capture.packets.streams import Stream
from tests.capture.dissect.pcaps import FIRST_PORT, Piece, connection, write
from tests.capture.dissect.tshark import DISSECTOR, Direction, assert_shows, decoded, shown_frames
from tests.vectors_table import vectors

pytestmark = pytest.mark.tshark

CAPTURES = sorted(path for path in DISSECTOR.parent.rglob("*") if path.suffix in {".pcap", ".pcapng"})


def _directions(path: Path) -> dict[Direction, bytes]:
    """Put each direction in order with lmwire's own reassembly."""
    streams: dict[Direction, Stream] = {}
    found: dict[Direction, bytes] = defaultdict(bytes)
    for packet in rdpcap(str(path)):
        if TCP not in packet:
            continue
        tcp = packet[TCP]
        ports = tcp.sport, tcp.dport
        if tcp.flags.S:
            streams[ports] = Stream()
            streams[ports].begin(tcp.seq + 1)
        elif tcp.payload and not isinstance(tcp.payload, Padding):
            if ports not in streams:  # the capture began in the middle
                streams[ports] = Stream()
                streams[ports].begin(tcp.seq)
            data = tcp.payload.original
            found[ports] += streams[ports].segment(tcp.seq, data, len(data))
    return found


def _check(path: Path) -> int:
    """Compare every frame of a capture; return how many there are."""
    shown = shown_frames(path)
    sniffed = b"".join(
        bytes(each[FlexLM]) for each in sniff(offline=str(path), session=FlexLMSession) if FlexLM in each
    )
    compared = 0
    for direction, data in _directions(path).items():
        frames, error = decoded(data)
        seen = shown.pop(direction, [])
        for one, frame in zip(seen[: len(frames)], frames, strict=True):
            assert_shows(one, frame)
            assert frame.raw in sniffed
        left = seen[len(frames) :]
        assert [one.status for one in left] == (["0"] if error is not None and error.kind in {"crc", "sum"} else [])
        compared += len(frames)
    assert not shown
    return compared


@pytest.mark.parametrize("path", CAPTURES, ids=lambda path: str(path.relative_to(DISSECTOR.parent)))
def test_every_capture_of_the_repository(path: Path) -> None:
    asked = any(data[:1] in {b"/", b"h"} for data in _directions(path).values())
    assert bool(_check(path)) == asked


def test_the_vectors(tmp_path: Path) -> None:
    packets = []
    for at, vector in enumerate(vectors()):
        piece = Piece(vector.direction == "to server", vector.data)
        packets += connection([piece], client_port=FIRST_PORT + at, port=27000)
    assert _check(write(tmp_path / "vectors.pcap", packets)) > 100
