"""The scapy layer builds and dissects as lmwire does, and keeps what it does not understand."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.all import IP, TCP, Ether, IPv6, Packet, PacketList, Padding, Raw, fuzz, sniff
from scapy.sessions import TCPSession

from lmwire.capture import layer
from lmwire.capture.dissect.layouts import LEGACY, MODERN
from lmwire.capture.layer import (
    FlexLM,
    FlexLMHello,
    FlexLMLegacy,
    FlexLMLegacyError,
    FlexLMReferral,
    FlexLMSession,
    FlexLMTextRequest,
)
from lmwire.wire import (
    Hello,
    LegacyError,
    LegacyMessage,
    LocalProtocolError,
    Message,
    ModernMessage,
    Referral,
    Unknown,
    crc,
    encode,
    encode_raw,
    header_sum,
    legacy_sum,
)
from tests.capture.dissect.pcaps import FIRST_PORT, Piece, connection, cut
from tests.capture.dissect.tshark import decoded
from tests.vectors_table import Vector, vectors
from tests.wire.strategies import messages

HELLO = Hello(vendor="ibmratl", user="carol", host="ws7", platform="x64_linux", pid=4711)
REFERRAL = Referral(host="licsrv", port=45678)


def _packet(message: Message) -> Packet:
    """Build the packet with the fields of a message."""
    fields: dict[str, object] = msgspec.structs.asdict(message)
    if isinstance(message, ModernMessage):
        flags = message.flags
        fields |= {"flags": flags[:5], "flag18": flags[6], "body_mode": flags[7], "time_": fields.pop("time")}
    if isinstance(message, Unknown):
        fields["type"] = fields.pop("number")
    for name in ("command", "display"):  # names that scapy has taken
        if name in fields:
            fields[f"{name}_"] = fields.pop(name)
    return _class(message)(**fields)


def _class(message: Message) -> type[FlexLM]:
    if isinstance(message, Unknown):
        return FlexLM
    if isinstance(message, LegacyMessage):
        return FlexLMLegacy
    found: type[FlexLM] = getattr(layer, f"FlexLM{type(message).__name__}")
    return found


def _values(packet: Packet) -> Mapping[str, object]:
    return {field.name: packet.getfieldval(field.name) for field in packet.fields_desc}


@given(messages)
def test_builds_and_dissects_what_lmwire_does(message: Message) -> None:
    frame = encode(message)
    packet = _packet(message)
    assert bytes(packet) == frame
    again = FlexLM(frame)
    assert type(again) is _class(message)
    again.clear_cache()  # else it would keep the bytes it came from
    assert bytes(again) == frame
    given_fields = {name: value for name, value in _values(packet).items() if value is not None}
    assert _values(again) == {**_values(again), **given_fields}


@given(st.one_of(st.binary(max_size=400), st.binary(max_size=300).map(lambda body: b"/" + body)), st.booleans())
def test_any_bytes_are_rebuilt_identically(data: bytes, inside_tcp: bool) -> None:
    packet = IP(bytes(IP() / TCP(dport=27000) / Raw(data))) if inside_tcp else FlexLM(data) if data else Raw()
    carried = packet[TCP].payload if inside_tcp else packet
    assert bytes(carried) == data
    assert bytes(carried.copy()) == data
    assert packet.show(dump=True)
    assert packet.summary()


@given(st.sampled_from(sorted(MODERN)), st.binary(max_size=60))
def test_a_body_too_strange_for_its_type_stays_raw(number: int, body: bytes) -> None:
    frame = encode_raw(number, body)
    packet = FlexLM(frame)
    packet.clear_cache()
    assert bytes(packet) == frame
    if type(packet) is FlexLM:
        assert packet.body == body


@pytest.mark.parametrize("vector", vectors(), ids=str)
def test_every_vector_is_dissected_frame_by_frame(vector: Vector) -> None:
    frames, error = decoded(vector.data)
    packet: Packet = FlexLM(vector.data)
    assert bytes(packet) == vector.data
    for frame in frames:
        assert isinstance(packet, FlexLM)
        assert type(packet) is _class(frame.message())
        packet = packet.payload
    assert bool(packet) == (error is not None)


def test_a_checksum_that_is_set_stays_and_is_shown_beside_the_right_one() -> None:
    packet = FlexLMHello(vendor="ibmratl", crc=3)
    frame = bytes(packet)
    assert (frame[2:4], frame[1]) == (b"\0\3", header_sum(frame))
    again = FlexLM(frame)
    assert again.crc == 3
    assert f"0x0003 (wrong: {crc(frame):#06x} is right)" in again.show(dump=True)
    again.crc = None
    assert bytes(again)[2:4] == crc(frame).to_bytes(2)
    legacy = bytes(FlexLMLegacyError(text="-97", legacy_sum=1))
    assert legacy[1] == 1
    assert f"0x01 (wrong: {legacy_sum(legacy):#04x} is right)" in FlexLM(legacy).show(dump=True)


def test_a_field_can_be_changed_and_the_sums_follow() -> None:
    packet = FlexLM(encode(REFERRAL))
    copy = packet.copy()
    assert copy == packet
    copy.port = 27001
    assert copy != packet
    del copy.crc, copy.header_sum, copy.length
    assert bytes(copy) == encode(Referral(host="licsrv", port=27001))
    copy.host = b"other"  # bytes and text stand for each other
    assert FlexLM(bytes(copy)).host == "other"


def test_a_chain_of_frames_is_one_payload_behind_the_other() -> None:
    data = encode(HELLO) + encode(LegacyError(text="-97")) + encode(REFERRAL)
    packet = Ether(bytes(Ether() / IP() / TCP(sport=27009, dport=50001) / Raw(data)))
    assert [type(each).__name__ for each in _layers(packet[FlexLM])] == [
        "FlexLMHello",
        "FlexLMLegacyError",
        "FlexLMReferral",
    ]
    assert FlexLMReferral in packet
    assert packet[FlexLMReferral].port == 45678
    assert "FlexLM Hello vendor=ibmratl" in packet.summary()
    assert "FlexLM Error -97 / FlexLM Referral licsrv:45678" in packet.summary()
    assert bytes(FlexLMHello(vendor="a") / FlexLMReferral(host="b", port=1)) == (
        bytes(FlexLMHello(vendor="a")) + bytes(FlexLMReferral(host="b", port=1))
    )


def _layers(packet: Packet) -> list[Packet]:
    return [packet.getlayer(at) for at in range(len(packet.layers()))]


def test_what_does_not_fit_is_refused_by_name() -> None:
    for packet, name in (
        (FlexLMReferral(host="h", port=1 << 32), "port"),
        (FlexLMHello(vendor="\u0416"), "vendor"),
        (FlexLMLegacyError(text="x" * 146), "text"),
        (FlexLMHello(vendor="v", lead=b"\1"), "lead"),
        (FlexLM(body=b"x" * (1 << 24)), "longer"),
    ):
        with pytest.raises(LocalProtocolError, match=name):
            bytes(packet)


def test_control_characters_are_escaped_wherever_they_are_shown() -> None:
    packet = FlexLMReferral(host="a\x1b[31m\nb", port=1)
    for text in (packet.show(dump=True), packet.summary(), repr(packet)):
        assert "a\\x1b[31m\\nb" in text
        assert "\x1b" not in text


def test_names_that_scapy_has_taken_get_an_underscore() -> None:
    packet = FlexLM(bytes(FlexLMTextRequest(command_="dlist", display_=":0", time_=7)))
    assert (packet.command_, packet.display_, packet.time_) == ("dlist", ":0", 7)
    assert eval(packet.command(), vars(layer)) == packet  # noqa: S307 # what scapy's command() is for


@pytest.mark.parametrize("name", sorted(set(layer.__all__) - {"FlexLMSession"}))
def test_scapys_fuzz_makes_packets_of_every_class(name: str) -> None:
    for _ in range(20):
        assert len(bytes(fuzz(getattr(layer, name)()))) >= 20


def test_every_message_has_its_class() -> None:
    for entry in (*MODERN.values(), *LEGACY.values()):
        assert f"FlexLM{entry.cls.__name__}" in layer.__all__


def _sniffed(packets: list[Packet], session: object = FlexLMSession) -> list[Packet]:
    return list(sniff(offline=PacketList([type(each)(bytes(each)) for each in packets]), session=session, quiet=True))


def _frames(packets: list[Packet]) -> list[bytes]:
    return [bytes(each[FlexLM]) for each in packets if FlexLM in each]


@pytest.mark.parametrize(
    "message", [HELLO, REFERRAL, LegacyError(text="-97")], ids=lambda message: type(message).__name__
)
def test_a_session_puts_frames_together_wherever_they_are_cut(message: Message) -> None:
    data = encode(message)
    for at in range(1, len(data)):
        packets = list(
            connection(cut(data, at=(at,), to_server=True), client_port=FIRST_PORT, port=27000, v6=at % 2 == 0)
        )
        seen = _sniffed(packets)
        assert len(seen) == len(packets)
        assert _frames(seen) == [data]
        assert seen[-1][TCP].seq == packets[3][TCP].seq  # that of the frame
        assert bytes(type(seen[-1])(bytes(seen[-1]))[FlexLM]) == data  # lengths and checksums are right again


def test_a_session_sorts_segments_and_drops_repeated_ones() -> None:
    data = encode(HELLO) + encode(REFERRAL)
    packets = list(
        connection(cut(data, at=range(10, len(data), 10), to_server=True), client_port=FIRST_PORT, port=27003)
    )
    start, segments = packets[:3], packets[3:]
    mixed = [*start, *segments[1::2], *segments[::2], *segments]
    assert _frames(_sniffed(mixed))[0].startswith(encode(HELLO))
    assert b"".join(_frames(_sniffed(mixed))) == data


def test_a_session_follows_referrals_to_their_ports() -> None:
    lmgrd = list(
        connection([Piece(True, encode(HELLO)), Piece(False, encode(REFERRAL))], client_port=FIRST_PORT, port=27000)
    )
    vendor = list(connection([Piece(True, encode(HELLO))], client_port=FIRST_PORT + 1, port=45678))
    other = list(connection([Piece(True, encode(HELLO))], client_port=FIRST_PORT + 2, port=45679))
    assert len(_frames(_sniffed([*vendor, *lmgrd, *vendor, *other]))) == 3
    assert len(_frames(_sniffed(other, lambda: FlexLMSession(ports=[45679])))) == 1


def test_a_session_leaves_other_protocols_and_padding_alone() -> None:
    http = list(connection([Piece(False, b"HTTP/1.1 400 Bad Request\r\n\r\n")], client_port=FIRST_PORT, port=27000))
    assert [bytes(each) for each in _sniffed(http)] == [bytes(each) for each in http]
    padded = Ether(bytes(Ether() / IP() / TCP(sport=FIRST_PORT, dport=27000, flags="A")) + bytes(6))
    assert Padding in _sniffed([padded])[0]
    assert IPv6 not in _sniffed([padded])[0]


def test_scapys_own_session_reassembles_too() -> None:
    data = encode(HELLO)
    packets = list(connection(cut(data, at=(5, 30), to_server=True), client_port=FIRST_PORT, port=27000))
    for packet in packets:
        packet[TCP].seq = (packet[TCP].seq + 0x100) % (1 << 32)  # it knows of no wrap
    assert _frames(_sniffed(packets, TCPSession)) == [data]


def test_only_the_layer_imports_scapy() -> None:
    script = "import sys, lmwire.capture.dissect.dissector, lmwire.cli; print('scapy' in sys.modules)"
    command = [sys.executable, "-c", script]
    told = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 # our own
    assert told.stdout.strip() == "False"


def test_a_star_import_hides_nothing_of_scapys() -> None:
    names: dict[str, object] = {}
    exec("from scapy.all import *", names)  # noqa: S102 # as a user of the shell does
    assert not set(names) & set(layer.__all__)
