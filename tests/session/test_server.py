"""The server's side, and both sides talking to each other in memory."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmwire.session import (
    SERVER_TRANSITIONS,
    ClientSession,
    Ended,
    FellBack,
    HelloReceived,
    Identity,
    OtherReceived,
    QueryReceived,
    Referred,
    Request,
    ServerSession,
    TextReceived,
    UnreadableReceived,
    VersionReceived,
    format_daemons,
    parse_daemons,
)
from lmwire.wire import (
    LEGACY_SIZE,
    NEED_DATA,
    Hello,
    HelloAnswer,
    LegacyError,
    LegacyHello,
    LocalProtocolError,
    Message,
    Referral,
    TextAnswer,
    TextRequest,
    Unknown,
    Version,
    encode,
)
from tests.vectors_table import Vector, vectors

REFERRAL = Referral(host="licsrv", port=27001)


@pytest.mark.parametrize(
    ("message", "event"),
    [
        (Hello(vendor="a"), HelloReceived),
        (LegacyHello(vendor="a"), HelloReceived),
        (TextRequest(command="dlist"), QueryReceived),
        (Version(), VersionReceived),
        (Unknown(number=0x0127), OtherReceived),
    ],
)
def test_requests(message: Message, event: type) -> None:
    session = ServerSession()
    session.receive_data(encode(message))
    got = session.next_event()
    assert isinstance(got, event)
    assert got.message == message
    assert session.next_event() is NEED_DATA


def test_a_legacy_hello_says_so() -> None:
    assert HelloReceived(LegacyHello(vendor="a")).legacy
    assert not HelloReceived(Hello(vendor="a")).legacy


def test_garbage_is_answered_when_it_is_as_long_as_a_legacy_request() -> None:
    session = ServerSession()
    session.receive_data(b"\0" * (LEGACY_SIZE - 1))
    assert session.next_event() is NEED_DATA
    session.receive_data(b"\0")
    assert isinstance(session.next_event(), UnreadableReceived)
    assert session.send(LegacyError(text="-60")).startswith(b"W\xea-60")


def test_a_damaged_hello_is_answered_at_once_and_the_next_one_read() -> None:
    session = ServerSession()
    damaged = bytearray(encode(Hello(vendor="a")))
    damaged[40] ^= 1
    session.receive_data(bytes(damaged))
    assert isinstance(session.next_event(), UnreadableReceived)
    session.receive_data(encode(LegacyHello(vendor="a")))
    assert session.next_event() == HelloReceived(LegacyHello(vendor="a"))


@pytest.mark.parametrize("data", [b"", b"\0\0", encode(Hello(vendor="a"))[:30]])
def test_a_client_that_leaves_early_just_ends(data: bytes) -> None:
    session = ServerSession()
    session.receive_data(data) if data else None
    session.receive_data(b"")
    assert session.next_event() == Ended()


def test_only_an_answer_to_what_was_asked_can_be_sent() -> None:
    session = ServerSession()
    with pytest.raises(LocalProtocolError, match="nothing was asked"):
        session.send(REFERRAL)
    session.receive_data(encode(TextRequest(command="dlist")))
    session.next_event()
    with pytest.raises(LocalProtocolError, match="is not an answer to"):
        session.send(REFERRAL)


def test_every_request_can_be_refused_and_none_granted() -> None:
    assert set(SERVER_TRANSITIONS) == set(Request)
    assert all(LegacyError in answers for answers in SERVER_TRANSITIONS.values())


@pytest.mark.parametrize("vector", [row for row in vectors() if row.direction == "to server"], ids=str)
def test_what_real_clients_sent_is_understood(vector: Vector) -> None:
    session = ServerSession()
    session.receive_data(vector.data)
    seen = 0
    while (event := session.next_event()) is not NEED_DATA:
        assert isinstance(event, HelloReceived)
        assert event.message.vendor in {"MOSEKLM", "MLM"}
        seen += 1
    assert seen


@given(st.lists(st.binary(max_size=400), max_size=6), st.booleans())
def test_nothing_a_client_sends_raises(pieces: list[bytes], eof: bool) -> None:
    session = ServerSession()
    for piece in filter(None, pieces):
        session.receive_data(piece)
        for _ in range(50):
            if (event := session.next_event()) is NEED_DATA:
                break
            session.send(LegacyError(text="-60"))
        else:
            pytest.fail("events without end")
    if eof:
        session.receive_data(b"")
        for _ in range(50):
            if isinstance(event := session.next_event(), Ended):
                break
        else:
            pytest.fail(f"no end: {event}")


def test_both_sides_dance_through_the_fallback() -> None:
    client, server = ClientSession(Identity()), ServerSession()
    client.say_hello("ibmratl")
    server.receive_data(client.data_to_send())
    assert isinstance(server.next_event(), HelloReceived)
    client.receive_data(server.send(LegacyError(text="-60")))
    assert client.next_event() == FellBack(-60, "-60")
    server.receive_data(client.data_to_send())
    event = server.next_event()
    assert isinstance(event, HelloReceived)
    assert event.legacy
    client.receive_data(server.send(REFERRAL))
    assert client.next_event() == Referred(REFERRAL, legacy=True)


def test_both_sides_agree_on_the_list_of_daemons() -> None:
    client, server = ClientSession(Identity()), ServerSession()
    client.ask_text("dlist")
    server.receive_data(client.data_to_send())
    assert isinstance(server.next_event(), QueryReceived)
    client.receive_data(server.send(TextAnswer(text=format_daemons(["ibmratl", "rational"]))))
    event = client.next_event()
    assert isinstance(event, TextReceived)
    assert parse_daemons(event.text) == ("ibmratl", "rational")


@given(st.text(max_size=300))
def test_any_text_is_a_list_of_daemons_or_none(text: str) -> None:
    names = parse_daemons(text) or ()
    assert len(set(names)) == len(names)
    assert all(0 < len(name) <= 64 for name in names)


def test_a_vendor_daemon_may_answer_a_hello_twice() -> None:
    session = ServerSession()
    for _ in range(2):
        session.receive_data(encode(Hello(vendor="a")))
        assert isinstance(session.next_event(), HelloReceived)
        assert session.send(HelloAnswer(vendor="a"))
