"""Files that are no captures, broken ones, and anything at all: results or a CaptureError."""

from __future__ import annotations

import gzip
import io
import struct
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lmwire.capture import CaptureError, analyze

GOOD = Path(__file__).resolve().parents[3] / "captures" / "real-client" / "vendor-refused.pcap"
HEADER = GOOD.read_bytes()[:24]


def record(claimed: int, data: bytes) -> bytes:
    return struct.pack("<IIII", 1, 2, claimed, claimed) + data


NO_CAPTURES = {
    "empty": b"",
    "a PNG": b"\x89PNG\r\n\x1a\n" + bytes(100),
    "text": b"# not a capture\n" * 10,
    "half a header": HEADER[:10],
    "zeros": bytes(1000),
}
BROKEN = {
    "a record cut short": HEADER + record(200, bytes(100)),
    "a record has no bytes": HEADER + record(0, b""),
    "a lying length": HEADER + record(0xFFFFFFF0, bytes(100)),
    "a header cut short": HEADER + b"\1\2\3",
}


@pytest.mark.parametrize("data", NO_CAPTURES.values(), ids=NO_CAPTURES.keys())
def test_what_is_no_capture_is_said_to_be_none(data: bytes) -> None:
    with pytest.raises(CaptureError):
        analyze(io.BytesIO(data))


@pytest.mark.parametrize("data", BROKEN.values(), ids=BROKEN.keys())
def test_where_a_capture_breaks_is_said_with_the_offset(data: bytes) -> None:
    broken = analyze(io.BytesIO(data)).broken
    assert broken is not None
    assert broken.offset is not None
    assert 24 <= broken.offset <= len(data)


def test_what_was_read_before_it_broke_is_diagnosed() -> None:
    analysis = analyze(io.BytesIO(GOOD.read_bytes() + record(500, b"x")))
    assert analysis.broken is not None
    assert [case.evidence.vendor for case in analysis.cases] == ["MOSEKLM"]


def test_a_missing_file_is_told_like_one_that_can_not_be_read(tmp_path: Path) -> None:
    with pytest.raises(CaptureError):
        analyze(tmp_path / "missing.pcap")
    with pytest.raises(CaptureError):
        analyze(tmp_path)


def test_gzip_and_big_endian_and_nanoseconds_are_read_alike(tmp_path: Path) -> None:
    data = GOOD.read_bytes()
    swapped = bytearray(struct.pack(">IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 65535, 1))
    at = 24
    while at < len(data):
        seconds, micros, size, wire = struct.unpack_from("<IIII", data, at)
        swapped += struct.pack(">IIII", seconds, micros * 1000, size, wire) + data[at + 16 : at + 16 + size]
        at += 16 + size
    plain = analyze(GOOD).cases
    packed = tmp_path / "packed.pcap.gz"
    packed.write_bytes(gzip.compress(data))
    assert analyze(packed).cases == plain
    (other,) = analyze(io.BytesIO(bytes(swapped))).cases
    assert other.evidence.legs[-1].connect is plain[0].evidence.legs[-1].connect
    assert other.first == pytest.approx(plain[0].first, abs=1e-5)


@given(st.binary(max_size=600), st.booleans())
def test_any_bytes_give_a_result_or_a_capture_error(data: bytes, with_header: bool) -> None:
    try:
        analysis = analyze(io.BytesIO(HEADER + data if with_header else data))
    except CaptureError as error:
        assert str(error)  # noqa: PT017 # either is right, as long as it can be told
    else:
        assert analysis.packets >= 0


@given(st.lists(st.binary(min_size=1, max_size=120), max_size=6), st.sampled_from([0, 1, 101, 113, 276, 999]))
def test_any_packets_of_any_link_type_are_survived(packets: list[bytes], link: int) -> None:
    header = HEADER[:20] + struct.pack("<I", link)
    analysis = analyze(io.BytesIO(header + b"".join(record(len(packet), packet) for packet in packets)))
    assert analysis.packets == len(packets)


@settings(deadline=None)
@given(st.data())
def test_a_real_capture_with_any_bytes_changed_is_survived(data: st.DataObject) -> None:
    good = bytearray(GOOD.read_bytes())
    for _ in range(data.draw(st.integers(1, 30))):
        good[data.draw(st.integers(24, len(good) - 1))] = data.draw(st.integers(0, 255))
    analyze(io.BytesIO(bytes(good)))
