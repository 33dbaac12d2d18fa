"""The gateway's handshake as a table: what the client or lmgrd says, and what the gateway does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmwire.gateway.handshake import (
    MAX_FIRST_FRAME,
    Action,
    Finish,
    GoToVendor,
    Handshake,
    HandshakeState,
    JoinLmgrd,
    Refer,
    ToClient,
    ToLmgrd,
)
from lmwire.wire import (
    Hello,
    HelloAnswer,
    LegacyError,
    LegacyHello,
    LegacyMessage,
    LegacyText,
    Referral,
    TextAnswer,
    TextRequest,
    Unknown,
    Version,
    encode,
)

HELLO = encode(Hello(vendor="ibmratl", user="anna", host="ws12", pid=4711))
LEGACY = encode(LegacyHello(vendor="ibmratl", user="anna", host="ws12", pid="4711"))
NOBODY = encode(Hello(vendor="", user="anna"))
REFERRAL = encode(Referral(host="licsrv", port=27001))
ANSWER = encode(HelloAnswer(vendor="ibmratl", host="licsrv"))
W60 = encode(LegacyError(text="-60"))
W97 = encode(LegacyError(text="-97"))
DLIST = encode(TextRequest(command="dlist"))
TEXT = encode(TextAnswer(text="ibmratl\n"))


def after(*said: tuple[str, bytes], rewrite: bool = False, vendors: tuple[str, ...] = ()) -> tuple[Action, ...]:
    """Return the actions of the last of a conversation's pieces: ("c", bytes) from the client, ("l", …) from lmgrd."""
    handshake = Handshake(rewrite=rewrite, vendors=vendors)
    actions: tuple[Action, ...] = ()
    for who, data in said:
        actions = handshake.client_said(data) if who == "c" else handshake.lmgrd_said(data)
    return actions


GOES = (GoToVendor("licsrv", 27001, HELLO),)


@pytest.mark.parametrize(
    ("said", "does"),
    [
        pytest.param([("c", HELLO)], (ToLmgrd(HELLO, True),), id="a hello goes to lmgrd as it is"),
        pytest.param([("c", LEGACY)], (ToLmgrd(LEGACY, True),), id="so does the legacy hello"),
        pytest.param([("c", HELLO), ("l", REFERRAL)], GOES, id="the referral leads to the vendor daemon"),
        pytest.param(
            [("c", LEGACY), ("l", REFERRAL)], (GoToVendor("licsrv", 27001, LEGACY),), id="which gets the same bytes"
        ),
        pytest.param(
            [("c", HELLO), ("l", encode(Referral(host="x", port=65536 + 27001)))],
            (GoToVendor("x", 27001, HELLO),),
            id="the low 16 bits of the port count",
        ),
        pytest.param([("c", HELLO), ("l", W60)], (ToClient(W60),), id="an error goes to the client"),
        pytest.param(
            [("c", HELLO), ("l", W60), ("c", LEGACY)], (ToLmgrd(LEGACY, True),), id="the repeat goes the same way"
        ),
        pytest.param(
            [("c", HELLO), ("l", W60), ("c", LEGACY), ("l", REFERRAL)],
            (GoToVendor("licsrv", 27001, LEGACY),),
            id="the vendor daemon gets the legacy hello",
        ),
        pytest.param([("c", NOBODY)], (ToLmgrd(NOBODY),), id="a hello to nobody is asked anew each time"),
        pytest.param([("c", NOBODY), ("l", ANSWER)], (ToClient(ANSWER),), id="and its answer goes to the client"),
        pytest.param([("c", NOBODY), ("l", ANSWER), ("c", DLIST)], (ToLmgrd(DLIST),), id="dlist on one connection"),
        pytest.param(
            [("c", NOBODY), ("l", ANSWER), ("c", DLIST), ("l", TEXT), ("c", HELLO), ("l", REFERRAL)],
            GOES,
            id="several hellos on one connection",
        ),
        pytest.param([("c", HELLO), ("l", ANSWER)], (JoinLmgrd(ANSWER, b""),), id="a vendor daemon answers itself"),
        pytest.param([("c", HELLO), ("l", b"HTTP/1.1 400 Bad Request\r\n" * 9)], None, id="junk goes on as it came"),
        pytest.param(
            [("c", encode(TextRequest(command="")))], (ToClient(W60),), id="the license file is not asked for"
        ),
        pytest.param([("c", encode(TextRequest(command="lmdown")))], (ToClient(W60),), id="nor is lmdown passed on"),
        pytest.param([("c", encode(Version()))], (ToClient(W60),), id="nor a version request"),
        pytest.param([("c", encode(Unknown(number=0x4E, body=b"x")))], (ToClient(W60),), id="nor a query"),
        pytest.param(
            [("c", encode(LegacyMessage(letter="l", body=bytes(145))))], (ToClient(W60),), id="nor a legacy query"
        ),
        pytest.param([("c", b"\x00" * 146)], (), id="garbage is waited for"),
        pytest.param([("c", b"\x00" * 147)], (ToClient(W60),), id="and answered as lmgrd does"),
        pytest.param([("c", HELLO[:2] + b"zz" + HELLO[4:])], (ToClient(W60),), id="a wrong checksum"),
    ],
)
def test_what_the_gateway_does(said: list[tuple[str, bytes]], does: tuple[Action, ...] | None) -> None:
    if does is None:
        does = (ToClient(said[-1][1]),)
    assert after(*said) == does


