"""What Wireshark shows is what lmwire reads, field by field."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from scapy.packet import Packet

from lmwire.wire import Hello, HelloAnswer, LegacyError, Referral, crc, encode, encode_raw, header_sum, legacy_sum
from tests.capture.dissect.pcaps import FIRST_PORT, Piece, connection, cut, write
from tests.capture.dissect.tshark import Shown, assert_shows, decoded, run, shown_frames
from tests.vectors_table import vectors
from tests.wire.strategies import messages

pytestmark = pytest.mark.tshark

INSIDE, OUTSIDE = 27000, 40123
HELLO = encode(Hello(vendor="ibmratl", user="carol", host="ws7", platform="x64_linux", pid=4711))
REFERRAL = encode(Referral(host="licsrv", port=45678))


def _direction(client_port: int, port: int, *, to_server: bool) -> tuple[int, int]:
    return (client_port, port) if to_server else (port, client_port)


def _assert_same(shown: list[Shown], data: bytes) -> None:
    frames, error = decoded(data)
    assert len(shown) >= len(frames), data
    for seen, frame in zip(shown, frames, strict=False):
        assert_shows(seen, frame)
    left = shown[len(frames) :]
    if error is None or error.kind in {"truncated", "magic"}:
        assert not left
    else:
        assert left[0].status == "0"


@pytest.mark.parametrize("port", [INSIDE, OUTSIDE])
def test_every_vector(tmp_path: Path, port: int) -> None:
    packets: list[Packet] = []
    for at, vector in enumerate(vectors()):
        piece = Piece(vector.direction == "to server", vector.data)
        packets += connection([piece], client_port=FIRST_PORT + at, port=port)
    shown = shown_frames(write(tmp_path / "vectors.pcap", packets))
    for at, vector in enumerate(vectors()):
        direction = _direction(FIRST_PORT + at, port, to_server=vector.direction == "to server")
        _assert_same(shown.get(direction, []), vector.data)


def _one_of_each_kind() -> list[bytes]:
    """The shortest vector for each first frame's type, and one of several frames."""
    found: dict[object, bytes] = {}
    for vector in vectors():
        frames, error = decoded(vector.data)
        if error is None:
            kind = tuple(frame.type for frame in frames)
            found[kind] = min(vector.data, found.get(kind, vector.data), key=len)
    return sorted(found.values())


@pytest.mark.parametrize("port", [INSIDE, OUTSIDE])
def test_cut_at_every_byte(tmp_path: Path, port: int) -> None:
    packets: list[Packet] = []
    expected: dict[tuple[int, int], bytes] = {}
    for data in _one_of_each_kind():
        for cuts in [*((at,) for at in range(1, len(data))), range(1, len(data))]:
            client_port = FIRST_PORT + len(expected)
            pieces = [Piece(True, HELLO), *cut(data, at=cuts, to_server=False)]
            packets += connection(pieces, client_port=client_port, port=port)
            expected[port, client_port] = data
    shown = shown_frames(write(tmp_path / "cut.pcap", packets))
    assert len(expected) > 400
    for direction, data in expected.items():
        _assert_same(shown[direction], data)


def test_several_frames_in_a_segment_and_across_segments_over_ipv6(tmp_path: Path) -> None:
    data = HELLO + encode_raw(0x4E, b"x" * 70000) + encode(LegacyError(text="-97")) + REFERRAL
    pieces = cut(data, at=range(1400, len(data), 1400), to_server=True)
    shown = shown_frames(
        write(tmp_path / "many.pcap", connection(pieces, client_port=FIRST_PORT, port=INSIDE, v6=True))
    )
    _assert_same(shown[FIRST_PORT, INSIDE], data)


