"""How connects and talks end, in captures made by hand: the verdict, and the evidence that it rests on."""

from __future__ import annotations

import random

import msgspec
import pytest

from lmwire.evidence import Asked, Dialogue, Via
from lmwire.wire import LegacyError, LegacyHello, TextAnswer, TextRequest, encode
from tests.capture.telling import LATER, good, lmgrd, name, told, vendor, verdict
from tests.capture.wire import (
    ACK,
    CLIENT,
    PSH,
    RST,
    SERVER,
    SYN,
    Packet,
    Talk,
    hello,
    hello_answer,
    icmp_error,
    ip,
    referral,
    tcp,
)

HOP = "192.0.2.1"


def test_a_healthy_talk_on_any_ports() -> None:
    diagnosis = told(name(), lmgrd(7788, 5005), good(5005))
    assert (diagnosis.verdict.id, diagnosis.target, diagnosis.vendor) == ("healthy", "7788@licsrv", "ibmratl")
    lmgrd_leg, vendor_leg = diagnosis.evidence.legs
    assert (lmgrd_leg.asked, lmgrd_leg.sent, lmgrd_leg.acknowledged, lmgrd_leg.local) == (
        Asked.HELLO,
        len(hello()),
        True,
        CLIENT,
    )
    assert (vendor_leg.via, vendor_leg.peer, vendor_leg.version) == (Via.REFERRAL, "ibmratl", "11.19")
    assert lmgrd_leg.connect_seconds == pytest.approx(0.001, abs=1e-5)
    assert vendor_leg.at == pytest.approx(1.0, abs=1e-5)


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        (lambda talk: talk.syn(3), "vendor-filtered"),
        (lambda talk: talk.syn(1), "vendor-filtered"),
        (lambda talk: talk.syn().refuse(), "vendor-refused"),
        (lambda talk: talk.connect().ask().wait(10).close(), "vendor-silent"),
        (lambda talk: talk.connect().ask(), "vendor-silent"),
        (lambda talk: talk.connect().ask().close(1), "vendor-closes"),
        (lambda talk: talk.connect().close(1), "vendor-closes"),
        (lambda talk: talk.connect().ask().answer(b"HTTP/1.1 400 Bad Request\r\n\r\n"), "vendor-foreign"),
        (lambda talk: talk.connect().answer(b"SSH-2.0-OpenSSH_9.6\r\n"), "vendor-foreign"),
        (lambda talk: talk.connect().ask().answer(hello_answer()[:30]), "vendor-garbled"),
        (lambda talk: talk.connect().ask().answer(hello_answer()[:-1] + b"\x01"), "vendor-garbled"),
        (lambda talk: talk.connect().ask().answer(referral()), "vendor-garbled"),
    ],
)
def test_what_the_vendor_port_does(steps: object, expected: str) -> None:
    talk = steps(vendor(5005))  # type: ignore[operator]
    assert verdict(name(), lmgrd(7788, 5005), talk.packets, [LATER]) == expected


def test_a_reset_after_the_question() -> None:
    talk = vendor().connect().ask()
    talk.put(1, RST | ACK)
    diagnosis = told(name(), lmgrd(), talk.packets)
    assert diagnosis.verdict.id == "vendor-closes"
    assert diagnosis.evidence.legs[-1].dialogue is Dialogue.RESET


def test_a_reset_from_nowhere_is_garbage() -> None:
    talk = vendor().connect().ask()
    talk.put(1, RST | ACK, at=1 << 28)
    talk.answer(hello_answer())
    assert verdict(name(), lmgrd(), talk.packets) == "healthy"


def test_payload_that_is_never_acknowledged_is_lost() -> None:
    talk = vendor().connect()
    for wait in (0.2, 0.4, 0.8, 1.6, 3.2):
        talk.put(0, PSH | ACK, hello(), at=1)
        talk.wait(wait)
    diagnosis = told(name(), lmgrd(), talk.packets, [LATER])
    assert diagnosis.verdict.id == "vendor-payload-lost"
    assert (diagnosis.evidence.legs[-1].sent, diagnosis.evidence.legs[-1].acknowledged) == (len(hello()), False)


def test_syns_are_counted_but_not_the_same_packet_seen_twice() -> None:
    syn = Talk().syn().packets
    twice = [(when + 0.0001, data) for when, data in syn]
    again = [(when + 0.5, data) for when, data in syn]
    assert verdict(name(), syn, twice, again) == "inconclusive"
    more = [(when + 1.5, data) for when, data in syn]
    assert verdict(name(), syn, twice, again, more) == "lmgrd-filtered"


@pytest.mark.parametrize(
    ("sender", "code", "expected"),
    [
        (HOP, 13, "lmgrd-rejected"),
        (SERVER, 3, "lmgrd-rejected"),
        (CLIENT, 1, "lmgrd-unreachable"),
        (CLIENT, 13, "lmgrd-denied"),
    ],
)
def test_icmp_tells_who_rejected(sender: str, code: int, expected: str) -> None:
    talk = Talk()
    syn = talk.put(0, SYN)
    diagnosis = told(name(), talk.packets, [(talk.when, icmp_error(sender, syn, code=code))])
    assert diagnosis.verdict.id == expected
    icmp = diagnosis.evidence.legs[0].icmp
    assert icmp is not None
    assert (icmp.sender, icmp.type, icmp.code, icmp.version) == (sender, 3, code, 4)
    assert ("ICMP type 3 code 13 from itself" in diagnosis.verdict.headline) == (expected == "lmgrd-denied")


