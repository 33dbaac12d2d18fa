"""Each finding appears when it should, and only then."""

from __future__ import annotations

import msgspec
import pytest

from lmwire.diagnosis import diagnose
from lmwire.diagnosis.findings import FINDINGS
from lmwire.evidence import Evidence, Leg, LogSeen, Via
from tests.evidence_maker import SERVER, evidence, fallback, lmgrd, look, referred, vendor, walk

V6 = "2001:db8::20"
OTHER = "198.51.100.7"

FOUND: dict[str, Evidence] = {
    "vendor-port-unpinned": walk(vendor(port=41234), port=41234),
    "vendor-port-differs": walk(vendor(), pinned=27005),
    "log-port-differs": walk(vendor(), log=LogSeen(port=27005)),
    "log-lmgrd-port-differs": walk(vendor(), log=LogSeen(lmgrd_port=27007)),
    "vendor-port-outside-range": walk(vendor(port=643), port=643),
    "vendor-port-privileged": walk(vendor(port=643), port=643),
    "referral-name-differs": walk(vendor(), host="inner.example"),
    "referral-is-address": walk(vendor(), host="192.0.2.20"),
    "referral-elsewhere": walk(vendor("hello", OTHER), named=(OTHER,)),
    "ipv6-first-dead": evidence(lmgrd("filtered", V6), lmgrd(), looks=(look(V6, SERVER),), referral=referred()),
    "address-dead": evidence(lmgrd(), lmgrd("filtered", OTHER), looks=(look(SERVER, OTHER),), referral=referred()),
    "address-unused": evidence(
        lmgrd("filtered"), lmgrd("refused", V6), lmgrd(address=OTHER), looks=(look(SERVER, OTHER),)
    ),
    "default-range-filtered": evidence(lmgrd("filtered"), lmgrd(port=27001), port=None, referral=referred()),
    "legacy-only-server": evidence(lmgrd(legacy=True), referral=referred()),
    "server-public-address": evidence(lmgrd(address="8.8.8.8"), referral=referred()),
    "ipv6-brackets": evidence(lmgrd(address=V6), target=f"27000@[{V6}]", host=V6, referral=referred()),
    "short-wait": evidence(lmgrd("silent", seconds=1.0)),
    "slow-answer": evidence(lmgrd(seconds=5.2), referral=referred()),
    "vendor-not-listed": walk(vendor(), daemons=("rational",)),
    "vendor-other-daemon": walk(fallback(peer="rational"), named=()),
    "dns-differs": evidence(lmgrd(), looks=(look("192.0.2.20"), look(OTHER, source="dns"))),
    "connection-reset": walk(vendor("reset")),
    "referral-port-cut": walk(vendor(), port=65536 + 27001),
    "referral-local": walk(vendor("refused", "169.254.169.254"), named=("169.254.169.254",), host="169.254.169.254"),
}


def ids(seen: Evidence) -> set[str]:
    return {finding.id for finding in diagnose(seen).findings}


def test_the_table_is_complete() -> None:
    assert set(FOUND) == set(FINDINGS)


@pytest.mark.parametrize("name", FOUND)
def test_found(name: str) -> None:
    assert name in ids(FOUND[name])


def test_a_plain_healthy_walk_has_no_findings() -> None:
    assert ids(walk(vendor(peer="ibmratl"), pinned=27001)) == set()


def texts(seen: Evidence) -> str:
    return "\n".join(finding.text for finding in diagnose(seen).findings)


def test_a_license_file_without_a_port_says_so() -> None:
    assert "vendor-port-unpinned" in ids(walk(vendor(), pinned=0))


def test_a_log_that_agrees_says_nothing() -> None:
    log = LogSeen(lmgrd_port=27000, port=27001, pinned=True, until="2026-11-24 8:24:20")
    assert ids(walk(vendor(peer="ibmratl"), log=log)) == set()


def test_a_log_tells_whether_a_port_is_pinned() -> None:
    loose = walk(vendor(), log=LogSeen(port=27001, pinned=False))
    assert texts(loose) == "The server's log shows that no port is pinned for ibmratl: it may move at every restart."
    fixed = walk(vendor(port=41234), port=41234, log=LogSeen(port=41234, pinned=True))
    assert ids(fixed) == {"vendor-port-outside-range"}
    assert ids(walk(vendor(), log=LogSeen(port=27001, pinned=False), pinned=27001)) == set()


def test_a_log_that_contradicts_says_until_when_it_goes() -> None:
    text = texts(walk(vendor(), log=LogSeen(port=41234, until="8:24:20")))
    assert text.startswith("The server's log (until 8:24:20) says port 41234, but lmgrd refers to 27001:")


def test_a_log_names_the_second_port_when_lmgrd_does_not() -> None:
    rows = diagnose(evidence(lmgrd("filtered"), log=LogSeen(port=41234))).openings
    assert [(row.port, row.state, row.why) for row in rows] == [
        (27000, "filtered", "lmgrd, which refers to the vendor daemon"),
        (41234, "not tried", "vendor daemon ibmratl, by the server's log"),
    ]


