"""One row a situation: what was seen, the verdict, its severity, and the code that the application shows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmwire.diagnosis import SPECS, diagnose
from lmwire.diagnosis.judge import UNANSWERED, UNCONNECTED, judge
from lmwire.evidence import Asked, Connect, Dialogue, Evidence, Icmp, Leg, NameFault, Role, Via
from lmwire.text import printable
from tests.evidence_maker import evidence, fallback, lmgrd, look, vendor, walk

OTHER = "198.51.100.7"

ROWS: list[tuple[str, Evidence, str, str, str | None]] = [
    # what, evidence, verdict, severity, code of an 11.19 client (None: no network error; "": nobody knows)
    ("all well", walk(vendor()), "healthy", "ok", None),
    ("no such name", evidence(looks=(look(),)), "name-unresolvable", "critical", "-96,7"),
    ("DNS is down", evidence(looks=(look(fault=NameFault.NO_ANSWER),)), "name-unresolvable", "critical", "-96,7"),
    ("lmgrd filtered", evidence(lmgrd("filtered")), "lmgrd-filtered", "critical", "-15,570"),
    ("lmgrd refused", evidence(lmgrd("refused")), "lmgrd-refused", "critical", "-15,570"),
    ("lmgrd rejected", evidence(lmgrd("rejected")), "lmgrd-rejected", "critical", "-15,570"),
    ("lmgrd silent", evidence(lmgrd("silent")), "lmgrd-silent", "critical", "-16,287"),
    ("lmgrd eaten", evidence(lmgrd("lost")), "lmgrd-payload-lost", "critical", "-16,287"),
    ("lmgrd closes", evidence(lmgrd("closed")), "lmgrd-closes", "critical", "-7,10015"),
    ("lmgrd damaged", evidence(lmgrd("garbled", fault="crc")), "lmgrd-garbled", "critical", "-59,731"),
    ("lmgrd cut", evidence(lmgrd("garbled", fault="truncated")), "lmgrd-garbled", "critical", "-16,10010"),
    ("a web server", evidence(lmgrd("foreign", service="HTTP")), "lmgrd-foreign", "critical", "-7,10015"),
    ("an SSH server", evidence(lmgrd("foreign", service="SSH")), "lmgrd-foreign", "critical", "-16,10010"),
    ("daemon down", evidence(lmgrd("error", code=-97)), "vendor-daemon-down", "critical", "-97,274"),
    ("server busy", evidence(lmgrd("error", code=-23)), "lmgrd-error", "critical", "-23,274"),
    ("vendor filtered", walk(vendor("filtered")), "vendor-filtered", "critical", "-15,570"),
    ("vendor refused", walk(vendor("refused")), "vendor-refused", "critical", "-15,570"),
    ("vendor rejected", walk(vendor("rejected")), "vendor-rejected", "critical", "-15,570"),
    ("vendor silent", walk(vendor("silent")), "vendor-silent", "critical", "-16,287"),
    ("vendor eaten", walk(vendor("lost")), "vendor-payload-lost", "critical", "-16,287"),
    ("vendor closes", walk(vendor("closed")), "vendor-closes", "critical", "-7,10015"),
    ("vendor resets", walk(vendor("reset")), "vendor-closes", "critical", "-16,10009"),
    ("vendor holds", walk(vendor("foreign", service="HTTP", closes=False)), "vendor-foreign", "critical", "-16,10010"),
    ("vendor is HTTP", walk(vendor("foreign", service="HTTP", closes=True)), "vendor-foreign", "critical", "-7,10015"),
    ("vendor says -106", walk(vendor("error", code=-106)), "vendor-error", "critical", "-106,274"),
    ("vendor refers again", walk(vendor("referral")), "vendor-garbled", "critical", None),
    ("port 0", walk(port=0), "referral-invalid", "critical", "-15,570"),
    ("port 70000", walk(vendor("refused", port=4464), port=70000), "referral-invalid", "critical", "-15,570"),
    ("no host, port closed", walk(fallback("refused"), host="", named=()), "referral-invalid", "critical", "-96,7"),
    ("no host, port open", walk(fallback(), host="", named=()), "referral-invalid", "warning", None),
    ("no host, port filtered", walk(fallback("filtered"), host="", named=()), "referral-invalid", "critical", "-96,7"),
    ("inner name, daemon hangs", walk(fallback("silent"), named=()), "referral-unresolvable", "critical", "-16,287"),
    ("back at lmgrd", walk(port=27000), "referral-invalid", "critical", None),
    ("back at lmgrd, unresolved", walk(port=27000, named=()), "referral-invalid", "critical", None),
    ("inner name, port open", walk(fallback(), named=()), "referral-unresolvable", "warning", None),
    ("inner name, port filtered", walk(fallback("filtered"), named=()), "referral-unresolvable", "critical", "-96,7"),
    ("inner name, port refused", walk(fallback("refused"), named=()), "referral-unresolvable", "critical", "-96,7"),
    (
        "NAT, port open at lmgrd's address",
        walk(vendor("filtered", OTHER), fallback(), named=(OTHER,)),
        "referral-elsewhere",
        "warning",
        None,
    ),
    (
        "NAT, port filtered at both",
        walk(vendor("filtered", OTHER), fallback("filtered"), named=(OTHER,)),
        "referral-elsewhere",
        "critical",
        "-15,570",
    ),
    ("second interface, vendor there", walk(vendor("hello", OTHER), named=(OTHER,)), "healthy", "ok", None),
    (
        "another machine accepts where the name leads, the vendor daemon is at lmgrd's",
        walk(vendor("foreign", OTHER, service="SSH"), fallback(), named=(OTHER,)),
        "referral-elsewhere",
        "critical",
        "-16,10010",
    ),
    (
        "another interface accepts and hangs, nothing at lmgrd's",
        walk(vendor("silent", OTHER), fallback("filtered"), named=(OTHER,)),
        "vendor-silent",
        "critical",
        "-16,287",
    ),
    (
        "the server's name for itself",
        walk(vendor("refused", "127.0.1.1"), fallback(), named=("127.0.1.1",)),
        "referral-loopback",
        "warning",
        None,
    ),
    (
        "the same, and its port is closed",
        walk(vendor("refused", "127.0.1.1"), fallback("filtered"), named=("127.0.1.1",)),
        "referral-loopback",
        "critical",
        "-15,570",
    ),
    (
        "the same, written as IPv6",
        walk(vendor("refused", "::ffff:127.0.1.1"), fallback("filtered"), named=("::ffff:127.0.1.1",)),
        "referral-loopback",
        "critical",
        "-15,570",
    ),
    (
        "two addresses, the second serves",
        walk(vendor("filtered", OTHER), vendor(), named=(OTHER, "192.0.2.20")),
        "referral-elsewhere",
        "warning",
        None,
    ),
    (
        "two addresses of the server, one refers",
        evidence(lmgrd("filtered", "2001:db8::1"), lmgrd("silent")),
        "lmgrd-silent",
        "critical",
        "-16,287",
    ),
    (
        "of two dead addresses, the one that got further speaks",
        evidence(lmgrd("unreachable", OTHER), lmgrd("refused")),
        "lmgrd-refused",
        "critical",
        "-15,570",
    ),
    (
        "a vendor daemon below lmgrd",
        evidence(lmgrd("refused"), lmgrd("hello", port=27001), lmgrd("referral", port=27003), port=None),
        "range-shadowed",
        "critical",
        "-15,29",
    ),
    (
        "nobody in the range",
        evidence(lmgrd("refused"), lmgrd("refused", port=27001), port=None),
        "lmgrd-refused",
        "critical",
        "-15,570",
    ),
    (
        "in the range, one port is filtered where the others refuse",
        evidence(lmgrd("filtered"), lmgrd("refused", port=27001), port=None),
        "lmgrd-filtered",
        "critical",
        "-15,570",
    ),
    (
        "in the range, a dead address says nothing beside one that refuses",
        evidence(*(lmgrd(how, address, port) for how, address, port in (
            ("rejected", OTHER, 27000), ("filtered", "192.0.2.20", 27000), ("refused", "192.0.2.20", 27001)
        )), port=None),
        "lmgrd-filtered",
        "critical",
        "-15,570",
    ),
    (
        "in the range, a vendor daemon answers though nobody named one",
        evidence(lmgrd("hello", port=27001), vendor="", port=None),
        "range-shadowed",
        "critical",
        "-15,29",
    ),
    (
        "in the range, a port above lmgrd's accepted earlier",
        evidence(
            lmgrd(port=27001, dialogue=None, answer=None, asked=Asked.NOTHING), lmgrd(), vendor(), port=None,
            looks=walk().resolutions, referral=walk().referral,
        ),
        "healthy",
        "ok",
        None,
    ),
    (
        "the referral leads to lmgrd's other address, filtered like the first",
        walk(lmgrd("referral", OTHER), vendor("filtered", OTHER), fallback("filtered"), named=(OTHER,)),
        "vendor-filtered",
        "critical",
        "-15,570",
    ),
    (
        "the referral leads to lmgrd's other address, filtered there only",
        walk(lmgrd("referral", OTHER), vendor("filtered", OTHER), fallback(), named=(OTHER,)),
        "referral-elsewhere",
        "warning",
        None,
    ),
    (
        "back at lmgrd's other address",
        walk(lmgrd("referral", OTHER), named=(OTHER,), port=27000),
        "referral-invalid",
        "critical",
        None,
    ),
    ("a vendor daemon where lmgrd was written", evidence(lmgrd("hello")), "healthy", "warning", None),
    ("of its other family", evidence(looks=(look(fault=NameFault.OTHER_FAMILY),)), "name-unresolvable", "critical", ""),
    ("no name at all", evidence(looks=(look(fault=NameFault.INVALID),)), "name-unresolvable", "critical", "-96,7"),
    (
        "a license file without the server's name",
        evidence(looks=(look(),), target="license.lic", host="this_host"),
        "name-unresolvable",
        "critical",
        "-95,378",
    ),
    (
        "that name in the license path is one like any other",
        evidence(looks=(look(),), target="27000@this_host", host="this_host"),
        "name-unresolvable",
        "critical",
        "-96,7",
    ),
    (
        "the referral's name, of its other family, and served in spite of it",
        evidence(
            lmgrd(), fallback(), looks=(look("192.0.2.20"), look(via=Via.REFERRAL, fault=NameFault.OTHER_FAMILY)),
            referral=walk().referral,
        ),
        "referral-unresolvable",
        "warning",
        "",
    ),
    ("an error in words", evidence(lmgrd("error", detail="come back later")), "lmgrd-error", "critical", ""),
    ("a vendor daemon's in words", walk(vendor("error", detail="no")), "vendor-error", "critical", ""),
    ("another vendor daemon", walk(vendor(peer="MLM")), "healthy", "warning", None),
    ("the same, in other letters", walk(vendor(peer="IBMratl")), "healthy", "ok", None),
    ("a vendor daemon without a name", walk(vendor(peer="")), "healthy", "ok", None),
    ("another one where lmgrd was written", evidence(lmgrd("hello", peer="MLM")), "healthy", "warning", None),
    ("our own trouble", evidence(failure="no sockets left"), "inconclusive", "critical", ""),
    ("told to stop", walk(followed=False), "inconclusive", "critical", ""),
    ("nobody named, none listed", evidence(lmgrd("text"), vendor="", daemons=()), "inconclusive", "critical", ""),
    ("nobody named, dlist refused", evidence(lmgrd("error", code=-97), vendor=""), "inconclusive", "critical", ""),
    ("nobody named, lmgrd hangs", evidence(lmgrd("silent"), vendor=""), "lmgrd-silent", "critical", "-16,287"),
    ("nothing seen", evidence(), "inconclusive", "critical", ""),
]  # fmt: skip


NEWEST = ("linux", "11.19")


@pytest.mark.parametrize(
    ("seen", "verdict", "severity", "code"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS]
)
def test_situations(seen: Evidence, verdict: str, severity: str, code: str | None) -> None:
    diagnosis = diagnose(seen)
    assert (diagnosis.verdict.id, diagnosis.verdict.severity.value) == (verdict, severity)
    newest = [shown.code for shown in diagnosis.application_shows if (shown.system, shown.flexnet[-5:]) == NEWEST]
    assert newest == ([] if code == "" else [code])
    assert (diagnosis.verdict.id == "inconclusive") == bool(diagnosis.verdict.reason)


def test_every_end_of_a_leg_has_its_verdicts() -> None:
    connects = set(Connect) - {Connect.ESTABLISHED, Connect.UNKNOWN}
    dialogues = set(Dialogue) - {Dialogue.ANSWERED}
    assert set(UNCONNECTED) == {(role, connect) for role in Role for connect in connects}
    assert set(UNANSWERED) == {(role, dialogue) for role in Role for dialogue in dialogues}
    ends = {**UNCONNECTED, **UNANSWERED}
    assert all(SPECS[verdict].blames.value == role.value for (role, _), verdict in ends.items())


legs = st.builds(
    Leg,
    role=st.sampled_from([lmgrd().role, vendor().role]),
    via=st.sampled_from(Via),
    host=st.just("h"),
    address=st.sampled_from(["192.0.2.20", OTHER, "127.0.1.1", "2001:db8::1", "fe80::1%eth0"]),
    port=st.integers(1, 65535),
    connect=st.sampled_from(Connect),
    icmp=st.none() | st.builds(Icmp, type=st.integers(0, 255), code=st.integers(0, 255), sender=st.just("192.0.2.1")),
    asked=st.sampled_from(Asked),
    dialogue=st.none() | st.sampled_from(Dialogue),
    answer=st.none() | st.sampled_from([leg.answer for leg in (lmgrd(), vendor(), lmgrd("text"))]),
    code=st.none() | st.integers(-300, 300),
    service=st.text(max_size=5),
    fault=st.sampled_from(["", "crc", "order", "truncated"]),
    detail=st.text(max_size=20),
    peer=st.text(max_size=5),
    start=st.text(max_size=20).map(printable),  # escaped where it was read
)


walks = st.builds(
    lambda seen, named, port, host, default_range, vendor: Evidence(
        **{field: getattr(walk(*seen, named=named, host=host, port=port), field) for field in KEPT},
        target="t",
        host=host,
        port=None if default_range else 27000,
        vendor=vendor,
    ),
    st.lists(legs, max_size=5),
    st.lists(st.sampled_from(["192.0.2.20", OTHER, "127.0.1.1"]), max_size=2).map(tuple),
    st.integers(0, 1 << 32),
    st.text(max_size=20),
    st.booleans(),
    st.text(max_size=5),
)
KEPT = ("resolutions", "legs", "referral")


@given(walks)
def test_any_evidence_gives_a_verdict_of_the_catalogue(seen: Evidence) -> None:
    assert judge(seen).id in SPECS
    diagnosis = diagnose(seen)
    texts = [diagnosis.verdict.headline, diagnosis.verdict.cause, *diagnosis.verdict.remedies]
    texts += [finding.text for finding in diagnosis.findings]
    assert all(text.isprintable() and text for text in texts)
