"""The client's side, driven with bytes alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmwire.session import (
    CLIENT_TRANSITIONS,
    Answered,
    ClientSession,
    ClientState,
    Ended,
    FellBack,
    Identity,
    Referred,
    Refused,
    Reply,
    TextReceived,
)
from lmwire.wire import (
    NEED_DATA,
    FrameReader,
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
    encode,
    encode_raw,
)

WHO = Identity(user="carol", host="ws7", display=":0", pid=4711)
REFERRAL = Referral(host="licsrv", port=27001)
ANSWER = HelloAnswer(vendor="ibmratl", host="licsrv")
NOT_UNDERSTOOD = LegacyError(text="-60")


def hello() -> ClientSession:
    session = ClientSession(WHO)
    session.say_hello("ibmratl", now=1_795_484_795)
    return session


def asked_text() -> ClientSession:
    session = ClientSession(WHO)
    session.ask_text("dlist")
    return session


def sent(session: ClientSession) -> Message:
    reader = FrameReader()
    reader.receive_data(session.data_to_send())
    frame = reader.next_frame()
    assert reader.next_frame() is NEED_DATA
    return frame.message()  # type: ignore[union-attr] # anything else fails the test


def test_the_hello_says_who_and_whom() -> None:
    message = sent(hello())
    assert (message.vendor, message.user, message.host, message.display, message.pid) == (  # type: ignore[union-attr]
        "ibmratl",
        "carol",
        "ws7",
        ":0",
        4711,
    )
    assert message.time == 1_795_484_795  # type: ignore[union-attr]


# (question, answers in order, events in order): what the protocol notes say of each.
STORIES: list[tuple[str, ClientSession, list[Message], list[object]]] = [
    ("referral", hello(), [REFERRAL], [Referred(REFERRAL)]),
    ("vendor daemon", hello(), [ANSWER], [Answered(ANSWER)]),
    (
        "fallback, then a modern referral",
        hello(),
        [NOT_UNDERSTOOD, REFERRAL],
        [FellBack(-60, "-60"), Referred(REFERRAL, True)],
    ),
    ("fallback after type 0", hello(), [Unknown(number=0), ANSWER], [FellBack(), Answered(ANSWER, True)]),
    (
        "fallback, then an error",
        hello(),
        [NOT_UNDERSTOOD, LegacyError(text="-97")],
        [FellBack(-60, "-60"), Refused(-97, "-97", True)],
    ),
    (
        "an error, then a referral",
        hello(),
        [LegacyError(text="-97"), REFERRAL],
        [FellBack(-97, "-97"), Referred(REFERRAL, True)],
    ),
    (
        "an error, then another",
        hello(),
        [LegacyError(text="-23"), LegacyError(text="-106")],
        [FellBack(-23, "-23"), Refused(-106, "-106", True)],
    ),
    (
        "an error that is not a number",
        hello(),
        [LegacyError(text="busy"), LegacyError(text="busy")],
        [FellBack(None, "busy"), Refused(None, "busy", True)],
    ),
    (
        "not understood twice",
        hello(),
        [NOT_UNDERSTOOD, NOT_UNDERSTOOD],
        [FellBack(-60, "-60"), Refused(-60, "-60", True)],
    ),
    ("text", asked_text(), [TextAnswer(text="a\nb\n")], [TextReceived("a\nb\n")]),
    ("text refused", asked_text(), [LegacyError(text="-63")], [Refused(-63, "-63")]),
    (
        "text in pieces",
        asked_text(),
        [LegacyText(remaining="140", chunk=b"x" * 134), LegacyText(remaining="6", chunk=b"abcdef".ljust(134, b"\0"))],
        [TextReceived("x" * 134 + "abcdef")],
    ),
]


@pytest.mark.parametrize(
    ("session", "answers", "events"), [row[1:] for row in STORIES], ids=[row[0] for row in STORIES]
)
def test_stories(session: ClientSession, answers: list[Message], events: list[object]) -> None:
    got: list[object] = []
    for answer in answers:
        session.data_to_send()
        session.receive_data(encode(answer))
        while (event := session.next_event()) is not NEED_DATA:
            got.append(event)
    assert got == events
    assert session.state is ClientState.DONE


def test_the_fallback_repeats_the_hello_cut_to_its_fields() -> None:
    session = ClientSession(Identity(user="u" * 40, host="h" * 40, display="d" * 40, platform="p" * 40, pid=1 << 31))
    session.say_hello("v" * 40)
    session.data_to_send()
    session.receive_data(encode(NOT_UNDERSTOOD))
    assert session.next_event() == session.fell_back == FellBack(-60, "-60")
    assert sent(session) == LegacyHello(
        vendor="v" * 10, user="u" * 20, host="h" * 32, display="d" * 32, platform="p" * 12, pid=str(1 << 31)
    )


# Measured: tests/referee/test_fallback.py asks the real client.
@pytest.mark.parametrize(
    "answer",
    [
        encode(Unknown(number=0)),
        encode(Unknown(number=0x0103, body=b"name\0")),
        encode(Unknown(number=0x0107, body=bytes(40))),
        encode(Unknown(number=0x013B, body=b"a\0b\0")),
        encode_raw(MessageType.VERSION, b""),
        encode(Version()),
        encode(LegacyError(text="-119", letter="H")),
        encode(LegacyText(remaining="none", chunk=bytes(134))),
        encode(LegacyMessage(letter="N", body=bytes(145))),
    ],
    ids=["0", "103", "107", "13b", "149, empty", "149", "H", "L", "N"],
)
def test_readable_answers_of_another_kind_lead_to_the_legacy_hello(answer: bytes) -> None:
    session = hello()
    session.data_to_send()
    session.receive_data(answer)
    assert session.next_event() == FellBack()
    assert isinstance(sent(session), LegacyHello)
    session.receive_data(answer)
    with pytest.raises(RemoteProtocolError):  # it is not an answer to the legacy hello either
        session.next_event()


@pytest.mark.parametrize(
    ("session", "answer"),
    [
        (hello(), TextAnswer(text="")),
        (hello(), Unknown(number=0x0101)),
        (hello(), Unknown(number=MessageType.STATUS)),
        (hello(), Unknown(number=0x0103)),
        (hello(), Unknown(number=0x0107, body=b"a\0b\0c")),
        (asked_text(), REFERRAL),
        (asked_text(), ANSWER),
        (asked_text(), Unknown(number=0)),
    ],
    ids=["text", "unknown", "status", "103, empty", "107, cut", "referral", "hello answer", "0 for text"],
)
def test_answers_out_of_order_are_theirs(session: ClientSession, answer: Message) -> None:
    session.receive_data(encode(answer))
    with pytest.raises(RemoteProtocolError, match="is not an answer while") as caught:
        session.next_event()
    assert caught.value.kind == "order"


def test_nothing_follows_an_answer() -> None:
    session = hello()
    session.receive_data(encode(REFERRAL) * 2)
    assert session.next_event() == Referred(REFERRAL)
    with pytest.raises(RemoteProtocolError, match="answered"):
        session.next_event()


def test_a_close_is_told_from_a_cut() -> None:
    session = hello()
    session.receive_data(b"")
    assert session.next_event() == Ended()
    session = hello()
    session.receive_data(encode(REFERRAL)[:30])
    assert session.pending == 30
    session.receive_data(b"")
    with pytest.raises(RemoteProtocolError) as caught:
        session.next_event()
    assert caught.value.kind == "truncated"


def test_one_question_a_connection() -> None:
    session = hello()
    with pytest.raises(LocalProtocolError, match="one question"):
        session.say_hello("again")


def test_the_license_file_is_never_asked_for() -> None:
    with pytest.raises(LocalProtocolError, match="keys and all"):
        ClientSession(WHO).ask_text("")


def test_a_text_request_says_who_asks() -> None:
    assert sent(asked_text()) == TextRequest(command="dlist", user="carol", host="ws7", display=":0")


@pytest.mark.parametrize("remaining", ["", "x", "-5", "1e9", "²"])
def test_a_piece_of_text_without_a_count_is_malformed(remaining: str) -> None:
    session = asked_text()
    session.receive_data(encode(LegacyText(remaining=remaining, chunk=bytes(134))))
    with pytest.raises(RemoteProtocolError) as caught:
        session.next_event()
    assert caught.value.kind == "body"


def test_an_endless_text_ends() -> None:
    session = asked_text()
    piece = encode(LegacyText(remaining="99999999999", chunk=bytes(134)))
    with pytest.raises(RemoteProtocolError, match="endless"):  # noqa: PT012 # the bound may be met at any piece
        for _ in range(10_000):
            session.receive_data(piece)
            assert session.next_event() is NEED_DATA


def test_every_state_but_the_ends_has_a_way_on() -> None:
    starts = {state for state, _ in CLIENT_TRANSITIONS}
    assert starts == set(ClientState) - {ClientState.IDLE, ClientState.DONE}
    assert Reply.OTHER not in {reply for _, reply in CLIENT_TRANSITIONS}


@given(st.binary(max_size=500), st.booleans())
def test_any_answer_gives_an_event_or_more_or_their_error(data: bytes, text: bool) -> None:
    session = asked_text() if text else hello()
    if data:
        session.receive_data(data)
    try:
        for _ in range(10):
            if session.next_event() is NEED_DATA:
                return
    except RemoteProtocolError:
        return
    pytest.fail("events without end")
