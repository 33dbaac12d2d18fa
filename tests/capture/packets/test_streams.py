"""Streams put back in order: as they were sent, and as tshark puts them, however the packets were mangled."""

from __future__ import annotations

import random
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmwire.capture.packets.decode import FIN, SYN, datagram, network, segment
from lmwire.capture.packets.streams import Stream
from tests.capture.wire import ACK, PSH, Packet, Talk, pcap

FIRST_PORT = 40000
RAW = 101
PIECES = st.lists(st.binary(min_size=1, max_size=40), min_size=1, max_size=12)


def fed(stream: Stream, pieces: list[tuple[int, bytes]], first: int = 0) -> bytes:
    return b"".join(stream.segment(first + at, data, len(data)) for at, data in pieces)


def placed(pieces: list[bytes]) -> list[tuple[int, bytes]]:
    ends = [0]
    for piece in pieces:
        ends.append(ends[-1] + len(piece))
    return list(zip(ends, pieces, strict=False))


@given(PIECES, st.randoms(use_true_random=False), st.integers(0, (1 << 32) - 1))
def test_any_order_with_repeats_gives_the_bytes_that_were_sent(
    pieces: list[bytes], chance: random.Random, first: int
) -> None:
    whole = b"".join(pieces)
    sent = placed(pieces)
    for _ in range(chance.randrange(8)):  # overlapping copies
        start = chance.randrange(len(whole))
        sent.append((start, whole[start : start + chance.randrange(1, 60)]))
    chance.shuffle(sent)
    stream = Stream()
    stream.begin(first)
    assert fed(stream, sent, first) == whole
    assert (stream.whole, stream.conflicts, stream.missing, stream.waiting) == (True, False, 0, 0)


@given(PIECES, st.data())
def test_a_hole_is_said_and_nothing_behind_it_comes_out(pieces: list[bytes], data: st.DataObject) -> None:
    lost = data.draw(st.integers(0, len(pieces) - 1))
    sent = placed(pieces)
    stream = Stream()
    stream.begin(0)
    at, gone = sent.pop(lost)
    assert fed(stream, sent) == b"".join(pieces)[:at]
    assert stream.missing == (len(gone) if lost < len(pieces) - 1 else 0)


@given(st.lists(st.tuples(st.integers(0, (1 << 32) - 1), st.binary(max_size=50), st.integers(0, 60)), max_size=60))
def test_anything_at_all_is_survived_within_bounds(segments: list[tuple[int, bytes, int]]) -> None:
    stream = Stream()
    stream.begin(0)
    out = b"".join(stream.segment(at, data, len(data) + more) for at, data, more in segments)
    assert len(out) == stream.next <= stream.top or not out


def test_of_bytes_that_came_twice_the_first_count_and_the_difference_is_noted() -> None:
    stream = Stream()
    stream.begin(0)
    assert fed(stream, [(0, b"abcd"), (2, b"CDef")]) == b"abcdef"
    assert stream.conflicts
    waiting = Stream()
    waiting.begin(0)
    assert fed(waiting, [(4, b"efgh"), (2, b"CDEF"), (0, b"ab")]) == b"abCDefgh"
    assert waiting.conflicts


def test_keep_alives_are_no_conflict() -> None:
    stream = Stream()
    stream.begin(0)
    assert fed(stream, [(0, b"abcd"), (3, b"\0"), (4, b"ef")]) == b"abcdef"
    assert not stream.conflicts


def test_the_sequence_number_wraps() -> None:
    stream = Stream()
    stream.begin((1 << 32) - 3)
    assert stream.segment((1 << 32) - 3, b"abcdef", 6) == b"abcdef"
    assert stream.segment(3, b"gh", 2) == b"gh"


def test_strays_are_counted_and_left_out() -> None:
    stream = Stream()
    stream.begin(0)
    assert stream.segment(1 << 30, b"garbage", 7) == b""
    assert fed(stream, [(0, b"abc")]) == b"abc"
    assert (stream.strays, stream.whole) == (1, True)


def test_what_waits_is_bounded_in_bytes_and_in_pieces() -> None:
    stream = Stream()
    stream.begin(0)
    for at in range(1, 100_000, 2):
        stream.segment(at, b"x", 1)
    assert stream.waiting < 1000
    other = Stream()
    other.begin(0)
    for at in range(1, 200_000, 1400):
        other.segment(at, bytes(1300), 1300)
    assert other.waiting <= 1 << 16


# Against tshark -----------------------------------------------------------------------------------------------------

Mangle = Callable[[list[Packet], random.Random], list[Packet]]


def conversation(port: int, chance: random.Random) -> Talk:
    """Two sides that say random bytes in segments of random sizes."""
    talk = Talk(client_port=port, first=(chance.getrandbits(32), chance.getrandbits(32)))
    talk.connect()
    for _ in range(chance.randrange(4, 14)):
        talk.put(chance.randrange(2), PSH | ACK, chance.randbytes(chance.randrange(1, 90)))
    return talk