def test_the_referral_is_rewritten_only_when_asked() -> None:
    assert after(("c", HELLO), ("l", REFERRAL), rewrite=True) == (Refer(Referral(host="licsrv", port=27001)),)


@pytest.mark.parametrize("hello", [HELLO, LEGACY])
def test_a_vendor_daemon_that_is_not_allowed_is_answered_as_one_that_is_down(hello: bytes) -> None:
    assert after(("c", hello), vendors=("adskflex",)) == (ToClient(W97),)
    assert after(("c", hello), vendors=("adskflex", "ibmratl")) == (ToLmgrd(hello, True),)


def test_a_text_in_pieces_is_passed_on_whole_before_the_next_request() -> None:
    more = encode(LegacyText(remaining="200", chunk=bytes(134)))
    last = encode(LegacyText(remaining="66", chunk=bytes(134)))
    handshake = Handshake()
    handshake.client_said(DLIST + HELLO)
    assert handshake.lmgrd_said(more) == (ToClient(more),)
    assert handshake.state is HandshakeState.ASKING
    assert handshake.lmgrd_said(last) == (ToClient(last), ToLmgrd(HELLO, True))


@pytest.mark.parametrize("reset", [False, True])
def test_an_end_of_lmgrd_is_the_clients_end_after_what_came(*, reset: bool) -> None:
    handshake = Handshake()
    handshake.client_said(HELLO)
    assert handshake.lmgrd_said(REFERRAL[:30]) == ()
    part, end = handshake.lmgrd_closed(reset=reset)
    assert part == ToClient(REFERRAL[:30])
    assert isinstance(end, Finish)
    assert end.reset is reset
    assert handshake.state is HandshakeState.ENDED


def test_an_answer_that_stops_in_the_middle_goes_to_the_client_and_the_rest_after_it() -> None:
    handshake = Handshake()
    handshake.client_said(HELLO)
    assert handshake.lmgrd_paused() == ()
    assert not handshake.holds_part_of_an_answer
    handshake.lmgrd_said(REFERRAL[:30])
    assert handshake.holds_part_of_an_answer
    assert handshake.lmgrd_paused() == (ToClient(REFERRAL[:30]),)
    assert handshake.lmgrd_said(REFERRAL[30:]) == (ToClient(REFERRAL[30:]),)