def test_a_referral_teaches_its_port(tmp_path: Path) -> None:
    answer = encode(HelloAnswer(vendor="ibmratl", host="licsrv"))

    def vendor_talk(port: int, client_port: int) -> list[Packet]:
        pieces = [*cut(HELLO, at=(3, 7), to_server=True), *cut(answer, at=(1, 5), to_server=False)]
        return list(connection(pieces, client_port=client_port, port=port))

    # Cut before the eighth byte, the heuristic can't tell; a port that was named in a referral needs none.
    lmgrd = list(connection([Piece(True, HELLO), Piece(False, REFERRAL)], client_port=FIRST_PORT, port=INSIDE))
    packets = [*lmgrd, *vendor_talk(45678, FIRST_PORT + 1), *vendor_talk(45679, FIRST_PORT + 2)]
    shown = shown_frames(write(tmp_path / "learned.pcap", packets))
    _assert_same(shown[FIRST_PORT + 1, 45678], HELLO)
    _assert_same(shown[45678, FIRST_PORT + 1], answer)
    assert (FIRST_PORT + 2, 45679) not in shown


def test_a_referral_takes_no_port_from_another_protocol(tmp_path: Path) -> None:
    away = encode(Referral(host="licsrv", port=80))
    packets = list(connection([Piece(True, HELLO), Piece(False, away)], client_port=FIRST_PORT, port=INSIDE))
    get = Piece(True, b"GET / HTTP/1.1\r\nHost: licsrv\r\n\r\n")
    packets += connection([get], client_port=FIRST_PORT + 1, port=80)
    packets += connection([Piece(True, HELLO)], client_port=FIRST_PORT + 2, port=80)
    path = write(tmp_path / "http.pcap", packets)
    assert run(path, "-Y", "http.request", "-T", "fields", "-e", "http.host").split() == ["licsrv"]


