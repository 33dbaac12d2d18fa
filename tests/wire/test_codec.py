"""Messages there and back; values that check themselves; bodies that lie."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmwire.wire import (
    Frame,
    FrameReader,
    Hello,
    HelloAnswer,
    LegacyError,
    LegacyHello,
    LegacyMessage,
    LegacyText,
    LocalProtocolError,
    Message,
    MessageType,
    Referral,
    RemoteProtocolError,
    TextAnswer,
    TextRequest,
    Unknown,
    Version,
    crc,
    encode,
    encode_raw,
    header_sum,
    legacy_sum,
)
from tests.wire.strategies import messages


def read(data: bytes, max_frame: int = 1 << 24) -> Frame:
    reader = FrameReader(max_frame=max_frame)
    reader.receive_data(data)
    frame = reader.next_frame()
    assert isinstance(frame, Frame)
    return frame


@given(messages)
def test_decode_of_encode_is_the_message(message: Message) -> None:
    frame = read(encode(message))
    assert frame.message() == message


ANY_TYPE = st.one_of(st.sampled_from(MessageType).map(int), st.integers(0, 0xFFFF))


@given(ANY_TYPE, st.binary(max_size=400), st.integers(0, (1 << 32) - 1))
def test_any_body_of_any_type_decodes_and_reencodes_or_is_malformed(number: int, body: bytes, time: int) -> None:
    raw = encode_raw(number, body, time=time)
    try:
        message = read(raw).message()
    except RemoteProtocolError as error:
        outcome = error.kind
    else:
        outcome = "same" if encode(message) == raw else "changed"
    assert outcome in ({"same", "body"} if number in {kind.value for kind in MessageType} else {"same"})


@pytest.mark.parametrize("number", MessageType)
def test_every_short_body_of_every_known_type_is_a_message_or_malformed(number: int) -> None:
    for size in range(64):
        for body in (bytes(size), b"\xff" * size, b"ab\0" * (size // 3)):
            raw = encode_raw(number, body)
            try:
                message = read(raw).message()
            except RemoteProtocolError as error:
                outcome = error.kind
            else:
                outcome = "same" if encode(message) == raw else "changed"
            assert outcome in {"same", "body"}


@given(st.sampled_from("hWHLlNxQ"), st.binary(min_size=145, max_size=145))
def test_any_legacy_body_decodes_and_reencodes(letter: str, body: bytes) -> None:
    raw = bytearray(letter.encode() + b"\0" + body)
    raw[1] = legacy_sum(raw)
    assert encode(read(bytes(raw)).message()) == raw


def test_the_length_extension_byte_is_written_and_read() -> None:
    body = b"x" * 70_000
    raw = encode_raw(0x0999, body)
    assert int.from_bytes(raw[4:6], "big") == (20 + 70_000) & 0xFFFF
    assert raw[17] == 1
    message = read(raw).message()
    assert message == Unknown(number=0x0999, body=body)
    assert encode(message) == raw


def test_a_frame_longer_than_24_bits_is_refused() -> None:
    with pytest.raises(LocalProtocolError, match="longer"):
        encode_raw(1, bytes(1 << 24))


def test_checksums_are_those_of_the_published_referral() -> None:
    raw = bytes.fromhex(
        "2f25125a003501130000000041000000000000006d617468776f726b732e6c6d2e7564656c2e6564750000009c4000000000005444"
    )
    assert (header_sum(raw), crc(raw)) == (0x25, 0x125A)
    assert read(raw).message() == Referral(host="mathworks.lm.udel.edu", port=40000)


@given(st.binary(min_size=20, max_size=200))
def test_the_crc_is_always_below_0x4000(data: bytes) -> None:
    assert crc(data) < 0x4000


def test_a_truncated_body_names_the_field_that_is_missing() -> None:
    with pytest.raises(RemoteProtocolError, match="port") as caught:
        read(encode_raw(MessageType.REFERRAL, b"licsrv\0\0\0")).message()
    assert (caught.value.kind, caught.value.offset) == ("body", 20)


BAD_VALUES = {
    "a NUL in a name": lambda: Referral(host="a\0b", port=1),
    "a character outside Latin-1": lambda: Referral(host="€", port=1),
    "a port of 33 bits": lambda: Referral(host="a", port=1 << 32),
    "a negative port": lambda: Referral(host="a", port=-1),
    "a time of 33 bits": lambda: Referral(host="a", port=1, time=1 << 32),
    "flags of the wrong size": lambda: Referral(host="a", port=1, flags=b"\0"),
    "flags that set the length": lambda: Referral(host="a", port=1, flags=b"\0\0\0\0\0\1\0\0"),
    "a version of 9 bits": lambda: HelloAnswer(vendor="a", version_major=256),
    "a pid of 33 bits": lambda: Hello(vendor="a", pid=1 << 32),
    "a text of 64 KiB": lambda: TextAnswer(text="x" * (1 << 16)),
    "a command with NUL": lambda: TextRequest(command="dlist\0"),
    "a quad of three": lambda: Version(quad=b"123"),
    "a type of 17 bits": lambda: Unknown(number=1 << 16),
    "a legacy vendor of 12": lambda: LegacyHello(vendor="x" * 12),
    "a legacy name that ends in NUL": lambda: LegacyHello(vendor="x\0"),
    "an error that is neither W nor H": lambda: LegacyError(text="-1", letter="X"),
    "a letter that is no letter": lambda: LegacyMessage(letter="1", body=bytes(145)),
    "a letter with its own class": lambda: LegacyMessage(letter="W", body=bytes(145)),
    "a legacy body of the wrong size": lambda: LegacyMessage(letter="l", body=b""),
    "a chunk of the wrong size": lambda: LegacyText(remaining="1", chunk=b""),
}


@pytest.mark.parametrize("make", BAD_VALUES.values(), ids=BAD_VALUES.keys())
def test_values_that_can_not_be_sent_can_not_be_made(make: object) -> None:
    with pytest.raises(LocalProtocolError):
        make()  # type: ignore[operator] # a table of lambdas


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("-97", -97),
        ("-60\0\0junk", -60),
        (" -1 ", -1),
        ("12", 12),
        ("", None),
        ("busy", None),
        ("--1", None),
        ("-123456", None),
    ],
)
def test_an_error_text_is_a_number_or_none(text: str, code: int | None) -> None:
    assert LegacyError(text=text).error == code
