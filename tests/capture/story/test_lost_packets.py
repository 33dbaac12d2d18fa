"""A packet that a capture lacks leads to the same verdict, or to none; never to another one.

Recorded captures, each read once for each of its packets, without it. Not among them is name-to-loopback: only the
referral links a connection to the client's own loopback with the client, and without it lmwire takes it for another's.
"""

from __future__ import annotations

import io
import struct
from pathlib import Path

import pytest

from lmwire.capture import analyze
from lmwire.capture.files.reader import CaptureFile
from lmwire.diagnosis import diagnose

FOLDER = Path(__file__).parents[3] / "captures"
NAMES = (
    "healthy",
    "list-second-up",
    "lmgrd-silent",
    "referral-port-out-of-range",
    "referral-unresolvable",
    "referral-unresolvable-and-filtered",
    "referral-unresolvable-and-refused",
    "referral-wrong-address",
    "triad-second-up",
    "vendor-rejected-icmp",
    "vendor-rejected-rst",
)

Packet = tuple[float, bytes]


def packets_of(name: str) -> tuple[int, list[Packet]]:
    (path,) = FOLDER.glob(f"{name}.pcap*")
    with CaptureFile(path) as file:
        packets = [(when, link, data) for batch in file.batches() for when, link, data, _ in batch]
    return packets[0][1], [(when, data) for when, _, data in packets]


def told(link: int, packets: list[Packet]) -> set[str]:
    data = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 1 << 18, link) + b"".join(
        struct.pack("<IIII", int(when), int(when % 1 * 1e6), len(data), len(data)) + data for when, data in packets
    )
    return {diagnose(case.evidence).verdict.id for case in analyze(io.BytesIO(data)).cases}


@pytest.mark.parametrize("name", NAMES)
def test_no_single_lost_packet_leads_to_another_verdict(name: str) -> None:
    link, packets = packets_of(name)
    right = told(link, packets) | {"inconclusive"}
    wrong = {
        index: verdicts - right
        for index in range(len(packets))
        if not (verdicts := told(link, packets[:index] + packets[index + 1 :])) <= right
    }
    assert wrong == {}
