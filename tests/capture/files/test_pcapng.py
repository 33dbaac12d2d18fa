"""pcapng: byte orders, resolutions, sections, and what is wrong with a block, with its place."""

from __future__ import annotations

import gzip
import io
import itertools
import struct
import tracemalloc
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmwire.capture import Analysis, CaptureError, analyze
from lmwire.capture.files.reader import CaptureFile
from lmwire.diagnosis import diagnose
from tests.capture.telling import lmgrd, name, vendor
from tests.capture.wire import Packet, Talk, pcap

STORY = [*name(), *lmgrd(), *vendor().syn(3).packets]
SECTION, INTERFACE, OLD_PACKET, SIMPLE, PACKET = 0x0A0D0D0A, 1, 2, 3, 6


def block(kind: int, body: bytes, order: str = "<", *, claimed: int | None = None) -> bytes:
    body += bytes(-len(body) % 4)
    length = len(body) + 12 if claimed is None else claimed
    return struct.pack(f"{order}II", kind, length) + body + struct.pack(f"{order}I", length)


def section(order: str = "<") -> bytes:
    return block(SECTION, struct.pack(f"{order}IHHq", 0x1A2B3C4D, 1, 0, -1), order)


def interface(order: str = "<", *, link: int = 101, resolution: int | None = None, offset: int | None = None) -> bytes:
    options = b"" if resolution is None else struct.pack(f"{order}HHBxxx", 9, 1, resolution)
    options += b"" if offset is None else struct.pack(f"{order}HHq", 14, 8, offset)
    options += struct.pack(f"{order}HH", 0, 0) if options else b""
    return block(INTERFACE, struct.pack(f"{order}HHI", link, 0, 65535) + options, order)


def packet(when: float, data: bytes, order: str = "<", *, ticks: int = 10**6, number: int = 0, extra: int = 0) -> bytes:
    stamp = round(when * ticks)
    head = (number, stamp >> 32, stamp & 0xFFFFFFFF, len(data) + extra, len(data))
    return block(PACKET, struct.pack(f"{order}5I", *head) + data, order)


def pcapng(packets: Sequence[Packet], order: str = "<") -> bytes:
    return section(order) + interface(order) + b"".join(packet(when, data, order) for when, data in packets)


def verdicts(data: bytes) -> list[str]:
    return [diagnose(case.evidence).verdict.id for case in analyze(io.BytesIO(data)).cases]


@pytest.mark.parametrize("packed", [False, True])
def test_no_packet_is_lost_where_a_piece_of_the_file_ends(packed: bool, tmp_path: Path) -> None:
    packets = [(float(number), bytes(number % 150 + 1)) for number in range(3000)]
    data = pcapng(packets)
    path = tmp_path / "long.pcapng"
    path.write_bytes(gzip.compress(data) if packed else data)
    with CaptureFile(path) as file:
        assert [(when, found) for when, _, found, _ in file] == packets


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("packed", [False, True])
def test_both_byte_orders_packed_or_not(order: str, packed: bool) -> None:
    data = pcapng(STORY, order)
    assert verdicts(gzip.compress(data) if packed else data) == ["vendor-filtered"]


@pytest.mark.parametrize("exact", [False, True])
@pytest.mark.parametrize(
    ("resolution", "ticks"),
    [(None, 10**6), (9, 10**9), (3, 10**3), (0, 1), (0x80, 1), (0x80 | 20, 1 << 20), (0x80 | 32, 1 << 32)],
)
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("offset", [None, 0, 1_700_000_000, -3600])
def test_times_count_in_parts_of_a_second_from_an_offset_on(
    resolution: int | None, ticks: int, order: str, offset: int | None, exact: bool
) -> None:
    data = section(order) + interface(order, resolution=resolution, offset=offset)
    data += packet(5000.0, b"x", order, ticks=ticks)
    old = struct.pack(f"{order}HHIIII", 0, 0, *divmod(6000 * ticks, 1 << 32), 4, 4) + b"yyyy"
    data += block(OLD_PACKET, old, order) + block(SIMPLE, struct.pack(f"{order}I", 4) + b"zzzz", order)
    with CaptureFile(io.BytesIO(data), exact=exact) as file:
        whens = [(float(when), isinstance(when, Fraction)) for when, *_ in file]
    assert whens == [(seconds + (offset or 0), exact) for seconds in (5000.0, 6000.0, 6000.0)]