def test_after_damage_a_client_still_cannot_send_what_is_not_passed_on() -> None:
    handshake = Handshake()
    handshake.client_said(HELLO)
    assert handshake.lmgrd_said(b"\xff" * 300) == (ToClient(b"\xff" * 300),)
    assert handshake.client_said(encode(TextRequest(command="lmdown"))) == (ToClient(W60),)
    assert handshake.client_said(LEGACY) == (ToLmgrd(LEGACY, True),)
    assert handshake.lmgrd_said(b"more") == (ToClient(b"more"),)


def test_a_client_that_was_referred_goes_straight_once_it_has_said_hello() -> None:
    handshake = Handshake(vendors={"ibmratl"}, straight=("licsrv", 27001))
    assert handshake.client_said(DLIST) == (ToClient(W60),)
    assert handshake.client_said(encode(Hello(vendor="adskflex"))) == (ToClient(W97),)
    assert handshake.client_said(HELLO) == GOES


def test_what_the_client_says_meanwhile_follows_its_hello() -> None:
    handshake = Handshake()
    handshake.client_said(HELLO + b"more")
    assert handshake.lmgrd_said(REFERRAL) == GOES
    handshake.client_said(b" and more")
    assert handshake.vendor_reached() == b"more and more"


def test_a_client_that_talks_without_end_before_an_answer_is_ended() -> None:
    handshake = Handshake()
    handshake.client_said(HELLO)
    (end,) = handshake.client_said(bytes(2 * MAX_FIRST_FRAME))
    assert isinstance(end, Finish)
    assert end.reset


def test_a_referral_that_does_not_hold_any_more_is_asked_for_again() -> None:
    handshake = Handshake()
    handshake.client_said(HELLO)
    handshake.lmgrd_said(REFERRAL)
    assert handshake.ask_again() == (ToLmgrd(HELLO),)
    moved = encode(Referral(host="licsrv", port=27002))
    assert handshake.lmgrd_said(moved) == (GoToVendor("licsrv", 27002, HELLO),)


def test_the_log_knows_who_asked_for_what() -> None:
    handshake = Handshake(vendors=("other",))
    for data in (DLIST, TEXT, HELLO, encode(TextRequest(command="lm\x1bdown"))):
        (handshake.lmgrd_said if data == TEXT else handshake.client_said)(data)
    assert handshake.asked == ["dlist", "hello", "not allowed: ibmratl", "not passed on: lm\\x1bdown"]
    assert (handshake.speaker.user, handshake.vendor, handshake.refused) == ("anna", "ibmratl", "-97")


@given(st.lists(st.tuples(st.booleans(), st.sampled_from([HELLO, LEGACY, NOBODY, DLIST, REFERRAL, ANSWER, W60, TEXT]))))
def test_pieces_make_no_difference(said: list[tuple[bool, bytes]]) -> None:
    """However the bytes are cut, the actions are the same, until copying begins."""

    def run(step: int) -> list[Action]:
        handshake, done = Handshake(), list[Action]()
        for from_client, data in said:
            for at in range(0, len(data), step):
                if handshake.state in {HandshakeState.GOING, HandshakeState.COPYING, HandshakeState.ENDED}:
                    return done
                say = handshake.client_said if from_client else handshake.lmgrd_said
                done += say(data[at : at + step])
        return done

    whole = run(1 << 20)
    assert [action for action in run(7) if not isinstance(action, JoinLmgrd)] == [
        action for action in whole if not isinstance(action, JoinLmgrd)
    ]


@given(st.lists(st.tuples(st.booleans(), st.binary(max_size=300))))
def test_no_bytes_break_it(said: list[tuple[bool, bytes]]) -> None:
    handshake = Handshake()
    for from_client, data in said:
        if handshake.state in {HandshakeState.COPYING, HandshakeState.ENDED}:
            break
        (handshake.client_said if from_client else handshake.lmgrd_said)(data)
