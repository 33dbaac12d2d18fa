"""Every published and observed stream, both ways and cut at every byte."""

from __future__ import annotations

import pytest

from lmwire.wire import END_OF_STREAM, NEED_DATA, Frame, FrameReader, RemoteProtocolError, encode
from tests.vectors_table import Vector, vectors

GOOD = [vector for vector in vectors() if vector.malformed is None]
BAD = [vector for vector in vectors() if vector.malformed is not None]


def frames(pieces: list[bytes]) -> list[Frame]:
    reader = FrameReader()
    found: list[Frame] = []
    for piece in pieces:
        reader.receive_data(piece)
        while isinstance(frame := reader.next_frame(), Frame):
            found.append(frame)
        assert frame is NEED_DATA
    reader.receive_eof()
    assert reader.next_frame() is END_OF_STREAM
    return found


def drain(reader: FrameReader) -> None:
    while isinstance(reader.next_frame(), Frame):
        pass


def test_there_are_vectors_of_both_kinds_and_directions() -> None:
    assert {vector.direction for vector in GOOD} == {"to client", "to server"}
    assert {vector.malformed for vector in BAD} == {"crc", "truncated", "magic"}


@pytest.mark.parametrize("vector", GOOD, ids=str)
def test_decodes_and_encodes_to_the_same_bytes(vector: Vector) -> None:
    found = frames([vector.data])
    assert found
    assert b"".join(encode(frame.message()) for frame in found) == vector.data


@pytest.mark.parametrize("vector", GOOD, ids=str)
def test_gives_the_same_frames_wherever_it_is_cut(vector: Vector) -> None:
    whole = frames([vector.data])
    for cut in range(1, len(vector.data)):
        assert frames([vector.data[:cut], vector.data[cut:]]) == whole


@pytest.mark.parametrize("vector", GOOD, ids=str)
def test_gives_the_same_frames_a_byte_at_a_time(vector: Vector) -> None:
    assert frames([bytes((byte,)) for byte in vector.data]) == frames([vector.data])


@pytest.mark.parametrize("vector", GOOD, ids=str)
def test_a_stream_that_ends_inside_a_frame_is_truncated(vector: Vector) -> None:
    ends = set()
    at = 0
    for frame in frames([vector.data]):
        at += len(frame.raw)
        ends.add(at)
    for cut in sorted(set(range(1, len(vector.data))) - ends):
        reader = FrameReader()
        reader.receive_data(vector.data[:cut])
        reader.receive_eof()
        with pytest.raises(RemoteProtocolError) as caught:
            drain(reader)
        assert caught.value.kind == "truncated"


@pytest.mark.parametrize("vector", GOOD, ids=str)
def test_any_damaged_byte_of_a_frame_is_noticed(vector: Vector) -> None:
    first = frames([vector.data])[0].raw
    for at in range(len(first)):
        damaged = bytearray(first)
        damaged[at] ^= 0x55
        reader = FrameReader()
        reader.receive_data(bytes(damaged))
        reader.receive_eof()
        with pytest.raises(RemoteProtocolError):
            drain(reader)


@pytest.mark.parametrize("vector", BAD, ids=str)
def test_malformed_streams_say_how(vector: Vector) -> None:
    reader = FrameReader()
    reader.receive_data(vector.data)
    reader.receive_eof()
    with pytest.raises(RemoteProtocolError) as caught:
        drain(reader)
    assert caught.value.kind == vector.malformed
