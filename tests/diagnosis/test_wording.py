"""What the sentences of a verdict name: ports of a range, and what to run next."""

from __future__ import annotations

import msgspec
import pytest

from lmwire.diagnosis import SPECS, diagnose
from lmwire.diagnosis.phrases import seconds_text
from lmwire.evidence import Evidence, Leg, NameFault, Via
from lmwire.ports import DEFAULT_RANGE
from tests.evidence_maker import SERVER, evidence, lmgrd, look, referred, walk
from tests.evidence_maker import vendor as daemon


def in_range(how: str, ports: list[int], address: str = SERVER) -> Evidence:
    """A walk of `@licsrv` on which `ports` end as `how` says, and the others refuse."""
    legs = (lmgrd(how if port in ports else "refused", address, port) for port in DEFAULT_RANGE)
    return evidence(*legs, looks=(look(address),), target="@licsrv", port=None)


@pytest.mark.parametrize("how", ["refused", "filtered", "rejected", "denied"])
def test_a_range_that_nobody_accepts_is_named_as_one(how: str) -> None:
    verdict = diagnose(in_range(how, list(DEFAULT_RANGE))).verdict
    assert verdict.id == f"lmgrd-{how}"
    assert f"{SERVER}:27000-27009" in verdict.headline


def test_only_ports_that_ended_alike_are_named() -> None:
    verdict = diagnose(in_range("filtered", [27001, 27003, 27004, 27005])).verdict
    assert f"No answer from {SERVER}:27001, 27003-27005 within" in verdict.headline
    assert "Open TCP 27001, 27003-27005 from" in verdict.remedies[0]


def test_a_range_of_ipv6_keeps_its_brackets() -> None:
    verdict = diagnose(in_range("refused", [], "2001:db8::20")).verdict
    assert "[2001:db8::20]:27000-27009 refuses" in verdict.headline


@pytest.mark.parametrize("how", ["silent", "closed", "foreign"])
def test_a_port_of_the_range_that_accepts_is_named_alone(how: str) -> None:
    verdict = diagnose(in_range(how, [27003])).verdict
    assert f"{SERVER}:27003" in verdict.headline
    assert "27000" not in verdict.headline
    assert not [remedy for remedy in verdict.remedies if "27000" in remedy]


def test_a_port_that_was_written_down_is_named_alone() -> None:
    assert f"{SERVER}:27000 refuses" in diagnose(evidence(lmgrd("refused"))).verdict.headline


def test_a_walk_told_to_stop_is_told_how_to_go_on() -> None:
    stopped = diagnose(evidence(lmgrd(), referral=referred(), followed=False)).verdict
    assert stopped.id == "inconclusive"
    assert stopped.remedies == ("Run lmwire without --no-follow, to try the vendor daemon too.",)


def test_a_walk_that_failed_for_other_reasons_is_not_told_so() -> None:
    for undecided in (
        evidence(lmgrd("text"), vendor="", followed=False),
        evidence(failure="no sockets left", followed=False),
    ):
        verdict = diagnose(undecided).verdict
        assert verdict.id == "inconclusive"
        assert "--no-follow" not in "".join(verdict.remedies)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        *((0.0, "0 s"), (0.03, "0.03 s"), (0.4, "0.4 s"), (1.26, "1.3 s"), (4.0, "4 s"), (4.004, "4 s")),
        *((9.97, "10 s"), (10.4, "10 s"), (59.6, "60 s")),
    ],
)
def test_seconds_are_told_as_exactly_as_they_matter(seconds: float, text: str) -> None:
    assert seconds_text(seconds) == text


def test_a_short_wait_is_not_called_none() -> None:
    assert "within 0.4 s" in diagnose(evidence(lmgrd("filtered", seconds=0.4))).verdict.headline


@pytest.mark.parametrize(
    "first",
    [
        lmgrd("silent"),
        lmgrd("closed"),
        lmgrd("reset"),
        lmgrd("lost"),
        lmgrd("garbled", fault="crc"),
        lmgrd("foreign", service="HTTP"),
        lmgrd("error", code=-97),
        lmgrd("error", code=-23),
    ],
    ids=lambda leg: leg.dialogue.value,
)
def test_lmgrd_on_a_later_port_of_the_range_is_named_first(first: Leg) -> None:
    walked = evidence(first, lmgrd(port=27001), target="@licsrv", port=None, referral=referred())
    verdict = diagnose(walked).verdict
    assert f"{SERVER}:27000" in verdict.headline or verdict.id == "lmgrd-foreign"
    assert "lmgrd itself answers on 27001" in verdict.cause
    assert verdict.remedies[0] == "Name lmgrd's port in the license path: `27001@licsrv`."
    assert not [remedy for remedy in verdict.remedies if "does lmgrd listen on 27001" in remedy]


def test_a_later_port_is_not_named_where_one_was_written_down_or_none_answers() -> None:
    alone = in_range("silent", [27000])
    for seen in (evidence(lmgrd("silent"), lmgrd(port=27001), referral=referred()), alone):
        verdict = diagnose(seen).verdict
        assert verdict.id in {"lmgrd-silent", "healthy", "inconclusive"}
        assert "lmgrd itself answers" not in verdict.cause


@pytest.mark.parametrize(("peer", "line"), [("MLM", "`VENDOR MLM port=…`"), ("", "`port=…` on its VENDOR line")])
def test_the_daemon_that_shadows_is_the_one_to_move(peer: str, line: str) -> None:
    seen = evidence(lmgrd("hello", peer=peer), lmgrd(port=27001), port=None, referral=referred())
    verdict = diagnose(seen).verdict
    assert verdict.id == "range-shadowed"
    assert verdict.headline.startswith(f"The vendor daemon{' ' + peer if peer else ''} answers on {SERVER}:27000")
    assert verdict.remedies[1] == f"Give that vendor daemon a port above lmgrd's instead: {line}, lmgrd on 27000."


