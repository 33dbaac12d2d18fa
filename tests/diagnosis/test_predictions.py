"""What the application shows: after how long, and what each client says."""

from __future__ import annotations

import msgspec
import pytest

from lmwire.diagnosis import diagnose, diagnose_triad, predict_path
from lmwire.diagnosis.model import ReportedSystemError, Shown
from lmwire.diagnosis.predictions import shown_by
from lmwire.evidence import Asked, Evidence, NameFault, Via
from tests.evidence_maker import SERVER, evidence, fallback, lmgrd, look, referred, vendor, walk

ALL = ("11.16", "11.18", "11.19")


def on_linux(shows: tuple[Shown, ...]) -> list[tuple[tuple[str, ...], str | None, float | None]]:
    return [(one.generations, one.code, one.after_seconds) for one in shows if one.system == "linux"]


def shown(seen: Evidence) -> list[tuple[tuple[str, ...], str | None, float | None]]:
    return on_linux(diagnose(seen).application_shows)


@pytest.mark.parametrize(
    "seen", [evidence(lmgrd("garbled", fault="crc")), walk(vendor("garbled", fault="crc"))], ids=["lmgrd", "vendor"]
)
def test_a_damaged_answer_is_told_by_each_generation_in_its_own_way(seen: Evidence) -> None:
    assert shown(seen) == [
        (("11.19",), "-59,731", 0.0),
        (("11.18",), "-59,729", 0.0),
        (("11.16",), "-59,693", 0.0),
    ]


def test_what_they_tell_alike_is_told_once_for_each_system() -> None:
    [linux, windows, *_] = diagnose(evidence(lmgrd("refused"))).application_shows
    assert (linux.flexnet, linux.system, linux.generations, linux.code) == (
        "11.16, 11.18 and 11.19",
        "linux",
        ALL,
        "-15,570",
    )
    assert linux.system_error == ReportedSystemError(115, "Operation now in progress")
    assert (windows.system, windows.code) == ("windows", "-15,10")
    assert windows.system_error == ReportedSystemError(10061, "WinSock: Connection refused")
    assert {linux.basis, windows.basis} == {"measured"}


def test_a_windows_client_gives_up_sooner() -> None:
    [linux, windows, *_] = diagnose(walk(vendor("filtered"))).application_shows
    assert (linux.code, linux.after_seconds) == ("-15,570", 30.0)
    assert (windows.code, windows.after_seconds, windows.system_error) == ("-15,10032", 9.0, None)


def test_a_license_file_without_the_servers_name_was_shown_to_one_client_only() -> None:
    diagnosis = diagnose(evidence(looks=(look(),), host="this_host", target="license.lic"))
    [only] = diagnosis.application_shows
    assert (only.flexnet, only.system, only.code, only.basis) == ("11.19", "linux", "-95,378", "measured")


# Measured with a resolver's usual settings: closed -96,7 after 20 s, filtered -96,7 after 40 s, served after 20 s.
@pytest.mark.parametrize(
    ("how", "code", "seconds"), [("refused", "-96,7", 20), ("filtered", "-96,7", 40), ("hello", None, 20)]
)
def test_a_client_looks_a_name_up_twice_that_nobody_answers_for(how: str, code: str | None, seconds: float) -> None:
    asked = look(name="slow.example", via=Via.REFERRAL, fault=NameFault.NO_ANSWER, seconds=10.0)
    seen = evidence(lmgrd(), fallback(how), looks=(look(SERVER), asked), referral=referred("slow.example"))
    assert shown(seen) == [(ALL, code, pytest.approx(seconds))]


@pytest.mark.parametrize(("waited", "seconds"), [(10.0, 20.0), (0.001, 0.0)])
def test_a_resolver_that_fails_at_once_costs_no_time(waited: float, seconds: float) -> None:
    asked = msgspec.structs.replace(look(fault=NameFault.NO_ANSWER), seconds=waited)
    assert shown(evidence(looks=(asked,))) == [(ALL, "-96,7", pytest.approx(seconds))]


def test_seconds_are_as_exact_as_what_was_measured() -> None:
    assert shown(walk(vendor(asked=Asked.HELLO, seconds=1.23456))) == [(ALL, None, 1.2)]


def test_a_list_takes_the_sum_of_what_comes_before_the_server_that_serves() -> None:
    path = [[evidence(lmgrd("filtered"))], [walk(vendor())]]
    assert on_linux(predict_path(path)) == [(ALL, None, 10.0)]
    assert {one.basis for one in predict_path(path)} == {"modelled"}


def test_a_list_reports_its_last_error_but_not_that_lmgrd_was_not_reached() -> None:
    down, refused = evidence(lmgrd("error", code=-97)), evidence(lmgrd("refused"))
    assert on_linux(predict_path([[down], [refused]])) == [(ALL, "-97,274", 0.0)]
    # 11.16 takes an lmgrd whose vendor daemon is down for one that it can't reach.
    found = {each: code for generations, code, _ in on_linux(predict_path([[refused], [down]])) for each in generations}
    assert found == {"11.16": "-15,570", "11.18": "-97,274", "11.19": "-97,274"}


def test_a_triad_waits_for_each_member() -> None:
    members = [evidence(lmgrd("filtered")) for _ in range(3)]
    assert on_linux(diagnose_triad(members).application_shows) == [(ALL, "-15,570", 30.0)]


def test_where_the_evidence_ends_nothing_is_predicted() -> None:
    assert predict_path([[evidence(lmgrd("refused"))], [walk(followed=False)]]) == ()


def test_a_verdict_alone_shows_what_was_measured_for_it() -> None:
    linux, windows, older = shown_by("vendor-filtered")
    assert (linux.code, linux.after_seconds, linux.generations) == ("-15,570", 30.1, ALL)
    assert (windows.code, windows.system) == ("-15,10032", "windows")
    assert (older.basis, older.code) == ("documented", "-96,491")