def reordered(packets: list[Packet], chance: random.Random) -> list[Packet]:
    later = packets[3:]
    for _ in range(8):
        at = chance.randrange(len(later) - 1)
        # Within one direction: tshark takes bytes that are acknowledged before they come for lost by the capture.
        if later[at][1][12:16] == later[at + 1][1][12:16]:
            later[at], later[at + 1] = later[at + 1], later[at]
    return packets[:3] + later


def duplicated(packets: list[Packet], chance: random.Random) -> list[Packet]:
    return [again for packet in packets for again in [packet] * chance.choice((1, 1, 2, 3))]


def lossy(packets: list[Packet], chance: random.Random) -> list[Packet]:
    return packets[:3] + [packet for packet in packets[3:] if chance.random() > 0.2]


def cut_short(packets: list[Packet], chance: random.Random) -> list[Packet]:
    return packets[: chance.randrange(4, len(packets))]


def late_start(packets: list[Packet], chance: random.Random) -> list[Packet]:
    return packets[chance.randrange(3, len(packets) - 2) :]


def untouched(packets: list[Packet], _chance: random.Random) -> list[Packet]:
    return packets


def overlapping(port: int, chance: random.Random) -> list[Packet]:
    """A conversation in which segments repeat parts of what was sent, or more of it at once."""
    talk = Talk(client_port=port)
    talk.connect()
    said = chance.randbytes(600)
    at = 0
    while at < len(said):
        start = max(0, at - chance.randrange(80))
        stop = min(len(said), at + chance.randrange(1, 120))
        talk.put(1, PSH | ACK, said[start:stop], at=1 + start)
        at = stop
    return talk.packets


def ours(data: bytes) -> dict[tuple[int, int], tuple[bytes, bool]]:
    """Return source and destination port → the stream in order, and whether it has a hole."""
    streams: dict[tuple[int, int], Stream] = {}
    out: dict[tuple[int, int], bytearray] = {}
    for packet in records(data):
        found = datagram(network(RAW, packet)[0], packet, 0)
        assert found is not None
        seen = segment(packet, found)
        assert seen is not None
        key = (seen.source_port, seen.destination_port)
        stream = streams.setdefault(key, Stream())
        if not stream.begun:
            stream.begin(seen.sequence + bool(seen.flags & SYN))
        bytes_ = out.setdefault(key, bytearray())
        if seen.size:
            bytes_ += stream.segment(seen.sequence, seen.payload, seen.size)
        if seen.flags & FIN:
            stream.finish(seen.sequence + seen.size)
    return {key: (bytes(out[key]), not streams[key].whole) for key in streams}


def records(data: bytes) -> Iterator[bytes]:
    at = 24
    while at < len(data):
        size = int.from_bytes(data[at + 8 : at + 12], "little")
        yield data[at + 16 : at + 16 + size]
        at += 16 + size


def tsharks(path: Path, streams: int) -> dict[tuple[int, int], bytes]:
    """Return the same as tshark follows the streams."""
    follow = [option for number in range(streams) for option in ("-z", f"follow,tcp,raw,{number}")]
    command = ["tshark", "-n", "-r", str(path), "-q", *follow]
    shown = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout  # noqa: S603
    found: dict[tuple[int, int], bytes] = {}
    ports = [0, 0]
    for line in shown.splitlines():
        if line.startswith("Node "):
            ports[int(line[5])] = int(line.rpartition(":")[2])
        elif line and set(line) <= set("\t0123456789abcdef"):
            key = (ports[1], ports[0]) if line.startswith("\t") else (ports[0], ports[1])
            found[key] = found.get(key, b"") + bytes.fromhex(line)
    return found


@pytest.mark.parametrize("mangle", [untouched, reordered, duplicated, lossy, cut_short, late_start])
def test_streams_are_those_of_tshark(mangle: Mangle, tmp_path: Path) -> None:
    chance = random.Random(mangle.__name__)  # noqa: S311 # tests want the same each time
    talks = [mangle(conversation(FIRST_PORT + number, chance).packets, chance) for number in range(40)]
    compare([packet for packets in talks for packet in packets], len(talks), tmp_path)


def test_overlapping_streams_are_those_of_tshark(tmp_path: Path) -> None:
    chance = random.Random(7)  # noqa: S311 # tests want the same each time
    talks = [overlapping(FIRST_PORT + number, chance) for number in range(40)]
    compare([packet for packets in talks for packet in packets], len(talks), tmp_path)


def test_snapped_streams_are_the_beginning_of_tsharks(tmp_path: Path) -> None:
    chance = random.Random(8)  # noqa: S311 # tests want the same each time
    talks = [conversation(FIRST_PORT + number, chance).packets for number in range(40)]
    compare([packet for packets in talks for packet in packets], len(talks), tmp_path, snap=96)


def compare(packets: list[Packet], streams: int, folder: Path, snap: int | None = None) -> None:
    path = folder / "mangled.pcap"
    path.write_bytes(pcap(packets, snap=snap))
    mine, theirs = ours(path.read_bytes()), tsharks(path, streams)
    assert len(mine) >= streams
    for key, (data, hole) in mine.items():
        other = theirs.get(key, b"")
        # Behind a hole tshark goes on where it can; we don't.
        assert other.startswith(data) if hole else other == data, key
    assert sum(len(data) for data, _ in mine.values()) > 1000