def _filtered(vendor: str) -> Evidence:
    looks = (look(SERVER), look(SERVER, via=Via.REFERRAL))
    return evidence(lmgrd(), daemon("filtered"), looks=looks, referral=referred(), vendor=vendor)


@pytest.mark.parametrize(
    ("vendor", "product", "words"),
    [
        ("ibmratl", "Rational License Key Server (AppScan, RequisitePro, …)", "Settings > Server Ports: ibmratl 27001"),
        ("MLM", "MATLAB, Simulink", "Compare these ports with the usual ones of MATLAB, Simulink: lmgrd on 27000."),
        (
            *("LMCOMSOL", "COMSOL Multiphysics"),
            "Compare these ports with the usual ones of COMSOL Multiphysics: lmgrd on 1718; LMCOMSOL on 1719.",
        ),
        ("rational", "Rational License Key Server 8.0 and earlier", "from 8.1.2 on this daemon is obsolete"),
    ],
)
def test_a_known_vendor_daemon_is_named_with_its_product(vendor: str, product: str, words: str) -> None:
    made = diagnose(_filtered(vendor))
    assert made.verdict.id == "vendor-filtered"
    assert made.product == product
    assert words in " ".join(made.verdict.remedies)


def test_an_unknown_vendor_daemon_gets_no_remedy_of_a_product() -> None:
    known, unknown = (diagnose(_filtered(vendor)) for vendor in ("ibmratl", "acmelmd"))
    assert unknown.product == ""
    assert len(unknown.verdict.remedies) == len(known.verdict.remedies) - 1


_CAPTURED = {
    "lmgrd-unreachable": lmgrd("unreachable"),
    "lmgrd-denied": lmgrd("denied"),
    "lmgrd-payload-lost": lmgrd("lost"),
}


@pytest.mark.parametrize("name", _CAPTURED)
def test_a_capture_is_told_of_its_client_not_of_this_machine(name: str) -> None:
    live = evidence(_CAPTURED[name])
    verdict = diagnose(msgspec.structs.replace(live, source="capture")).verdict
    assert verdict.id == name
    words = " ".join((verdict.headline, verdict.cause, *verdict.remedies))
    assert "this machine" not in words
    assert "192.0.2.10" in words
    alive = diagnose(live).verdict
    assert "this machine" in " ".join((alive.headline, alive.cause, *alive.remedies))


def test_a_capture_of_a_name_that_leads_nowhere_is_told_of_the_client() -> None:
    seen = evidence(looks=(look(fault=NameFault.NOT_FOUND),), source="capture")
    verdict = diagnose(seen).verdict
    assert verdict.headline.startswith("The name licsrv does not resolve on the client: ")
    assert " here" not in " ".join(verdict.remedies)


def test_a_capture_cannot_be_asked_with_an_option() -> None:
    asked = lmgrd("text", detail="")
    assert "--vendor" in diagnose(evidence(asked, daemons=(), vendor="")).verdict.reason
    captured = diagnose(evidence(asked, daemons=(), vendor="", source="capture")).verdict
    assert "--vendor" not in " ".join((captured.reason, *captured.remedies))


def test_an_address_is_not_to_be_checked_for_being_itself() -> None:
    foreign = walk(daemon("foreign", service="TLS"), host=SERVER)
    assert not [remedy for remedy in diagnose(foreign).verdict.remedies if "is the license server" in remedy]
    named = walk(daemon("foreign", service="TLS"))
    assert f"Check that licsrv is the license server: it resolves to {SERVER}." in diagnose(named).verdict.remedies


@pytest.mark.parametrize(
    ("code", "meaning", "remedy"),
    [
        (
            -18,
            "the server runs, but it does not offer this feature",
            "Check that the server's license file has a valid",
        ),
        (
            -106,
            "the vendor daemon cannot take another connection",
            "Raise the limit of open files for the vendor daemon",
        ),
        (-999, "lmwire does not know this code", "Read the server's debug log around the time of this test."),
    ],
)
@pytest.mark.parametrize("who", ["lmgrd", "vendor"])
def test_an_error_code_is_told_with_its_meaning_and_remedy(who: str, code: int, meaning: str, remedy: str) -> None:
    seen = evidence(lmgrd("error", code=code)) if who == "lmgrd" else walk(daemon("error", code=code))
    verdict = diagnose(seen).verdict
    assert verdict.id == f"{who}-error"
    assert verdict.headline.endswith(f"answers with error {code}: {meaning}.")
    assert verdict.remedies[0].startswith(remedy)
    assert "lmwire explain" not in " ".join((verdict.headline, verdict.cause, *verdict.remedies))


def test_a_wrong_answer_is_called_what_it_is() -> None:
    damaged, cut = (diagnose(evidence(lmgrd("garbled", fault=fault, detail="x"))) for fault in ("crc", "truncated"))
    assert damaged.verdict.headline == f"{SERVER}:27000 sends a damaged answer: x."
    assert cut.verdict.headline == f"{SERVER}:27000 sends an answer that ends too early: x."
    assert "sends an answer that is out of order" in diagnose(walk(daemon("referral"))).verdict.headline


def test_no_template_says_this_machine_itself() -> None:
    # Who meets the server is a value, so that a capture tells of its client.
    for spec in SPECS.values():
        for wording in (spec, *spec.variants.values()):
            for text in (wording.headline, wording.cause, *wording.remedies):
                assert "this machine" not in text.lower()
                assert " here" not in text.replace("{here}", "")