def test_other_protocols_on_a_license_port_stay_theirs(tmp_path: Path) -> None:
    answer = Piece(False, b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
    long = Piece(False, b"HTTP/1.1 400 Bad Request\r\nContent-Length: 200\r\n\r\n" + b"<p>" * 66 + b"..")
    packets = list(connection([Piece(True, HELLO), answer], client_port=FIRST_PORT, port=INSIDE))
    packets += connection([Piece(True, HELLO), long], client_port=FIRST_PORT + 1, port=INSIDE)
    path = write(tmp_path / "foreign.pcap", packets)
    shown = shown_frames(path)
    assert set(shown) == {(FIRST_PORT, INSIDE), (FIRST_PORT + 1, INSIDE)}
    codes = run(path, "-Y", "http.response", "-T", "fields", "-e", "http.response.code").split()
    assert codes == ["400", "400"]


def _flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes((data[at] ^ 0x40,)) + data[at + 1 :]


@pytest.mark.parametrize("port", [INSIDE, OUTSIDE])
def test_a_damaged_byte_is_told_with_the_checksum_that_would_be_right(tmp_path: Path, port: int) -> None:
    packets: list[Packet] = []
    damaged: dict[int, bytes] = {}
    for whole in (HELLO, encode(LegacyError(text="-97"))):
        # Not the first byte nor the length: then it is no frame, or another one.
        for at in sorted(set(range(1, len(whole))) - {4, 5, 17}):
            client_port = FIRST_PORT + len(damaged)
            damaged[client_port] = _flipped(whole, at)
            pieces = [Piece(True, HELLO), Piece(True, damaged[client_port])]
            packets += connection(pieces, client_port=client_port, port=port)
    shown = shown_frames(write(tmp_path / "damaged.pcap", packets))
    for client_port, data in damaged.items():
        good, bad = shown[client_port, port]
        assert good.status == "1"
        assert bad.status == "0"
        right = (
            {"header_sum": header_sum(data), "crc": crc(data)} if data[:1] == b"/" else {"legacy_sum": legacy_sum(data)}
        )
        for name, expected in right.items():
            wrong = int(bad.fields[name][1], 0) != expected
            assert wrong == (f"{name}.bad" in bad.experts)
            told = bad.fields.get(f"{name}.expected")
            assert (told is not None and int(told[1], 0) == expected) == wrong


def test_a_snapped_capture_says_what_is_missing(tmp_path: Path) -> None:
    path = write(tmp_path / "whole.pcap", connection([Piece(True, HELLO)], client_port=FIRST_PORT, port=INSIDE))
    whole = path.read_bytes()
    # The last record holds 40 bytes of IP and TCP, and the hello: 20 bytes of it were not captured.
    record = whole[: -len(HELLO) - 56]
    captured, on_wire = len(HELLO) + 40 - 20, len(HELLO) + 40
    header = whole[len(record) : len(record) + 8] + captured.to_bytes(4, "little") + on_wire.to_bytes(4, "little")
    path.write_bytes(record + header + whole[len(record) + 16 : -20])
    (shown,) = shown_frames(path)[FIRST_PORT, INSIDE]
    assert shown.status == "2"
    assert "cut" in shown.experts
    assert shown.fields["user"][1] == "carol"


def test_the_info_column_reads_like_a_sentence(tmp_path: Path) -> None:
    nasty = encode(Referral(host="a\x1b[31m\xe9", port=27001))
    pieces = [
        Piece(True, HELLO),
        Piece(False, encode(LegacyError(text="-97"))),
        Piece(False, REFERRAL),
        Piece(False, nasty),
    ]
    path = write(tmp_path / "info.pcap", connection(pieces, client_port=FIRST_PORT, port=INSIDE))
    said = run(path, "-Y", "flexlm", "-T", "fields", "-e", "_ws.col.Info").splitlines()
    assert said == [
        "Hello vendor=ibmratl user=carol host=ws7",
        "Error -97: lmgrd answered, but the vendor daemon behind it is not running",
        "Referral licsrv:45678",
        "Referral a\\x1b[31m\\xe9:27001",
    ]
    assert "\x1b" not in run(path, "-V")


@pytest.mark.parametrize(
    ("expression", "count"),
    [
        ('flexlm.vendor == "ibmratl"', 1),
        ("flexlm.port == 45678", 1),
        ("flexlm.error == -97", 1),
        ('flexlm.error.name == "VENDOR_DOWN"', 1),
        ("flexlm.type == 0x0113", 1),
        ("flexlm.checksum.status == 1", 3),
        ("flexlm.crc.bad", 0),
        ("flexlm.header_sum == 0 and not flexlm", 0),
        ('flexlm.legacy.mark == "13"', 0),
    ],
)
def test_filters(tmp_path: Path, expression: str, count: int) -> None:
    pieces = [Piece(True, HELLO), Piece(False, encode(LegacyError(text="-97"))), Piece(False, REFERRAL)]
    path = write(tmp_path / "filters.pcap", connection(pieces, client_port=FIRST_PORT, port=INSIDE))
    assert len(run(path, "-Y", expression).splitlines()) == count


_streams = st.lists(
    st.one_of(
        messages.map(encode),
        st.tuples(messages.map(encode), st.integers(0, 200)).map(
            lambda pair: _flipped(pair[0], pair[1] % len(pair[0]))
        ),
        st.binary(min_size=1, max_size=200),
        st.binary(max_size=60).map(lambda body: b"\x2f" + body),
        st.builds(encode_raw, st.sampled_from([0x102, 0x108, 0x10E, 0x113, 0x146, 0x149]), st.binary(max_size=60)),
        st.builds(
            lambda letter, body: letter + body, st.sampled_from([b"h", b"W", b"L", b"H"]), st.binary(max_size=160)
        ),
    ),
    min_size=1,
    max_size=4,
).map(b"".join)


def test_fuzzed_streams_break_nothing_and_their_good_frames_are_shown(tmp_path: Path) -> None:
    made: list[tuple[bytes, list[Piece], int]] = []

    @settings(max_examples=300, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(_streams, st.sets(st.integers(1, 400), max_size=3), st.sampled_from([INSIDE, OUTSIDE, 45678]))
    def collect(data: bytes, cuts: set[int], port: int) -> None:
        made.append((data, cut(data, at=sorted(at for at in cuts if at < len(data)), to_server=True), port))

    collect()
    packets: list[Packet] = []
    for at, (_, pieces, port) in enumerate(made):
        packets += connection(pieces, client_port=FIRST_PORT + at, port=port)
    shown = shown_frames(write(tmp_path / "fuzzed.pcap", packets))
    compared = 0
    for at, (data, pieces, port) in enumerate(made):
        frames, _ = decoded(data)
        # In pieces, a letter that no server sends first is not waited for: it may be any other protocol.
        if port == INSIDE and len(pieces) == 1:
            for seen, frame in zip(shown.get((FIRST_PORT + at, port), [])[: len(frames)], frames, strict=True):
                assert_shows(seen, frame)
                compared += 1
    assert compared > 50
