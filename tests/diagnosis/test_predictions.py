"""What the application shows: after how long, and what each generation of the client says."""

from __future__ import annotations

import msgspec
import pytest

from lmwire.diagnosis import diagnose
from lmwire.diagnosis.model import Shown
from lmwire.evidence import Asked, Evidence, NameFault, Via
from tests.evidence_maker import SERVER, evidence, fallback, lmgrd, look, referred, vendor, walk


def measured(seen: Evidence) -> list[tuple[str, str | None, float | None]]:
    shown: tuple[Shown, ...] = diagnose(seen).application_shows
    return [(one.flexnet, one.code, one.after_seconds) for one in shown if one.basis == "measured"]


@pytest.mark.parametrize(
    "seen", [evidence(lmgrd("garbled", fault="crc")), walk(vendor("garbled", fault="crc"))], ids=["lmgrd", "vendor"]
)
def test_a_damaged_answer_is_told_by_each_generation_in_its_own_way(seen: Evidence) -> None:
    assert measured(seen) == [("11.19", "-59,731", 0.3), ("11.18", "-59,729", 0.3)]


def test_what_they_tell_alike_is_told_once() -> None:
    assert measured(evidence(lmgrd("refused"))) == [("11.18 and 11.19", "-15,570", 0.3)]


def test_a_license_file_without_the_servers_name_was_shown_to_one_generation_only() -> None:
    diagnosis = diagnose(evidence(looks=(look(),), host="this_host", target="license.lic"))
    [shown] = diagnosis.application_shows
    assert (shown.flexnet, shown.code, shown.basis) == ("11.19", "-95,378", "measured")


# Measured: closed -96,7 after 20.2 s, filtered -96,7 after 40.1 s, open and served after 20.2 s.
@pytest.mark.parametrize(
    ("how", "code", "seconds"), [("refused", "-96,7", 20.3), ("filtered", "-96,7", 40), ("hello", None, 20.3)]
)
def test_a_client_waits_for_a_referrals_name_that_nobody_answers_for(
    how: str, code: str | None, seconds: float
) -> None:
    asked = look(name="slow.example", via=Via.REFERRAL, fault=NameFault.NO_ANSWER, seconds=8.0)
    seen = evidence(lmgrd(), fallback(how), looks=(look(SERVER), asked), referral=referred("slow.example"))
    [shown] = measured(seen)
    assert shown[1:] == (code, pytest.approx(seconds))


@pytest.mark.parametrize(("waited", "seconds"), [(8.0, 20.3), (0.001, 0.3)])
def test_a_resolver_that_fails_at_once_costs_no_time(waited: float, seconds: float) -> None:
    asked = msgspec.structs.replace(look(fault=NameFault.NO_ANSWER), seconds=waited)
    assert measured(evidence(looks=(asked,))) == [("11.18 and 11.19", "-96,7", pytest.approx(seconds))]


def test_seconds_are_as_exact_as_what_was_measured() -> None:
    seen = walk(vendor(asked=Asked.HELLO, seconds=1.23456))
    assert measured(seen) == [("11.18 and 11.19", None, 1.5)]
