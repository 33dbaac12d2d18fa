"""What names led to, as captures show it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from lmwire.diagnosis import Diagnosis
from lmwire.evidence import Connect, NameFault, Via
from tests.capture.telling import LATER, analyzed, good, lmgrd, name, told
from tests.capture.wire import CLIENT, OTHER, SERVER, Packet, Talk, arp, dns, icmp_error, ip, lookup, tcp


def after(*looks: list[Packet], fallback: bool = True) -> Diagnosis:
    """A referral to `inner.corp`, look-ups of it, and the client's fallback to lmgrd's address."""
    packets = good(when=1003.0) if fallback else []
    return told(name(), lmgrd(host="inner.corp"), *looks, packets, [LATER])


def test_a_referral_whose_name_does_not_exist() -> None:
    diagnosis = after(lookup(1000.5, "inner.corp", code=3))
    assert (diagnosis.verdict.id, diagnosis.verdict.severity.value) == ("referral-unresolvable", "warning")
    assert diagnosis.evidence.legs[-1].via is Via.LMGRD_ADDRESS


def test_and_no_fallback_although_there_was_time() -> None:
    diagnosis = after(lookup(1000.5, "inner.corp", code=3), fallback=False)
    assert (diagnosis.verdict.id, diagnosis.verdict.severity.value) == ("referral-unresolvable", "critical")


@pytest.mark.parametrize(
    ("code", "fault"),
    [(3, NameFault.NOT_FOUND), (0, NameFault.NOT_FOUND), (2, NameFault.NO_ANSWER), (None, NameFault.NO_ANSWER)],
)
def test_why_a_name_led_nowhere(code: int | None, fault: NameFault) -> None:
    look = after(lookup(1000.5, "inner.corp", code=code)).evidence.resolution_of(Via.REFERRAL)
    assert look is not None
    assert (look.fault, look.source) == (fault, "capture")


def test_a_name_of_the_search_list_is_the_same_name() -> None:
    looks = [
        *lookup(1000.4, "inner.corp.example.net", SERVER, number=8),
        *lookup(1000.5, "inner.corp", code=3, number=9),
    ]
    assert after(looks).verdict.id == "healthy"


def test_both_families_count() -> None:
    looks = [*lookup(1000.4, "inner.corp", code=0, kind=28), *lookup(1000.5, "INNER.corp", SERVER, number=8)]
    assert after(looks).verdict.id == "healthy"


@pytest.mark.parametrize(("address", "expected"), [("127.0.1.1", "referral-loopback"), (OTHER, "referral-elsewhere")])
def test_a_name_that_leads_astray_where_no_packet_was_seen(address: str, expected: str) -> None:
    diagnosis = after(lookup(1000.5, "inner.corp", address))
    assert (diagnosis.verdict.id, diagnosis.verdict.severity.value) == (expected, "warning")
    leg = next(leg for leg in diagnosis.evidence.legs if leg.address == address)
    assert leg.connect is Connect.UNKNOWN
    assert any(address in limit for limit in diagnosis.evidence.limits)


def test_arp_without_an_answer_is_nobody_there() -> None:
    def framed(packets: Sequence[Packet]) -> list[Packet]:
        return [(when, b"\x02\0\0\0\0\x01\x02\0\0\0\0\x02\x08\x00" + data) for when, data in packets]

    story = [*name(), *lmgrd(host="inner.corp"), *lookup(1000.5, "inner.corp", OTHER), *good(when=1003.0)]
    sought = [(1000.6 + number, arp(CLIENT, OTHER)) for number in range(3)]
    diagnosis = told(framed(story), sought, link=1)
    assert diagnosis.verdict.id == "referral-elsewhere"
    assert Connect.UNREACHABLE in {leg.connect for leg in diagnosis.evidence.legs}
    found = told(framed(story), sought, [(1002.0, arp(OTHER, CLIENT, reply=True))], link=1)
    assert Connect.UNREACHABLE not in {leg.connect for leg in found.evidence.legs}


def test_the_wait_for_nobody_on_the_link_counts_from_the_first_question_for_it() -> None:
    def framed(packets: Sequence[Packet]) -> list[Packet]:
        return [(when, b"\x02\0\0\0\0\x01\x02\0\0\0\0\x02\x08\x00" + data) for when, data in packets]

    def rejected(when: float, port: int) -> list[Packet]:
        """The system seeks for three seconds, and then tells its own client."""
        offending = ip(CLIENT, OTHER, 6, tcp((port, 27001), 7, 0, 2))
        told_off = framed([(when + 3.1, icmp_error(CLIENT, offending, code=1))])
        return [*((when + number, arp(CLIENT, OTHER)) for number in range(3)), *told_off]

    story = [*name(), *lmgrd(host="inner.corp"), *lookup(1000.5, "inner.corp", OTHER)]
    (case,) = analyzed(framed(story), rejected(1000.6, 40001), rejected(1003.8, 40002), link=1).cases
    leg = case.evidence.legs[-1]
    assert (leg.address, leg.connect) == (OTHER, Connect.UNREACHABLE)
    assert leg.connect_seconds == pytest.approx(3.1, abs=0.01)
    assert leg.at == pytest.approx(3.8, abs=0.01)
    late = told(framed(story), rejected(900.0, 39999)[:3], rejected(1000.6, 40001)[3:], link=1)
    assert late.evidence.legs[-1].connect_seconds == 0


def test_a_name_server_that_is_asked_again_after_five_seconds_did_not_answer() -> None:
    looks = [*lookup(1000.0, "nosuchhost", code=None), *lookup(1004.998, "nosuchhost", code=None)]
    look = told(looks).evidence.resolution_of(Via.TARGET)
    assert look is not None
    assert look.fault is NameFault.NO_ANSWER
    assert analyzed(looks[:1], lookup(1003.0, "www", OTHER, number=8)).cases == ()


def test_a_name_without_an_address_of_one_family_may_have_one_of_the_other() -> None:
    half, other = lookup(1000.0, "nosuchhost"), lookup(1000.1, "nosuchhost", kind=28, number=8)
    assert analyzed(half).cases == ()
    assert told(half, other).verdict.id == "name-unresolvable"
    assert told(half, [LATER]).verdict.id == "name-unresolvable"  # it was never asked for


def test_the_families_of_a_name_belong_together_though_a_referral_came_soon_after_the_second() -> None:
    looks = [*lookup(999.9, "licsrv", SERVER), *lookup(999.99, "licsrv", kind=28, number=8)]
    assert told(looks, lmgrd(), good()).verdict.id == "healthy"
    again = lookup(1000.1, "licsrv", code=3, kind=28, number=9)
    assert told(looks, lmgrd(), again, good()).verdict.id == "healthy"


def test_without_dns_names_can_not_be_told() -> None:
    diagnosis = told(lmgrd(), good())
    assert (diagnosis.verdict.id, diagnosis.target) == ("healthy", f"27000@{SERVER}")
    limits = " ".join(diagnosis.evidence.limits)
    assert "license path" in limits
    assert "referral's name" in limits


def test_dns_over_tcp_is_read_in_pieces() -> None:
    question, answer = dns("licsrv"), dns("licsrv", [SERVER], code=0)
    talk = Talk(port=53, when=990.0, client_port=5000).connect()
    talk.ask(len(question).to_bytes(2) + question)
    framed = len(answer).to_bytes(2) + answer
    talk.answer(framed[:9]).answer(framed[9:])
    assert told(talk.packets, lmgrd(), good()).target == "27000@licsrv"


def test_the_license_path_has_the_last_name_that_led_there() -> None:
    looks = [*lookup(990.0, "old", SERVER, number=1), *lookup(995.0, "www", OTHER, number=2)]
    assert told(looks, name(), lmgrd(), good()).target == "27000@licsrv"


def test_a_name_that_does_not_exist_and_nothing_else() -> None:
    diagnosis = told(lookup(1000.0, "nosuchhost", code=3))
    assert (diagnosis.verdict.id, diagnosis.target) == ("name-unresolvable", "@nosuchhost")
    assert any(
        "lmwire assumes that nosuchhost is a license server's name" in limit for limit in diagnosis.evidence.limits
    )


def test_many_names_that_do_not_exist_mean_nothing() -> None:
    looks = [packet for number in range(9) for packet in lookup(1000.0 + number, f"no{number}", code=3, number=number)]
    assert analyzed(looks).cases == ()


@pytest.mark.parametrize("late", [0.0, 0.02])
def test_an_answer_that_is_captured_before_its_question_is_one_look_up(late: float) -> None:
    ((asked_at, question), (_, answer)) = lookup(1000.0, "nosuchhost", code=3)
    nowhere = [(asked_at + 0.001, answer), (asked_at + 0.001 + late, question)]
    assert told(nowhere).verdict.id == "name-unresolvable"
    assert told(nowhere, [LATER]).evidence.resolutions[0].detail == "NXDOMAIN"
    ((asked_at, question), (_, answer)) = lookup(1000.5, "inner.corp", SERVER)
    swapped = [(asked_at + 0.001, answer), (asked_at + 0.001 + late, question)]
    assert after(swapped).verdict.id == "healthy"


def test_what_a_mirror_port_shows_twice_was_asked_once() -> None:
    once = [*lookup(1000.0, "nosuchhost", code=3), *lookup(1000.0005, "nosuchhost", code=3)]
    assert told(once).evidence.resolutions[0].detail == "NXDOMAIN"
    late = [*lookup(1000.0, "nosuchhost", code=3), *lookup(1000.01, "nosuchhost", code=None)]
    assert told(late, [LATER]).evidence.resolutions[0].detail == "NXDOMAIN"


def test_the_same_question_much_later_is_another() -> None:
    looks = [*lookup(1000.0, "nosuchhost", code=3), *lookup(1060.0, "nosuchhost", code=None)]
    assert told(looks, [LATER]).evidence.resolutions[0].fault is NameFault.NO_ANSWER


def test_of_name_servers_asked_at_once_the_one_that_knows_counts() -> None:
    looks = [*lookup(1000.5, "inner.corp", code=2), lookup(1000.51, "inner.corp", SERVER)[1]]
    assert after(looks).verdict.id == "healthy"


def test_a_busy_client_does_not_forget_what_led_to_its_license_server() -> None:
    busy = [
        packet
        for number in range(3000)
        for packet in lookup(999.1 + number / 10_000, f"www{number}", OTHER, number=100 + number)
    ]
    assert told(name(), busy, lmgrd(), good()).target == "27000@licsrv"


def test_names_of_known_license_servers_are_forgotten_last() -> None:
    def busy(since: float) -> list[Packet]:
        return [
            packet
            for number in range(5000)
            for packet in lookup(since + number / 1000, f"www{number}-{since:.0f}", OTHER, number=number)
        ]

    again = [(when + 30, data) for when, data in (*lmgrd(client_port=40010), *good(first=(9, 9)))]
    (case,) = analyzed(name(), lmgrd(), good(), busy(1005.0), again).cases
    assert (case.evidence.target, case.attempts) == ("27000@licsrv", 2)
