"""One end of a talk, one leg: the same bytes are the same leg for the probe and for a capture."""

from __future__ import annotations

import ast
from pathlib import Path

import msgspec
import pytest

import lmwire
from lmwire.evidence import Answer, Asked, Connect, Dialogue, Icmp, Leg, Role, Via
from lmwire.legs import (
    ConnectEnd,
    Destination,
    TalkEnd,
    Traffic,
    broken,
    cut_short,
    foreign,
    make_leg,
    malformed,
    rejected_by,
    talk_end,
    unanswered,
)
from lmwire.session import Answered, Ended, FellBack, Referred, Refused, TextReceived
from lmwire.session.events import ClientEvent
from lmwire.wire import Hello, HelloAnswer, Referral, RemoteProtocolError, encode

TO = Destination(role=Role.VENDOR, via=Via.REFERRAL, host="licsrv", address="192.0.2.7", port=27001)
REFERRAL = Referral(host="licsrv", port=27001)
ANSWER = HelloAnswer(vendor="vendord", version_major=11, version_minor=19)
FRAME = encode(Hello(vendor="vendord"))


@pytest.mark.parametrize(
    ("event", "end"),
    [
        (Referred(REFERRAL), TalkEnd(dialogue=Dialogue.ANSWERED, answer=Answer.REFERRAL, referral=REFERRAL)),
        (
            Referred(REFERRAL, legacy=True),
            TalkEnd(dialogue=Dialogue.ANSWERED, answer=Answer.REFERRAL, referral=REFERRAL, legacy=True),
        ),
        (
            Answered(ANSWER),
            TalkEnd(dialogue=Dialogue.ANSWERED, answer=Answer.HELLO, peer="vendord", version="11.19", hello=ANSWER),
        ),
        (Refused(-97, "-97"), TalkEnd(dialogue=Dialogue.ERROR, code=-97)),
        (Refused(None, "what?"), TalkEnd(dialogue=Dialogue.ERROR, detail="what?")),
        (TextReceived("a b"), TalkEnd(dialogue=Dialogue.ANSWERED, answer=Answer.TEXT, text="a b")),
        (Ended(), TalkEnd(dialogue=Dialogue.CLOSED)),
    ],
)
def test_a_session_ends_as_its_last_event_says(event: ClientEvent, end: TalkEnd) -> None:
    assert talk_end(event) == end


def test_falling_back_is_not_an_end() -> None:
    with pytest.raises(TypeError):
        talk_end(FellBack())


@pytest.mark.parametrize(
    ("start", "kind", "end"),
    [
        (FRAME, "sum", TalkEnd(dialogue=Dialogue.GARBLED, fault="sum", detail="wrong")),
        (b"zz", "crc", TalkEnd(dialogue=Dialogue.GARBLED, fault="crc", detail="wrong")),
        (b"W\0\0\0", "sum", TalkEnd(dialogue=Dialogue.GARBLED, fault="sum", detail="wrong")),
        (FRAME, "magic", foreign("unknown")),
        (b"zz", "sum", foreign("unknown")),
        (b"HTTP/1.1 400", "magic", foreign("HTTP")),
    ],
)
def test_damaged_bytes_are_told_from_another_protocol(start: bytes, kind: str, end: TalkEnd) -> None:
    assert malformed(start, RemoteProtocolError("wrong", kind=kind, offset=0, data=start)) == end


def test_an_answer_that_stops_is_truncated_or_another_protocol() -> None:
    truncated = TalkEnd(dialogue=Dialogue.GARBLED, fault="truncated", detail="then nothing")
    assert cut_short(FRAME[:9], "then nothing") == truncated
    assert cut_short(b"SSH-2.0", "then nothing") == foreign("SSH")


def test_no_answer_is_silence_or_loss() -> None:
    assert [unanswered(lost=lost).dialogue for lost in (False, True)] == [Dialogue.SILENT, Dialogue.LOST]
    assert [broken("reset", lost=lost).dialogue for lost in (False, True)] == [Dialogue.RESET, Dialogue.LOST]


@pytest.mark.parametrize(
    ("sender", "address", "kind", "connect"),
    [
        ("192.0.2.1", "192.0.2.7", (4, 3, 1), Connect.REJECTED),
        ("192.0.2.7", "192.0.2.7", (4, 3, 3), Connect.REJECTED),
        ("192.0.2.50", "192.0.2.50", (4, 3, 3), Connect.REJECTED),  # the server is this machine
        ("192.0.2.50", "192.0.2.7", (4, 3, 1), Connect.UNREACHABLE),
        ("192.0.2.50", "192.0.2.7", (4, 3, 3), Connect.DENIED),
        ("192.0.2.50", "192.0.2.7", (6, 1, 3), Connect.UNREACHABLE),
        ("192.0.2.50", "192.0.2.7", (6, 1, 1), Connect.DENIED),
    ],
)
def test_the_sender_of_an_icmp_error_decides_who_rejected(
    sender: str, address: str, kind: tuple[int, int, int], connect: Connect
) -> None:
    icmp = Icmp(version=kind[0], type=kind[1], code=kind[2], sender=sender)
    assert rejected_by(icmp, local="192.0.2.50", address=address) is connect


def test_a_leg_has_every_field_of_its_parts() -> None:
    connect = ConnectEnd(
        connect=Connect.REJECTED,
        seconds=0.5,
        icmp=Icmp(type=3, code=3, sender="192.0.2.1"),
        detail="why",
        local="192.0.2.50",
        attempts=5,
    )
    talk = TalkEnd(
        dialogue=Dialogue.GARBLED,
        answer=Answer.HELLO,
        code=-97,
        service="HTTP",
        closes=True,
        fault="sum",
        legacy=True,
        peer="vendord",
        version="11.19",
    )
    traffic = Traffic(asked=Asked.HELLO, first_error=-60, sent=1, acknowledged=True, received=2, start="x")
    leg = make_leg(TO, connect, talk, traffic, at=3.0, seconds=4.0)
    default = Leg(role=Role.LMGRD, via=Via.TARGET, host="", address="", port=0, connect=Connect.UNKNOWN)
    same = [name for name in Leg.__struct_fields__ if getattr(leg, name) == getattr(default, name)]
    assert same == []
    assert (leg.connect_seconds, leg.detail, leg.at, leg.seconds) == (0.5, "why", 3.0, 4.0)
    for part in (TO, connect, talk, traffic):
        for name, value in msgspec.structs.asdict(part).items():
            if name not in {"seconds", "detail", "referral", "text", "hello"}:
                assert getattr(leg, name) == value, name


def test_a_talk_says_more_than_the_connect_before_it() -> None:
    connect = ConnectEnd(connect=Connect.ESTABLISHED)
    assert make_leg(TO, connect, TalkEnd(detail="cut")).detail == "cut"


def test_a_leg_is_made_in_one_place() -> None:
    places = [
        path.name
        for path in Path(lmwire.__file__).parent.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_bytes()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Leg"
    ]
    assert places == ["legs.py"]
