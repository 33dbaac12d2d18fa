"""Which connections belong together: attempts, license paths, clients."""

from __future__ import annotations

from lmwire.diagnosis import diagnose
from lmwire.wire import LegacyError, TextAnswer, TextRequest, encode
from tests.capture.telling import LATER, analyzed, good, lmgrd, name, told, vendor
from tests.capture.wire import ACK, CLIENT, RST, SYN, Packet, Talk, hello, hello_answer, referral


def test_attempts_are_folded_with_their_number_and_times() -> None:
    parts: list[Packet] = [*name()]
    for number in range(5):
        parts += Talk(when=1000.0 + 30 * number, client_port=40000 + number).syn().refuse().packets
    (case,) = analyzed(parts).cases
    assert (case.client, case.attempts, case.first, case.last) == (CLIENT, 5, 1000.0, 1120.0)


def test_outcomes_that_differ_are_told_apart() -> None:
    refused = Talk().syn().refuse().packets
    served = [(when + 60, data) for when, data in [*lmgrd(client_port=40003), *good()]]
    found = [diagnose(case.evidence).verdict.id for case in analyzed(name(), refused, served).cases]
    assert found == ["lmgrd-refused", "healthy"]


def test_clients_are_told_apart() -> None:
    parts = [Talk(client=f"192.0.2.{number}", when=1000.0 + number).syn().refuse().packets for number in range(50, 90)]
    cases = analyzed(*parts).cases
    assert len(cases) == 40
    assert {case.attempts for case in cases} == {1}


def test_the_default_range_is_recognized_by_its_order() -> None:
    parts = [Talk(port=27000).syn().refuse().packets]
    parts.append(
        Talk(port=27001, when=1000.1, client_port=40001).connect().ask().answer(hello_answer()).close().packets
    )
    parts.append(Talk(port=27002, when=1000.2, client_port=40002).syn().refuse().packets)
    diagnosis = told(name(), *parts)
    assert (diagnosis.verdict.id, diagnosis.target) == ("range-shadowed", "@licsrv")


def test_a_list_has_a_story_for_each_server() -> None:
    second = lmgrd(27010, 27001, when=1000.1, client_port=40005)
    cases = analyzed(name(), Talk().syn().refuse().packets, second, good()).cases
    assert [(case.evidence.target, diagnose(case.evidence).verdict.id) for case in cases] == [
        ("27000@licsrv", "lmgrd-refused"),
        ("27010@licsrv", "healthy"),
    ]


def test_two_vendor_daemons_of_one_server_are_two_stories() -> None:
    def asking(vendor_name: str, port: int, to: int, when: float) -> list[Packet]:
        first = Talk(when=when, client_port=port).connect().ask(hello(vendor_name)).answer(referral("licsrv", to))
        second = Talk(port=to, when=when + 0.5, client_port=port + 1).connect()
        return [*first.close().packets, *second.ask(hello(vendor_name)).answer(hello_answer(vendor_name)).packets]

    cases = analyzed(name(), asking("one", 40000, 27001, 1000.0), asking("two", 40010, 27002, 1001.0)).cases
    assert [(case.evidence.vendor, diagnose(case.evidence).verdict.id) for case in cases] == [
        ("one", "healthy"),
        ("two", "healthy"),
    ]


def test_a_referral_in_a_circle_is_told_once() -> None:
    parts = [lmgrd(to=27000, when=1000.0 + number, client_port=40000 + number) for number in range(4)]
    (case,) = analyzed(name(), *parts).cases
    assert case.attempts == 4
    assert diagnose(case.evidence).verdict.id == "referral-invalid"


def test_the_same_client_port_again_is_another_connection() -> None:
    again = [(when + 100, data) for when, data in Talk(first=(5, 6)).syn().refuse().packets]
    (case,) = analyzed(name(), Talk().syn().refuse().packets, again).cases
    assert case.attempts == 2


def test_a_connect_to_a_port_where_another_client_met_lmgrd() -> None:
    other = [*lmgrd(7788, 5005), *good(5005)]
    silent = Talk(port=7788, client="192.0.2.11", when=900.0).syn(3).packets
    cases = analyzed(silent, other).cases
    assert {case.client: diagnose(case.evidence).verdict.id for case in cases} == {
        CLIENT: "healthy",
        "192.0.2.11": "lmgrd-filtered",
    }


def test_telnet_and_status_queries_are_left_aside() -> None:
    telnet = Talk().connect().wait(2).close().packets
    query = Talk(client_port=40001, when=1005.0).connect().ask(encode(TextRequest(command="dlist")))
    answered = query.answer(encode(TextAnswer(text="ibmratl\n"))).close().packets
    scan = Talk(client_port=40002, when=1007.0)
    scan.put(0, SYN)
    scan.put(1, SYN | ACK)
    scan.put(0, RST)
    analysis = analyzed(telnet, answered, scan.packets)
    assert analysis.cases == ()
    assert analysis.notes == (
        "Not analyzed: connections to license ports without a request, as telnet and monitors make them (2).",
        "Not analyzed: connections that asked only for a server's vendor daemons or status (1).",
    )


def test_other_traffic_on_a_license_port_is_left_aside() -> None:
    web = Talk().connect().ask(b"GET / HTTP/1.1\r\n\r\n").answer(b"HTTP/1.1 200 OK\r\n\r\n").close().packets
    assert analyzed(web).cases == ()


def test_a_list_asked_for_in_between_does_not_make_a_walk_through_the_range() -> None:
    """Two runs of lmwire close together: the second asks for the list before the first is at its vendor daemon."""
    listing = Talk(when=1000.3, client_port=40005).connect().ask(encode(TextRequest(command="dlist")))
    listing = listing.answer(encode(TextAnswer(text="ibmratl\n"))).close()
    cases = analyzed(name(), lmgrd(), listing.packets, good(when=1000.5)).cases
    assert [diagnose(case.evidence).verdict.id for case in cases] == ["healthy"]
    assert [case.evidence.port for case in cases] == [27000]


def test_a_list_before_a_connection_to_the_next_port_is_not_a_walk() -> None:
    listing = Talk(when=1000.0).connect().ask(encode(TextRequest(command="dlist")))
    listing = listing.answer(encode(TextAnswer(text="ibmratl\n"))).close()
    cases = analyzed(name(), listing.packets, vendor(when=1000.5).syn(3).packets, [LATER]).cases
    assert None not in {case.evidence.port for case in cases}


def test_a_list_that_is_refused_after_an_empty_hello_and_asked_for_again_is_one_attempt() -> None:
    question, refusal = encode(TextRequest(command="dlist")), encode(LegacyError(text="-60"))
    first = Talk(when=1000.0, client_port=40005).connect().ask(hello("")).answer(hello_answer())
    first = first.ask(question).answer(refusal).close()
    second = Talk(when=1000.2, client_port=40006).connect().ask(question).answer(refusal).close()
    (case,) = analyzed(name(), first.packets, second.packets, lmgrd(when=1000.4), good()).cases
    assert (case.attempts, diagnose(case.evidence).verdict.id) == (1, "healthy")


def test_an_empty_hello_and_a_list_on_one_connection_tell_lmgrds_version() -> None:
    first = Talk(when=1000.0, client_port=40005).connect().ask(hello("")).answer(hello_answer())
    first = first.ask(encode(TextRequest(command="dlist"))).answer(encode(TextAnswer(text="ibmratl\n"))).close()
    (case,) = analyzed(name(), first.packets, lmgrd(when=1000.4), good()).cases
    assert (case.evidence.lmgrd_version, case.evidence.daemons) == ("11.19", ("ibmratl",))