@pytest.mark.parametrize(("resolution", "ticks"), [(9, 10**9), (3, 10**3), (0x80 | 20, 1 << 20)])
def test_times_are_in_the_interfaces_resolution(resolution: int, ticks: int) -> None:
    data = section() + interface(resolution=resolution)
    data += b"".join(packet(when, one, ticks=ticks) for when, one in Talk(when=1795487279.5).syn(3).packets)
    (case,) = analyze(io.BytesIO(data)).cases
    assert case.first == pytest.approx(1795487279.5, abs=1e-3)


def test_each_section_has_its_own_byte_order_and_interfaces() -> None:
    framed = [(when, b"\x02" * 12 + b"\x08\x00" + data) for when, data in STORY[8:]]
    second = section(">") + interface(">", link=1) + b"".join(packet(when, data, ">") for when, data in framed)
    assert verdicts(pcapng(STORY[:8]) + second) == ["vendor-filtered"]


def test_interfaces_may_differ_in_their_link_type() -> None:
    data = section() + interface() + interface(link=1)
    for (when, one), number in zip(STORY, itertools.cycle((0, 1)), strict=False):
        data += packet(when, b"\x02" * 12 + b"\x08\x00" + one if number else one, number=number)
    assert verdicts(data) == ["vendor-filtered"]


def test_statistics_at_the_end_are_no_damage() -> None:
    analysis = analyze(io.BytesIO(pcapng(STORY) + block(5, bytes(12))))
    assert (analysis.broken, len(analysis.cases)) == (None, 1)


def test_unknown_blocks_are_stepped_over() -> None:
    odd = block(0x0BAD, b"custom") + block(5, bytes(12)) + block(10, struct.pack("<II", 0x1234, 4) + b"keys")
    assert verdicts(section() + odd + interface() + odd + pcapng(STORY)[len(section() + interface()) :]) == [
        "vendor-filtered"
    ]


BAD = {
    "a packet claims more than its block": packet(1.0, bytes(40), extra=100),
    "a block claims 4 GB": block(PACKET, bytes(20), claimed=0xFFFFFFF0),
    "a block claims 16 MB": block(PACKET, bytes(20), claimed=1 << 24),
    "a block of no length": block(PACKET, bytes(20), claimed=0),
    "a packet of no bytes": packet(1.0, b""),
    "a length that differs at its end": block(PACKET, bytes(40))[:-1] + b"\x7f",
    "half a block": packet(1.0, bytes(40))[:30],
    "three bytes": b"\x06\0\0",
    "a packet too short": block(PACKET, bytes(8)),
    "half a section": section()[:14],
    "a section of another version": section().replace(b"\x01\0\0\0\xff", b"\x07\0\0\0\xff"),
    "a section with a lying length": block(SECTION, section()[8:24], claimed=0xFFFFFFF0),
}


@pytest.mark.parametrize("tail", BAD.values(), ids=BAD.keys())
def test_what_is_wrong_is_said_with_its_place_and_what_was_before_is_told(tail: bytes) -> None:
    good = pcapng(STORY)
    analysis = analyze(io.BytesIO(good + tail))
    assert analysis.broken is not None
    assert analysis.broken.offset is not None
    assert len(good) <= analysis.broken.offset <= len(good + tail)
    assert [diagnose(case.evidence).verdict.id for case in analysis.cases] == ["vendor-filtered"]


