"""The three answers, whatever comes; bounded in memory and time."""

from __future__ import annotations

import contextlib
import time
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmwire.wire import (
    END_OF_STREAM,
    MAX_FRAME,
    NEED_DATA,
    Frame,
    FrameReader,
    LocalProtocolError,
    Message,
    Referral,
    RemoteProtocolError,
    encode,
    encode_raw,
    header_sum,
)
from tests.wire.strategies import messages

REFERRAL = encode(Referral(host="licsrv", port=27001))


def lying(length: int) -> bytes:
    """A header whose sum is right and whose length is a lie."""
    header = bytearray(encode_raw(0x0113, b"")[:20])
    header[4:6] = (length & 0xFFFF).to_bytes(2, "big")
    header[17] = length >> 16
    header[1] = header_sum(header)
    return bytes(header)


@given(st.lists(st.binary(max_size=300), max_size=8), st.booleans())
def test_any_bytes_give_frames_or_more_or_an_error(pieces: list[bytes], eof: bool) -> None:
    reader = FrameReader(max_frame=4096)
    for piece in pieces:
        reader.receive_data(piece)
    if eof:
        reader.receive_eof()
    try:
        for _ in range(sum(map(len, pieces)) + 1):
            answer = reader.next_frame()
            if isinstance(answer, Frame):
                answer.message()
            else:
                assert answer is (END_OF_STREAM if eof else NEED_DATA)
                return
    except RemoteProtocolError as error:
        assert len(error.data) <= 64  # noqa: PT017 # the property is about whichever of the three came
        return
    pytest.fail("more frames than bytes")


@given(st.lists(messages, min_size=1, max_size=5), st.lists(st.integers(1, 500), max_size=20))
def test_many_messages_in_any_pieces(sent: list[Message], cuts: list[int]) -> None:
    data = b"".join(map(encode, sent))
    reader = FrameReader()
    got: list[Message] = []
    for size in [*cuts, len(data)]:
        reader.receive_data(data[:size])
        data = data[size:]
        while isinstance(frame := reader.next_frame(), Frame):
            got.append(frame.message())
    assert got == sent


def test_an_error_is_final() -> None:
    reader = FrameReader()
    reader.receive_data(b"\0")
    for _ in range(3):
        with pytest.raises(RemoteProtocolError) as caught:
            reader.next_frame()
        assert caught.value.kind == "magic"
        reader.receive_data(REFERRAL)
    assert reader.buffered == 0


@pytest.mark.parametrize("length", [0, 1, 19, MAX_FRAME + 1, (1 << 24) - 1])
def test_impossible_lengths_are_not_waited_for(length: int) -> None:
    reader = FrameReader()
    reader.receive_data(lying(length))
    with pytest.raises(RemoteProtocolError) as caught:
        reader.next_frame()
    assert caught.value.kind == "length"


def test_a_wrong_header_sum_is_seen_before_the_body_comes() -> None:
    header = bytearray(lying(5000))
    header[1] ^= 1
    reader = FrameReader()
    reader.receive_data(bytes(header))
    with pytest.raises(RemoteProtocolError) as caught:
        reader.next_frame()
    assert caught.value.kind == "sum"


def test_a_possible_length_is_waited_for_and_its_end_checked() -> None:
    reader = FrameReader()
    reader.receive_data(lying(5000))
    assert reader.next_frame() is NEED_DATA
    reader.receive_data(bytes(4980))
    with pytest.raises(RemoteProtocolError) as caught:
        reader.next_frame()
    assert caught.value.kind == "crc"


def test_data_after_the_end_is_our_own_mistake() -> None:
    reader = FrameReader()
    reader.receive_eof()
    with pytest.raises(LocalProtocolError):
        reader.receive_data(b"x")


def test_a_gigabyte_of_zeros_is_not_kept() -> None:
    reader = FrameReader()
    megabyte = bytes(1 << 20)
    tracemalloc.start()
    try:
        for _ in range(1024):
            reader.receive_data(megabyte)
            with pytest.raises(RemoteProtocolError):
                reader.next_frame()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 4 << 20


@pytest.mark.parametrize("body", [b"x", b"\0", b"x\0"])
def test_a_long_body_is_decoded_in_linear_time(body: bytes) -> None:
    frame = Frame(encode_raw(0x0102, body * 3_000_000), 0x0102, True)
    began = time.process_time()
    with contextlib.suppress(RemoteProtocolError):  # without a NUL it is malformed, which is as good
        frame.message()
    assert time.process_time() - began < 2


def test_the_longest_frame_one_byte_at_a_time_is_read_in_linear_time() -> None:
    data = encode_raw(0x0999, bytes(MAX_FRAME - 20))
    reader = FrameReader()
    for byte in range(len(data) - 1):
        reader.receive_data(data[byte : byte + 1])
        assert reader.next_frame() is NEED_DATA
    reader.receive_data(data[-1:])
    frame = reader.next_frame()
    assert isinstance(frame, Frame)
    assert frame.raw == data
