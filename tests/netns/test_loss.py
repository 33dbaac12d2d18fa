from __future__ import annotations

import itertools
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmwire.netns.loss import Loss, Packet, identify

_ACK, _SYN, _FIN, _RST = 0x10, 0x02, 0x01, 0x04


def _ipv4(protocol: int, payload: bytes, fragment: int = 0) -> bytes:
    header = struct.pack(
        "!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 7, fragment, 64, protocol, 0, b"\xc0\0\2\1", b"\xc0\0\2\2"
    )
    return bytes(12) + b"\x08\x00" + header + payload


def _ipv6(protocol: int, payload: bytes) -> bytes:
    header = struct.pack("!IHBB16s16s", 6 << 28, len(payload), protocol, 64, bytes(15) + b"\1", bytes(15) + b"\2")
    return bytes(12) + b"\x86\xdd" + header + payload


def _tcp(sequence: int, flags: int, data: bytes = b"", port: int = 40_000) -> bytes:
    return struct.pack("!HHIIBBHHH", port, 27_000, sequence, 0, 5 << 4, flags, 1000, 0, 0) + data


def _udp(payload: bytes) -> bytes:
    return struct.pack("!HHHH", 5000, 53, 8 + len(payload), 0) + payload


@pytest.mark.parametrize("wrap", [_ipv4, _ipv6])
@pytest.mark.parametrize(
    ("flags", "data", "kind"),
    [
        (_SYN, b"", "syn"),
        (_SYN | _ACK, b"", "syn"),
        (_ACK, b"", "ack"),
        (_ACK, b"hello", "data"),
        (_ACK | _FIN, b"", "fin"),
        (_RST, b"", "reset"),
    ],
)
def test_segments_are_told_apart(wrap: object, flags: int, data: bytes, kind: str) -> None:
    assert callable(wrap)
    packet = identify(wrap(6, _tcp(77, flags, data)))
    assert packet is not None
    assert (packet.flow[3], packet.identity) == (kind, 77)


def test_padding_of_a_short_frame_is_no_data() -> None:
    packet = identify(_ipv4(6, _tcp(1, _ACK)) + bytes(6))
    assert packet is not None
    assert packet.flow[3] == "ack"


@pytest.mark.parametrize(
    "frame",
    [
        pytest.param(bytes(12) + b"\x08\x06" + bytes(28), id="ARP"),
        pytest.param(_ipv6(58, b"\x87" + bytes(23)), id="neighbour solicitation"),
        pytest.param(b"", id="nothing"),
        pytest.param(bytes(12) + b"\x08\x00\x45", id="cut short"),
    ],
)
def test_what_is_never_lost(frame: bytes) -> None:
    assert identify(frame) is None
    assert not Loss(1.0, "any").takes(frame)


@given(st.binary(max_size=120), st.sampled_from([b"\x08\x00", b"\x86\xdd"]))
def test_any_frame_is_judged(data: bytes, ethertype: bytes) -> None:
    frame = bytes(12) + ethertype + data
    assert identify(frame) is None or isinstance(identify(frame), Packet)
    Loss(1.0, "any").takes(frame)


_FRAMES = st.lists(
    st.one_of(
        st.builds(
            lambda sequence, flags, data, port: _ipv4(6, _tcp(sequence, flags, data, port)),
            st.integers(0, 3),
            st.sampled_from([_SYN, _ACK, _FIN | _ACK]),
            st.sampled_from([b"", b"data"]),
            st.sampled_from([40_000, 40_001]),
        ),
        st.builds(lambda payload: _ipv4(17, _udp(payload)), st.sampled_from([b"a", b"b"])),
        st.builds(lambda payload: _ipv4(1, b"\x08\0" + payload, 0), st.sampled_from([b"a", b"b"])),
    ),
    max_size=60,
)


@given(_FRAMES, st.floats(0, 1), st.integers())
def test_no_packet_is_lost_twice_and_no_two_in_a_row(frames: list[bytes], rate: float, seed: int) -> None:
    loss = Loss(rate, str(seed))
    fates = [(packet, loss.takes(frame)) for frame in frames if (packet := identify(frame))]
    lost = [packet for packet, taken in fates if taken]
    assert len(lost) == len(set(lost))
    for flow in {packet.flow for packet in lost}:
        row = [taken for packet, taken in fates if packet.flow == flow]
        assert (True, True) not in itertools.pairwise(row)


def test_a_seed_repeats_its_losses_and_another_has_others() -> None:
    frames = [_ipv4(17, _udp(number.to_bytes(2))) for number in range(400)]

    def losses(seed: str) -> list[bool]:
        loss = Loss(0.3, seed)
        return [loss.takes(frame) for frame in frames]

    assert losses("1") == losses("1")
    assert losses("1") != losses("2")
    assert 50 < sum(losses("1")) < 150


def test_without_a_rate_nothing_is_lost() -> None:
    loss = Loss(0.0, "any")
    assert not any(loss.takes(_ipv4(17, _udp(number.to_bytes(2)))) for number in range(100))
