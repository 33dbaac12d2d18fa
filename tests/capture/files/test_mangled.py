"""The real client's captures, mangled: their streams are those of tshark, byte by byte, and their verdicts stay."""

from __future__ import annotations

import io
import random
import subprocess
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import pytest

from lmwire.capture import analyze
from lmwire.capture.files.reader import CaptureFile
from lmwire.capture.packets.decode import ACK, SYN
from lmwire.capture.packets.streams import Stream
from lmwire.diagnosis import diagnose
from tests.capture.mangle import MANGLES, placed
from tests.capture.wire import Packet, pcap

pytestmark = pytest.mark.slow

FOLDER = Path(__file__).resolve().parents[3] / "captures" / "real-client"
FILES = sorted(FOLDER.glob("*.pcap"))
SNAP = 96
HOW = [*MANGLES, "snapped"]
LESS = {"snapped", "midstream"}
"""Mangles after which a capture holds less than before."""

Ends = tuple[str, str]
"""Address and port, with a colon between: of who sent, and of who received."""


def packets_of(path: Path) -> list[Packet]:
    with CaptureFile(path) as file:
        return [(when, data) for when, _, data, _ in file]


def mangled(path: Path, how: str) -> list[Packet]:
    if how == "snapped":  # it is the file that holds less: `capture` sees to that
        return packets_of(path)
    return MANGLES[how](packets_of(path), random.Random(f"{how} {path.name}"))  # noqa: S311 # the same each time


def capture(packets: Iterable[Packet], how: str) -> bytes:
    return pcap(packets, link=1) if how != "snapped" else pcap(packets, link=1, snap=SNAP)


def verdicts(data: bytes) -> set[str]:
    analysis = analyze(io.BytesIO(data))
    assert analysis.broken is None
    return {diagnose(case.evidence).verdict.id for case in analysis.cases}


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_verdict_stays(path: Path, how: str) -> None:
    whole = verdicts(path.read_bytes())
    found = verdicts(capture(mangled(path, how), how))
    if how in LESS:
        # Of a walk through the default range, without its connects, what is left is one server that answers.
        walk = {"healthy"} if path.stem == "default-range-scan" and how == "midstream" else set()
        assert found <= whole | walk | {"inconclusive"}
    else:
        assert found == whole


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_bytes_that_differ_the_second_time_are_spoken_of(path: Path) -> None:
    analysis = analyze(io.BytesIO(pcap(mangled(path, "conflicting"), link=1)))
    for case in analysis.cases:
        if any(leg.received > 1 for leg in case.evidence.legs):
            assert any("sent twice with different content" in limit for limit in case.evidence.limits)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_what_accepts_may_be_captured_before_what_it_answers(path: Path) -> None:
    packets = packets_of(path)
    for at in range(len(packets) - 1):
        place = placed(packets[at + 1][1])
        if place is not None and place.seen.flags & (SYN | ACK) == SYN | ACK:
            packets[at : at + 2] = [(packets[at][0], packets[at + 1][1]), (packets[at + 1][0], packets[at][1])]
    assert verdicts(pcap(packets, link=1)) == verdicts(path.read_bytes())


# Against tshark -----------------------------------------------------------------------------------------------------


def numbered(packets: Iterable[Packet], number: int) -> list[Packet]:
    """Return the TCP packets with addresses of their own, so that many captures go into one."""
    out = []
    for when, data in packets:
        place = placed(data)
        if place is not None:
            new = bytearray(data)
            new[place.ip + 12 : place.ip + 14] = new[place.ip + 16 : place.ip + 18] = (2560 + number).to_bytes(2)
            out.append((when, bytes(new)))
    return out


def ours(packets: Iterable[Packet]) -> dict[Ends, tuple[bytes, bool]]:
    """Return the streams in order, and whether each has a hole."""
    streams: defaultdict[Ends, Stream] = defaultdict(Stream)
    out: defaultdict[Ends, bytearray] = defaultdict(bytearray)
    for _, data in packets:
        place = placed(data)
        assert place is not None
        seen = place.seen
        ends = (f"{shown(seen.source)}:{seen.source_port}", f"{shown(seen.destination)}:{seen.destination_port}")
        stream = streams[ends]
        if not stream.begun:
            stream.begin(seen.sequence + bool(seen.flags & SYN))
        if seen.size:
            out[ends] += stream.segment(seen.sequence, seen.payload, seen.size)
    return {ends: (bytes(data), not streams[ends].whole) for ends, data in out.items()}


def connections(packets: Iterable[Packet]) -> set[frozenset[tuple[bytes, int]]]:
    seen = [place.seen for _, data in packets if (place := placed(data)) is not None]
    return {frozenset({(one.source, one.source_port), (one.destination, one.destination_port)}) for one in seen}


def shown(address: bytes) -> str:
    return ".".join(map(str, address))


def tsharks(path: Path, streams: int) -> dict[Ends, bytes]:
    """Return the same as tshark follows the streams, which puts them in order by itself."""
    follow = [option for number in range(streams) for option in ("-z", f"follow,tcp,raw,{number}")]
    command = ["tshark", "-n", "-r", str(path), "-q", *follow]
    text = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout  # noqa: S603
    found: defaultdict[Ends, bytes] = defaultdict(bytes)
    nodes = ["", ""]
    for line in text.splitlines():
        if line.startswith("Node "):
            nodes[int(line[5])] = line.partition(": ")[2]
        elif line and set(line) <= set("\t0123456789abcdef"):
            found[(nodes[1], nodes[0]) if line.startswith("\t") else (nodes[0], nodes[1])] += bytes.fromhex(line)
    return dict(found)


def compare(captures: Iterable[list[Packet]], how: str, folder: Path) -> int:
    """Compare all streams of all captures; return how many there were."""
    packets = [packet for number, each in enumerate(captures) for packet in numbered(each, number)]
    whole = ours(packets)
    path = folder / "mangled.pcap"
    path.write_bytes(capture(packets, how))
    kept = [(when, data[:SNAP] if how == "snapped" else data) for when, data in packets]
    mine = ours(kept)
    theirs = tsharks(path, len(connections(packets)))
    for ends, (data, hole) in mine.items():
        other = theirs.get(ends, b"")
        # Behind a hole tshark goes on where it can; we don't.
        assert other.startswith(data) if hole else other == data, ends
        if how == "snapped":
            assert whole[ends][0].startswith(data)
    return sum(bool(data) for data, _ in mine.values())


@pytest.mark.parametrize("how", HOW)
def test_streams_are_those_of_tshark(how: str, tmp_path: Path) -> None:
    captures = [mangled(path, how) for path in FILES]
    assert compare(captures, how, tmp_path) > 80


@pytest.mark.parametrize("name", ["healthy", "reply-in-pieces"])
def test_streams_cut_after_every_packet_are_those_of_tshark(name: str, tmp_path: Path) -> None:
    packets = mangled(FOLDER / f"{name}.pcap", "reordered")
    assert compare((packets[:end] for end in range(1, len(packets), 3)), "cut", tmp_path) > 20
