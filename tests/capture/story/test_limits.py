"""What a capture does not tell is said; and where it was taken."""

from __future__ import annotations

import pytest

from lmwire.diagnosis import diagnose
from tests.capture.telling import LATER, analyzed, good, lmgrd, name, told, vendor, verdict
from tests.capture.wire import ACK, FIN, PSH, SYN, Packet, Talk, hello, lookup, referral


@pytest.mark.parametrize(
    ("packets", "reason"),
    [
        (Talk().syn().packets, "first SYN"),
        (Talk().connect().packets, "before the client asked anything"),
        (Talk().connect().ask().packets, "an answer may take longer"),
        (Talk().connect().ask().close().packets, "the client itself closed"),
        (Talk().connect().ask().answer(referral()[:30]).packets, "an answer may take longer"),
        (lmgrd(), "after lmgrd's referral"),
        ([*lmgrd(), *vendor(when=1000.1).syn().packets], "first SYN"),
        ([*lmgrd(), *lookup(1000.1, "licsrv", code=3)], "after lmgrd's referral"),
    ],
)
def test_a_capture_that_ends_too_early_leaves_it_open(packets: list[Packet], reason: str) -> None:
    diagnosis = told(name(), packets)
    assert diagnosis.verdict.id == "inconclusive"
    assert reason in diagnosis.verdict.reason


def test_an_answer_that_the_capture_lost_is_not_the_servers_fault() -> None:
    talk = Talk().connect().ask()
    whole = referral()
    talk.put(1, PSH | ACK, whole[:20])
    talk.sent[1] += 10
    talk.put(1, PSH | ACK, whole[30:])
    talk.put(0, ACK)
    diagnosis = told(name(), talk.wait(1).close().packets, [LATER])
    assert diagnosis.verdict.id == "inconclusive"
    assert "the capture lacks 10 bytes" in diagnosis.verdict.reason


def test_snapped_packets_say_so() -> None:
    diagnosis = told(lmgrd(), good(), [LATER], snap=60)
    assert diagnosis.verdict.id == "inconclusive"
    assert "beginning of each packet" in diagnosis.verdict.reason


def test_connects_are_told_from_snapped_packets_all_the_same() -> None:
    assert verdict(name(), Talk().syn(3).packets, snap=54) == "lmgrd-filtered"


def test_an_attempt_under_way_at_the_end_is_one_more_of_the_same() -> None:
    first = [*name(), *lmgrd(), *vendor().syn(3).packets]
    again = [(when + 20, data) for when, data in lmgrd(client_port=40010)]
    (case,) = analyzed(first, again).cases
    assert (case.attempts, diagnose(case.evidence).verdict.id) == (2, "vendor-filtered")
    assert any("the capture ends during another attempt" in limit for limit in case.evidence.limits)


def test_talk_that_began_before_the_capture_tells_only_what_is_whole() -> None:
    late = Talk().connect().ask().answer(referral()).packets[3:]
    assert verdict(name(), late, good()) == "healthy"
    cut = Talk().connect().ask().answer(referral()).packets[3:4]
    analysis = analyzed(name(), cut, [LATER])
    assert (analysis.cases, len(analysis.notes)) == ((), 1)


def test_fragments_are_noted() -> None:
    talk = Talk().connect()
    talk.put(0, PSH | ACK, hello())
    when, data = talk.packets.pop()
    fragment = data[:6] + b"\x20\x00" + data[8:]
    talk.packets.append((when, fragment))
    talk.answer(referral())
    diagnosis = told(name(), talk.packets, good())
    assert diagnosis.verdict.id == "healthy"
    assert any("fragments" in limit for limit in diagnosis.evidence.limits)


def test_bytes_that_differ_in_their_second_copy_are_noted() -> None:
    talk = Talk().connect().ask()
    talk.put(1, PSH | ACK, referral()[:20])
    talk.put(1, PSH | ACK, b"garbage", at=1)
    talk.answer(referral()[20:])
    diagnosis = told(name(), talk.packets, good())
    assert diagnosis.verdict.id == "healthy"
    assert any("different content" in limit for limit in diagnosis.evidence.limits)


def test_syns_that_reach_the_server_unanswered() -> None:
    diagnosis = told(name(), lmgrd(), vendor(ttl=60).syn(3).packets)
    assert diagnosis.verdict.id == "vendor-filtered"
    assert any("4 hops" in limit for limit in diagnosis.evidence.limits)


def test_answers_that_the_client_never_gets() -> None:
    talk = vendor()
    for _ in range(3):
        talk.put(0, SYN, at=0)
        talk.put(1, SYN | ACK, at=0, acked=1)
        talk.wait(1)
    diagnosis = told(name(), lmgrd(), talk.packets)
    assert diagnosis.verdict.id == "vendor-filtered"
    assert "the way back is blocked" in diagnosis.evidence.legs[-1].detail


def test_payload_that_does_not_come_as_far_as_the_server() -> None:
    talk = vendor().connect().wait(10)
    talk.put(0, FIN | ACK, at=1 + len(hello()))
    diagnosis = told(name(), lmgrd(), talk.packets, [LATER])
    assert diagnosis.verdict.id == "vendor-payload-lost"
