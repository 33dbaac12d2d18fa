"""The results of a class on one page, and which files are no result."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import msgspec
import pytest

from lmwire.lab import state
from lmwire.lab.board import collect
from lmwire.lab.documents import CheckDocument, Reached
from lmwire.lab.records import Achieved
from lmwire.report.lab import board_json, board_text
from tests.cli.running import invoke


def _check(learner: str, lab: str, points: int | None, seconds: float = 60.0) -> CheckDocument:
    return CheckDocument(
        lab=lab,
        seed=0,
        learner=learner,
        measured="2026-03-09T08:05:00Z",
        exam=points is None,
        solved=None if points is None else points > 0,
        points=points,
        hints=1,
        seconds=seconds,
        found=(),
    )


@pytest.fixture
def results(tmp_path: Path) -> Path:
    folder = tmp_path / "results"
    (folder / "cleo").mkdir(parents=True)
    for number, document in enumerate(
        (_check("ada@a", "nat", 85), _check("ada@a", "nat", 0), _check("ada@a", "proxy", 85), _check("ben@b", "nat", 0))
    ):
        (folder / f"{number}.json").write_bytes(msgspec.json.encode(document))
    (folder / "going-on.json").write_bytes(msgspec.json.encode(_check("dan@d", "nat", None)))
    (folder / "other.json").write_bytes(b'{"lab": 1')
    made = Achieved(points=100, hints=0, seconds=4000.0, seed=0).sealed("nat")
    (folder / "cleo" / "achieved.json").write_bytes(msgspec.json.encode({"nat": made}))
    return folder


def test_the_best_of_each_lab_counts(results: Path) -> None:
    board = collect(results)
    assert [(row.learner, row.points) for row in board.rows] == [("ada@a", 170), ("cleo", 100), ("ben@b", 0)]
    assert board.rows[0].labs["nat"] == Reached(points=85, hints=1, seconds=60.0, exam=False)
    assert [file.partition(":")[0] for file in board.ignored] == ["going-on.json", "other.json"]


def test_one_page_has_everybody(results: Path) -> None:
    told = board_text(collect(results))
    assert told.startswith(
        "1. ada@a: 170 points, 2 min\n"
        "  ✔ nat: 85 points, 1 min, 1 hint\n"
        "  ✔ proxy: 85 points, 1 min, 1 hint\n"
        "2. cleo: 100 points, 1 h 6 min\n"
    )
    assert "Ignored going-on.json: it is from an exam that was not at its end\n" in told


def test_the_board_for_programs_fits_its_schema(results: Path) -> None:
    document = json.loads(board_json(collect(results)))
    assert document["schema"] == "lmwire.lab-board/1"
    validator = jsonschema.Draft202012Validator(json.loads(invoke("schema", "lab-board").stdout))
    validator.validate(document)
    document["rows"][0]["labs"]["nat"].pop("points")
    assert not validator.is_valid(document)


def test_a_result_that_was_changed_by_hand_is_ignored(results: Path) -> None:
    file = results / "cleo" / "achieved.json"
    file.write_bytes(file.read_bytes().replace(b'"hints":0', b'"hints":0').replace(b"4000.0", b"40.0"))
    board = collect(results)
    assert "cleo" not in [row.learner for row in board.rows]
    assert "cleo/achieved.json: the result of nat was changed by hand" in board.ignored


def test_the_command_shows_it(results: Path, tmp_path: Path) -> None:
    done = invoke("lab", "board", str(results), env={state.HOME: str(tmp_path / "home")})
    assert done.exit_code == 0
    assert "1. ada@a" in done.stdout
    empty = tmp_path / "empty"
    empty.mkdir()
    done = invoke("lab", "board", str(empty), env={state.HOME: str(tmp_path / "home")})
    assert done.stdout == "No results are here.\n"
    done = invoke("lab", "board", str(tmp_path / "nowhere"), env={state.HOME: str(tmp_path / "home")})
    assert done.exit_code == 2
    assert "nowhere is not a folder" in done.stderr


def test_own_results_that_were_changed_count_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(state.HOME, str(tmp_path / "home"))
    state.note_achieved("nat", Achieved(points=35, hints=3, seconds=9.0, seed=0))
    state.note_hints("nat", 0, 1)
    assert state.achieved()["nat"].points == 35
    (tmp_path / "home" / "achieved.json").write_text('{"nat": {"points": 100, "hints": 0, "seconds": 1.0, "seed": 0}}')
    (tmp_path / "home" / "hints.json").write_text('{"nat 0": 0, "seal": "x"}')
    assert state.achieved() == {}
    assert state.hints_given("nat", 0) == 3
    state.forget_results()
    assert state.hints_given("nat", 0) == 0


def test_less_time_for_as_many_points_is_better(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(state.HOME, str(tmp_path / "home"))
    for points, seconds in ((85, 50.0), (85, 40.0), (85, 60.0), (65, 1.0)):
        state.note_achieved("nat", Achieved(points=points, hints=0, seconds=seconds, seed=0))
    assert (state.achieved()["nat"].points, state.achieved()["nat"].seconds) == (85, 40.0)