@pytest.mark.parametrize("maker", [pcap, pcapng])
def test_a_file_cut_anywhere_is_read_up_to_there(maker: object) -> None:
    whole = maker(Talk().syn(2).packets)  # type: ignore[operator]
    ends = set()
    for size in range(len(whole)):
        try:
            analysis = analyze(io.BytesIO(whole[:size]))
        except CaptureError:
            continue
        if analysis.broken is None:
            ends.add(size)
        else:
            assert analysis.broken.offset is not None
            assert analysis.broken.offset <= size
    assert len(ends) == (3 if maker is pcapng else 2)  # behind the header, or both of them, and the first packet


def test_a_gzip_cut_anywhere_is_read_up_to_there() -> None:
    packed = gzip.compress(pcap(STORY))
    packets = []
    for size in range(2, len(packed)):
        try:
            analysis = analyze(io.BytesIO(packed[:size]))
        except CaptureError:
            continue
        assert analysis.broken is not None
        packets.append(analysis.packets)
    assert packets == sorted(packets)
    assert set(packets) >= {1, len(STORY) // 2, len(STORY)}


@pytest.mark.parametrize("damage", [b"", b"no gzip", bytes(9), gzip.compress(b"\x07")], ids=len)
def test_what_a_gzip_held_before_it_breaks_is_told(damage: bytes) -> None:
    whole = gzip.compress(pcap(STORY))
    analysis = analyze(io.BytesIO(whole + damage if damage else whole[:-8] + bytes(8)))
    assert [diagnose(case.evidence).verdict.id for case in analysis.cases] == ["vendor-filtered"]
    assert (analysis.broken is None) == (damage == bytes(9))  # zeros may follow, as on tapes


def test_a_stream_that_is_not_ours_stays_open() -> None:
    stream = io.BytesIO(pcapng(STORY))
    analyze(stream)
    assert not stream.closed
    assert stream.tell() == len(stream.getvalue())


def test_the_progress_is_that_of_the_file() -> None:
    stream = io.BytesIO(pcapng(STORY))
    with CaptureFile(stream) as file:
        assert sum(1 for _ in file) == len(STORY)
        assert file.done == len(stream.getvalue())


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("kind", [OLD_PACKET, PACKET])
@pytest.mark.parametrize(("offset", "stamp"), [(None, 1 << 34), (-6000, 5000), (2**62, 5), (-(2**62), 5)])
def test_a_time_that_can_not_be_is_damage(offset: int | None, stamp: int, kind: int, order: str) -> None:
    good = section(order) + interface(order, resolution=0) + packet(5000.0, b"x", order, ticks=1)
    odd = struct.pack(f"{order}I" if kind == PACKET else f"{order}HH", *[1, 0][: 1 if kind == PACKET else 2])
    odd += struct.pack(f"{order}4I", *divmod(stamp, 1 << 32), 1, 1) + b"y"
    whole = good + interface(order, resolution=0, offset=offset)
    analysis = analyze(io.BytesIO(whole + block(kind, odd, order)))
    assert analysis.packets == 1
    assert analysis.broken is not None
    assert analysis.broken.offset == len(whole)
    assert "seconds since 1970" in str(analysis.broken)


@given(
    st.lists(st.tuples(st.sampled_from([1, 2, 3, 5, 6, 10, 0x80000001, SECTION]), st.binary(max_size=60)), max_size=8)
)
def test_any_blocks_give_a_result_or_a_capture_error(blocks: list[tuple[int, bytes]]) -> None:
    data = section() + interface() + b"".join(block(kind, body) for kind, body in blocks)
    analysis: Analysis = analyze(io.BytesIO(data))
    assert analysis.broken is None or analysis.broken.offset is not None


def test_names_of_many_interfaces_are_not_kept() -> None:
    named = block(INTERFACE, struct.pack("<HHI", 101, 0, 65535) + struct.pack("<HH", 2, 20_000) + bytes(20_004))
    data = section() + named * 3000
    tracemalloc.start()
    try:
        analyze(io.BytesIO(data))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 20 << 20  # the names alone are 60 MB