def test_icmpv6_does_too() -> None:
    talk = Talk(client="2001:db8::10", server="2001:db8::20")
    syn = talk.put(0, SYN)
    error = icmp_error("2001:db8::1", syn, kind=1, code=1)
    diagnosis = told(talk.packets, [(talk.when, error)])
    assert (diagnosis.verdict.id, diagnosis.target) == ("lmgrd-rejected", "27000@[2001:db8::20]")


def test_an_icmp_error_of_a_syn_that_never_was_on_the_wire() -> None:
    syn = ip(CLIENT, SERVER, 6, tcp((40000, 27000), 5, 0, SYN))
    assert verdict(name(), [(1000.0, icmp_error(CLIENT, syn, code=1))]) == "lmgrd-unreachable"


def test_fragmentation_needed_is_no_rejection() -> None:
    talk = Talk()
    syn = talk.put(0, SYN)
    error = icmp_error(HOP, syn, code=4)
    talk.put(1, SYN | ACK)
    talk.put(0, ACK)
    talk.ask().answer(referral())
    assert verdict(name(), talk.packets, [(1000.0005, error)], good()) == "healthy"


def test_a_system_that_tries_on_after_an_icmp_error_and_succeeds() -> None:
    talk = Talk()
    error = icmp_error(HOP, talk.put(0, SYN))
    talk.wait(1)
    talk.put(0, SYN, at=0)
    talk.put(1, SYN | ACK)
    talk.put(0, ACK)
    talk.ask().answer(referral())
    assert verdict(name(), talk.packets, [(1000.1, error)], good(when=1003.0)) == "healthy"


def legacy(answer: bytes) -> list[Packet]:
    talk = Talk().connect().ask().answer(encode(LegacyError(text="-60")))
    return talk.ask(encode(LegacyHello(vendor="ibmratl"))).answer(answer).close().packets


def test_the_legacy_hello_is_followed() -> None:
    diagnosis = told(name(), legacy(referral()), good())
    assert (diagnosis.verdict.id, diagnosis.evidence.legs[0].legacy) == ("healthy", True)
    assert verdict(name(), legacy(encode(LegacyError(text="-97")))) == "vendor-daemon-down"


def test_a_client_that_does_not_fall_back_met_an_error() -> None:
    talk = Talk().connect().ask().answer(encode(LegacyError(text="-60"))).close()
    diagnosis = told(name(), talk.packets)
    assert (diagnosis.verdict.id, diagnosis.evidence.legs[0].code) == ("lmgrd-error", -60)


def test_the_answer_may_stand_before_the_question_in_the_file() -> None:
    talk = Talk().connect().ask().answer(referral()).packets
    talk[3], talk[5] = (talk[3][0], talk[5][1]), (talk[5][0], talk[3][1])
    assert verdict(name(), talk, good()) == "healthy"


def test_a_question_that_is_not_in_the_capture_is_presumed() -> None:
    talk = Talk().connect()
    talk.sent[0] += len(hello())
    talk.put(1, PSH | ACK, referral())
    diagnosis = told(name(), talk.packets, good())
    assert (diagnosis.verdict.id, diagnosis.vendor) == ("healthy", "ibmratl")
    assert any("question to lmgrd" in limit for limit in diagnosis.evidence.limits)


def test_any_order_and_copies_of_packets_tell_the_same() -> None:
    chance = random.Random(4)  # noqa: S311 # tests want the same each time
    story = [*name(), *lmgrd(), *vendor().connect().ask().close(1).packets]
    expected = verdict(story)
    for _ in range(30):
        mangled = [(when + chance.random() * 0.003, data) for when, data in story for _ in range(chance.choice((1, 2)))]
        assert verdict(mangled, [LATER]) == expected


def test_an_lmgrd_that_keeps_its_list_to_itself_may_answer_applications() -> None:
    listing = Talk().connect().ask(encode(TextRequest(command="dlist"))).wait(10).close().packets
    diagnosis = told(name(), listing, [LATER])
    assert diagnosis.verdict.id == "inconclusive"
    assert "asked only for the list" in diagnosis.evidence.failure
    asked = Talk(when=1012.0, client_port=40001).connect().ask().wait(10).close().packets
    assert verdict(name(), listing, asked[:5]) == "inconclusive"
    assert verdict(name(), listing, asked, [LATER]) == "lmgrd-silent"


@pytest.mark.parametrize("command", ["", "getpaths", "dlist"])
def test_a_license_text_does_not_name_vendor_daemons(command: str) -> None:
    text = (
        "SERVER licsrv 001122334455 27000\nVENDOR ibmratl port=27001\nFEATURE f ibmratl 1 permanent 1 SIGN=0A1B2C3D\n"
    )
    listing = Talk(when=999.5, client_port=39999).connect().ask(encode(TextRequest(command=command)))
    listing = listing.answer(encode(TextAnswer(text=text))).close()
    diagnosis = told(name(), listing.packets, lmgrd(), good())
    assert diagnosis.evidence.daemons is None
    assert b"0A1B2C3D" not in msgspec.json.encode(diagnosis)
