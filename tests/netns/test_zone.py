from __future__ import annotations

import dns.flags
import dns.message
import dns.opcode
import dns.rcode
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmwire.netns.zone import DnsZone, Query, Special, View, respond

_ZONE = DnsZone.of(
    {
        "licsrv": ["192.0.2.7", "2001:db8::7"],
        "four.example.com.": "192.0.2.4",
        "broken": Special.SERVFAIL,
        "silent": Special.SILENCE,
        "empty": Special.NODATA,
        "many": [f"10.0.{number // 200}.{number % 200}" for number in range(300)],
    }
)


def _asked(query: dns.message.Message, transport: str = "udp", zone: DnsZone = _ZONE) -> dns.message.Message:
    answered = respond(zone, query.to_wire(), "198.51.100.1", transport)
    assert answered is not None
    response = answered[1]
    assert response is not None
    return dns.message.from_wire(response)


@pytest.mark.parametrize(
    ("name", "kind", "rcode", "records"),
    [
        ("licsrv", "A", dns.rcode.NOERROR, ["192.0.2.7"]),
        ("LICSRV", "AAAA", dns.rcode.NOERROR, ["2001:db8::7"]),
        ("four.example.com", "A", dns.rcode.NOERROR, ["192.0.2.4"]),
        ("four.example.com", "AAAA", dns.rcode.NOERROR, []),
        ("licsrv", "MX", dns.rcode.NOERROR, []),
        ("empty", "A", dns.rcode.NOERROR, []),
        ("broken", "A", dns.rcode.SERVFAIL, []),
        ("nobody", "A", dns.rcode.NXDOMAIN, []),
        (".", "A", dns.rcode.NXDOMAIN, []),
    ],
)
def test_what_a_name_is_answered(name: str, kind: str, rcode: int, records: list[str]) -> None:
    query = dns.message.make_query(name, kind)
    response = _asked(query)
    assert query.is_response(response)
    assert response.rcode() == rcode
    assert [record.to_text() for rrset in response.answer for record in rrset] == records


def test_silence_is_no_answer_but_a_question() -> None:
    wire = dns.message.make_query("silent", "A").to_wire()
    assert respond(_ZONE, wire, "192.0.2.9", "udp") == (Query("192.0.2.9", "silent", "A", "udp"), None)


def test_what_is_too_long_for_udp_is_marked_and_fits_tcp() -> None:
    query = dns.message.make_query("many", "A")
    assert _asked(query).flags & dns.flags.TC
    assert len(_asked(query, "tcp").answer[0]) == 300


def test_the_first_view_meant_for_the_client_counts() -> None:
    zone = DnsZone(
        (
            View({"licsrv": ("10.0.0.5",)}, ("192.0.2.0/24", "2001:db8::/32")),
            View({"licsrv": ("203.0.113.5",), "outside": ("203.0.113.6",)}, ("198.51.100.0/24",)),
        )
    )
    assert zone.lookup("licsrv", "192.0.2.1") == zone.lookup("licsrv", "2001:db8::1") == ("10.0.0.5",)
    assert zone.lookup("licsrv", "198.51.100.1") == ("203.0.113.5",)
    assert zone.lookup("outside", "192.0.2.1") is None
    assert zone.lookup("licsrv", "203.0.113.1") is None


@pytest.mark.parametrize("opcode", [dns.opcode.STATUS, dns.opcode.NOTIFY])
def test_other_requests_are_not_implemented(opcode: dns.opcode.Opcode) -> None:
    query = dns.message.make_query("licsrv", "A")
    query.set_opcode(opcode)
    answered = respond(_ZONE, query.to_wire(), "192.0.2.1", "udp")
    assert answered is not None
    assert answered[1] is not None
    assert answered[1][3] & 0x0F == dns.rcode.NOTIMP


def test_a_message_without_a_question_is_malformed() -> None:
    answered = respond(_ZONE, bytes([0, 1, 1, 0]) + bytes(8), "192.0.2.1", "udp")
    assert answered is not None
    assert answered[1] is not None
    assert answered[1][3] & 0x0F == dns.rcode.FORMERR


def test_an_answer_is_not_answered() -> None:
    response = dns.message.make_response(dns.message.make_query("licsrv", "A"))
    assert respond(_ZONE, response.to_wire(), "192.0.2.1", "udp") is None


@given(st.binary(max_size=80))
def test_garbage_is_ignored_or_answered_never_worse(wire: bytes) -> None:
    answered = respond(_ZONE, wire, "192.0.2.1", "udp")
    assert answered is None or answered[0].client == "192.0.2.1"


@given(st.integers(0, 40), st.integers(0, 255))
def test_a_damaged_question_is_ignored_or_answered(at: int, value: int) -> None:
    wire = bytearray(dns.message.make_query("licsrv.example.com", "A", use_edns=0).to_wire())
    wire[at] = value
    answered = respond(_ZONE, bytes(wire), "192.0.2.1", "udp")
    assert answered is None or answered[0].client == "192.0.2.1"


def test_a_zone_is_checked_and_does_not_change() -> None:
    with pytest.raises(ValueError, match="not-an-address"):
        DnsZone.of({"licsrv": "not-an-address"})
    with pytest.raises(ValueError, match="somewhere"):
        View({}, ("somewhere",))
    with pytest.raises(TypeError):
        _ZONE.views[0].names["licsrv"] = ()  # type: ignore[index]
