"""What is called measured: the file, and how it is read, written and compared."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from lmwire_mockserver.scenario import Scenario, Where, scenarios
from tests.referee.clients import CLIENTS, NEWEST, System
from tests.referee.measured import FILE, Row, differences, load, merged, save
from tests.referee.reading import ReportedSystemError

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "real-client.md"
ROWS = {(row.scenario, row.client): row for row in load()}
ROW = Row(
    scenario="vendor-filtered",
    generation="11.19",
    system=System.WINDOWS,
    where=Where.LOOPBACK,
    code="-15,10",
    system_error=ReportedSystemError(10061, "WinSock: Connection refused"),
    after_seconds=20.0,
    call_seconds=40.0,
    codes=("-15,10", "-15,10"),
)


@pytest.mark.parametrize("played", scenarios(), ids=lambda played: played.id)
def test_a_scenario_is_measured_with_each_client_of_a_system(played: Scenario) -> None:
    for system in System:
        generations = [each.generation for each in CLIENTS if each.system is system]
        found = [name for name in generations if (played.id, f"{name}-{system.value}") in ROWS]
        assert found == generations or (system is System.WINDOWS and not found)  # Wine is not everywhere


@pytest.mark.parametrize("played", [each for each in scenarios() if each.client.seen], ids=lambda played: played.id)
def test_a_scenarios_file_says_what_was_measured(played: Scenario) -> None:
    row = ROWS[played.id, NEWEST.id]
    assert row.code == played.client.error
    assert row.after_seconds == pytest.approx(played.client.seconds, abs=0.2)


def test_the_file_is_sorted_and_holds_no_row_twice(tmp_path: Path) -> None:
    copy = tmp_path / "copy.jsonl"
    save(load(), copy)
    assert copy.read_bytes() == FILE.read_bytes()
    assert len(ROWS) == len(load())
    assert {row.scenario for row in load()} <= {played.id for played in scenarios()}


def test_a_row_reads_as_it_was_written(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    silent = msgspec.structs.replace(
        ROW, scenario="a", code=None, system_error=None, after_seconds=None, call_seconds=None, codes=()
    )
    save([ROW, silent], file)
    assert load(file) == (silent, ROW)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, ()),
        ({"after_seconds": 24.9, "call_seconds": 90.0}, ()),
        ({"after_seconds": 26.0}, ("after_seconds: was 20.0, is 26.0",)),
        ({"after_seconds": None}, ("after_seconds: was 20.0, is None",)),
        ({"code": "-96,7"}, ("code: was -15,10, is -96,7",)),
        ({"where": Where.NETWORK}, ("where: was loopback, is network",)),
        ({"system_error": None}, ('system_error: was 10061 "WinSock: Connection refused", is None',)),
    ],
)
def test_a_difference_is_said(changed: dict[str, object], said: tuple[str, ...]) -> None:
    assert differences(ROW, msgspec.structs.replace(ROW, **changed)) == said


def test_two_seconds_are_near_however_short_the_wait() -> None:
    short = msgspec.structs.replace(ROW, after_seconds=0.1)
    assert not differences(short, msgspec.structs.replace(ROW, after_seconds=2.0))
    assert differences(short, msgspec.structs.replace(ROW, after_seconds=2.2))


def test_a_row_that_was_never_measured_is_a_difference() -> None:
    assert differences(None, ROW) == ("not measured before; now -15,10",)


def test_new_rows_replace_old_ones_and_unknown_scenarios_go() -> None:
    other = msgspec.structs.replace(ROW, generation="11.16")
    gone = msgspec.structs.replace(ROW, scenario="gone")
    newer = msgspec.structs.replace(ROW, code="-96,7")
    assert merged([ROW, other, gone], [newer], ["vendor-filtered"]) == (other, newer)


def test_a_row_stays_where_the_new_one_agrees_but_for_what_a_busy_machine_added() -> None:
    slower = msgspec.structs.replace(ROW, after_seconds=20.3, call_seconds=40.9, codes=("-15,10", "-15,10032"))
    assert merged([ROW], [slower], ["vendor-filtered"]) == (ROW,)
    quicker = msgspec.structs.replace(ROW, after_seconds=19.9, call_seconds=39.8)
    assert merged([ROW], [quicker], ["vendor-filtered"]) == (quicker,)
    endless = msgspec.structs.replace(ROW, call_seconds=None)
    assert merged([endless], [ROW], ["vendor-filtered"]) == (endless,)


def test_the_documentation_shows_a_line_of_the_file_and_every_wheel() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    [line] = [line for line in text.splitlines() if line.startswith('{"scenario"')]
    shown = msgspec.json.decode(line, type=Row)
    assert not differences(ROWS[shown.scenario, shown.client], shown)
    assert all(f"`{each.id}`" in text and f"`mosek=={each.release}`" in text for each in CLIENTS)
    fields = {
        name
        for cells in text.split("| field | meaning |")[1].split("\n\n")[0].splitlines()[2:]
        for name in cells.split("|")[1].replace("`", "").replace(" ", "").split(",")
    }
    assert fields == set(Row.__struct_fields__)
