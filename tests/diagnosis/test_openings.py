"""The table for the firewall team: there when it is wanted most, and without a row that nobody needs."""

from __future__ import annotations

import pytest

from lmwire.diagnosis import diagnose
from lmwire.evidence import Evidence, Leg
from tests.evidence_maker import SERVER, evidence, fallback, lmgrd, look, referred, vendor, walk

OTHER = "192.0.2.99"
LMGRD = "lmgrd, which refers to the vendor daemon"
TOO = ", whose port must be open too"
RANGED = "lmgrd, which listens on one of 27000-27009 and refers to the vendor daemon"
VENDOR = "vendor daemon ibmratl"


def rows(seen: Evidence) -> list[tuple[str, int, str, str]]:
    return [(row.destination, row.port, row.why, row.state) for row in diagnose(seen).openings]


def ranged(how: str, **others: str) -> list[Leg]:
    """Legs to the ten ports of `@host` that end as `how`, but for those of `others`: `p27003="referral"`."""
    return [lmgrd(others.get(f"p{port}", how), port=port) for port in range(27000, 27010)]


def test_both_ports_of_a_healthy_path() -> None:
    assert rows(walk(vendor())) == [(SERVER, 27000, LMGRD, "open"), (SERVER, 27001, VENDOR, "open")]


@pytest.mark.parametrize("how", ["filtered", "rejected", "refused", "unreachable"])
def test_lmgrd_behind_a_firewall_and_the_second_port_unknown(how: str) -> None:
    assert rows(evidence(lmgrd(how))) == [(SERVER, 27000, LMGRD + TOO, how)]


def test_the_second_port_as_the_license_file_says() -> None:
    assert rows(evidence(lmgrd("filtered"), pinned=27005)) == [
        (SERVER, 27000, LMGRD, "filtered"),
        (SERVER, 27005, f"{VENDOR}, by its line in the license file", "not tried"),
    ]
    assert rows(evidence(lmgrd("filtered"), pinned=0)) == [(SERVER, 27000, LMGRD + TOO, "filtered")]


@pytest.mark.parametrize(
    ("legs", "port", "state"),
    [
        (ranged("filtered"), 27000, "filtered"),
        (ranged("refused"), 27000, "refused"),
        (ranged("filtered", p27000="refused"), 27001, "filtered"),
        (ranged("refused", p27000="foreign", p27004="filtered"), 27004, "filtered"),
        (ranged("filtered", p27000="silent"), 27000, "open"),
    ],
)
def test_a_range_in_which_lmgrd_was_not_found_is_one_row(legs: list[Leg], port: int, state: str) -> None:
    assert rows(evidence(*legs, port=None)) == [(SERVER, port, RANGED + TOO, state)]


def test_a_range_in_which_lmgrd_was_found_is_that_port() -> None:
    legs = ranged("filtered", p27002="referral")
    legs[3] = lmgrd("silent", port=27003, dialogue=None)  # connected, and nothing asked
    seen = evidence(*legs, vendor("filtered"), port=None, referral=referred(), looks=(look(SERVER),))
    assert rows(seen) == [(SERVER, 27002, LMGRD, "open"), (SERVER, 27001, VENDOR, "filtered")]
    assert rows(evidence(*ranged("refused", p27002="error"), port=None)) == [(SERVER, 27002, LMGRD + TOO, "open")]


def test_a_range_of_other_services_needs_nothing_opened() -> None:
    assert rows(evidence(*ranged("foreign"), port=None)) == []


def test_a_vendor_daemon_in_lmgrds_place_is_called_what_it_is() -> None:
    assert rows(evidence(lmgrd("hello"))) == [(SERVER, 27000, VENDOR, "open")]


@pytest.mark.parametrize(
    ("host", "destination"),
    [
        ("LICSRV", SERVER),
        (" ", SERVER),
        ("127.0.0.1", SERVER),
        (OTHER, OTHER),
        ("elsewhere.example", "elsewhere.example"),
        ("bad\x1b[m", r"bad\x1b[m"),
    ],
)
def test_a_referral_that_was_not_followed_tells_the_second_port(host: str, destination: str) -> None:
    seen = evidence(lmgrd(), referral=referred(host), followed=False)
    assert rows(seen) == [(SERVER, 27000, LMGRD, "open"), (destination, 27001, VENDOR, "not tried")]


@pytest.mark.parametrize("port", [0, 65536, 27000])
def test_a_referral_that_leads_nowhere_needs_nothing_opened(port: int) -> None:
    assert rows(evidence(lmgrd(), referral=referred(port=port), followed=False)) == [(SERVER, 27000, LMGRD, "open")]


def test_where_the_name_leads_astray_the_rule_is_for_lmgrds_address() -> None:
    seen = walk(vendor("filtered", OTHER), fallback("filtered"), named=(OTHER,))
    assert rows(seen) == [(SERVER, 27000, LMGRD, "open"), (SERVER, 27001, VENDOR, "filtered")]


def test_no_fallback_is_needed_where_the_name_leads_to_the_vendor_daemon() -> None:
    seen = walk(vendor(address=OTHER), fallback("filtered"), named=(OTHER,))
    assert rows(seen) == [(SERVER, 27000, LMGRD, "open"), (OTHER, 27001, VENDOR, "open")]


def test_a_list_and_a_hello_at_the_same_port_are_one_row() -> None:
    seen = evidence(lmgrd("text"), lmgrd(), vendor("filtered"), referral=referred())
    assert rows(seen) == [(SERVER, 27000, LMGRD, "open"), (SERVER, 27001, VENDOR, "filtered")]