@pytest.mark.parametrize(
    ("port", "pinned", "expected"),
    [
        (27001, 27001, set()),
        (40000, 40000, {"vendor-port-outside-range"}),
        (40000, 0, {"vendor-port-unpinned"}),
        (40000, None, {"vendor-port-unpinned"}),
        (28519, 28519, {"vendor-port-outside-range"}),
        (643, 643, {"vendor-port-outside-range", "vendor-port-privileged"}),
    ],
)
def test_a_port_outside_the_range_is_found_once(port: int, pinned: int | None, expected: set[str]) -> None:
    assert ids(walk(vendor(port=port), port=port, pinned=pinned)) == expected


def test_who_runs_the_daemon_is_not_claimed() -> None:
    text = texts(walk(vendor(port=643), port=643))
    assert "below 1024, often a sign of a daemon that runs as root" in text


@pytest.mark.parametrize("pinned", [0, None])
def test_a_port_without_a_vendor_daemons_name(pinned: int | None) -> None:
    text = texts(evidence(lmgrd(), vendor="", referral=referred(port=41234), pinned=pinned))
    assert text.startswith(
        "The license file pins no port for the vendor daemon:"
        if pinned == 0
        else "The system seems to have chosen vendor port 41234. The port changes at a restart, "
        "unless `port=…` on its VENDOR line pins it."
    )


@pytest.mark.parametrize(
    ("address", "public"),
    [("8.8.8.8", True), ("10.0.0.5", False), ("2606:4700::1111", False), ("fe80::1%eth0", False)],
)
def test_only_a_public_ipv4_address_is_public(address: str, public: bool) -> None:
    seen = evidence(lmgrd(address=address), referral=referred(own=address))
    assert ("server-public-address" in ids(seen)) is public
    assert ("Check who can reach it." in texts(seen)) is public


def test_another_vendor_daemon_is_said_once() -> None:
    assert ids(walk(vendor(peer="MLM"))) == set()
    assert ids(evidence(lmgrd("hello", peer="MLM"))) == set()
    two = walk(vendor(), vendor(address=OTHER, peer="MLM"), named=("192.0.2.20", OTHER))
    assert ids(two) == {"vendor-other-daemon"}


def test_what_to_write_without_brackets_is_one_word() -> None:
    seen = evidence(lmgrd(address=V6), target=f"27000@[{V6}];reboot", host=V6, referral=referred())
    assert f"write '27000@{V6};reboot'." in texts(seen)


def test_a_verdict_is_not_said_again_as_a_finding() -> None:
    astray = walk(vendor("filtered", OTHER), fallback(), named=(OTHER,), host="inner.example")
    assert ids(astray) == set()
    unresolved = walk(fallback(), named=(), host="inner.example")
    assert "referral-name-differs" not in ids(unresolved)


def test_dead_ipv6_is_said_once() -> None:
    found = ids(evidence(lmgrd("filtered", V6), lmgrd(), referral=referred()))
    assert "ipv6-first-dead" in found
    assert "address-dead" not in found


def test_the_table_for_the_firewall_team_names_both_ports_once() -> None:
    openings = diagnose(walk(vendor("filtered"))).openings
    assert [(row.destination, row.port, row.state) for row in openings] == [
        ("192.0.2.20", 27000, "open"),
        ("192.0.2.20", 27001, "filtered"),
    ]
    assert {row.source for row in openings} == {"192.0.2.10"}


def test_the_table_does_not_ask_to_open_ports_at_a_wrong_address() -> None:
    astray = walk(vendor("filtered", OTHER), fallback("filtered"), named=(OTHER,))
    assert {row.destination for row in diagnose(astray).openings} == {"192.0.2.20"}


def test_an_unknown_source_of_names_is_not_compared() -> None:
    same = evidence(lmgrd(), looks=(look("192.0.2.20"), look("192.0.2.20", source="dns", via=Via.TARGET)))
    assert "dns-differs" not in ids(same)


@pytest.mark.parametrize(
    ("leg", "short"),
    [
        (lmgrd("silent", seconds=10.0), False),
        (lmgrd("silent", seconds=1.0), True),
        (lmgrd("filtered", connect_seconds=4.0), False),
        (lmgrd("filtered", connect_seconds=1.0), True),
    ],
)
def test_silence_after_a_short_wait_is_doubted(leg: Leg, short: bool) -> None:
    assert ("short-wait" in ids(evidence(leg))) is short
    assert "short-wait" not in ids(evidence(leg, source="capture"))


def test_lmgrds_own_port_is_not_called_a_vendor_port() -> None:
    back = referred(port=41234)
    own = msgspec.structs.replace(back, lmgrd_port=41234)
    seen = evidence(lmgrd(port=41234), looks=(look(SERVER), look(SERVER, via=Via.REFERRAL)), referral=own, port=41234)
    assert diagnose(seen).verdict.id == "referral-invalid"
    assert not {name for name in ids(seen) if name.startswith("vendor-port-")}


def test_a_port_that_is_cut_off_and_served_is_healthy() -> None:
    assert diagnose(walk(vendor(), port=65536 + 27001)).verdict.id == "healthy"
    assert diagnose(walk(vendor("refused"), port=65536 + 27001)).verdict.id == "referral-invalid"


def test_a_hosts_file_that_leads_to_loopback_is_not_the_servers_word() -> None:
    assert "referral-local" not in ids(walk(vendor("refused", "127.0.1.1"), named=("127.0.1.1",)))
