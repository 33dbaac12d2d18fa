"""What is printed: whole at any width, in plain letters where that is asked for, and never steering a terminal."""

from __future__ import annotations

import json

import jsonschema
import msgspec
import pytest

from lmwire.lab import Lab, labs, read_lab
from lmwire.lab.control import machine, points, shell
from lmwire.lab.documents import CheckDocument, LabGrade, LabHint, LabList, LabStory
from lmwire.lab.ipc import Found, Grade, Terms
from lmwire.lab.records import Achieved, RunningLab
from lmwire.report.lab import grade_json, grade_text, hint_text, list_text, story_text, time_text
from lmwire.report.look import Look
from tests.cli.running import invoke

_LAB = read_lab("vendor-port")


def _running(lab: Lab) -> RunningLab:
    return RunningLab(
        lab=lab.id,
        seed=lab.seed,
        pid=1,
        born=1,
        folder="/tmp/lmwire-lab-x",  # noqa: S108 # shown, never opened
        socket="",
        prefixes={name: ("enter", name) for name in lab.machines},
        began=0.0,
    )


_WRONG = Grade(
    solved=False,
    restarted=("licsrv: lmgrd on 27000, x on 40000",),
    found=(
        Found(what="license service of a", state="down", well=False, wrong=("it does not run: \x1b[31mred",)),
        Found(what="office, 27000@a", state="healthy", well=False, wrong=("Only one answers.", "27000@b: filtered")),
        Found(what="office, TCP 22 of 10.0.0.1", state="open", well=False, wrong=("TCP 22 of 10.0.0.1 is open",)),
        Found(what="office, TCP 23 of 10.0.0.1", state="blocked", well=True),
        Found(what="home, 27000@a", state="referral-unresolvable", well=True),
    ),
)


@pytest.mark.parametrize("name", labs())
@pytest.mark.parametrize("width", [40, 80])
def test_a_story_names_every_machine_and_fits(name: str, width: int) -> None:
    lab = read_lab(name)
    told = story_text(LabStory(lab=lab, running=_running(lab)), Look(width=width))
    assert all(machine in told for machine in lab.machines)
    assert max(map(len, told.splitlines())) <= max(width, 46), "only a command is never broken"
    assert "<" not in told


def test_a_grade_says_all_that_is_wrong_and_of_whom() -> None:
    assert grade_text(LabGrade(lab=_LAB, grade=_WRONG, points=100), Look(width=80)) == (
        "── vendor-port ────────────────────────────────────────── not solved yet, 0 s ──\n"
        "\n"
        "  · restarted by this check: licsrv: lmgrd on 27000, x on 40000\n"
        "  ✖ license service of a: down\n"
        "  ✖ office, 27000@a: Only one answers.\n"
        "  ✖ office, TCP 22 of 10.0.0.1: open\n"
        "  ✔ office, TCP 23 of 10.0.0.1: blocked\n"
        "  ✔ home, 27000@a: referral-unresolvable, a warning only\n"
        "\n"
        "  Remaining problems\n"
        "  - license service of a: it does not run: \\x1b[31mred\n"
        "  - office: Only one answers.\n"
        "  - office: 27000@b: filtered\n"
        "  - office: TCP 22 of 10.0.0.1 is open\n"
    )


def test_what_is_learnt_is_told_once_it_is_learnt() -> None:
    learnt = " ".join(_LAB.learnt.split())
    assert learnt not in " ".join(grade_text(LabGrade(lab=_LAB, grade=_WRONG, points=100), Look()).split())
    solved = Grade(solved=True, restarted=(), found=())
    assert learnt in " ".join(grade_text(LabGrade(lab=_LAB, grade=solved, points=85), Look()).split())
    assert "solved, 85 points" in grade_text(LabGrade(lab=_LAB, grade=solved, points=85), Look())


@pytest.mark.parametrize("plain", [True, False])
def test_colours_and_letters_are_as_asked_for(plain: bool) -> None:  # pytest hands it over
    look = Look(colour=not plain, unicode=not plain)
    for told in (
        grade_text(LabGrade(lab=_LAB, grade=_WRONG, points=0), look),
        story_text(LabStory(lab=_LAB, running=_running(_LAB)), look),
        hint_text(LabHint(number=1, text=_LAB.hints[0]), look),
    ):
        assert told.isascii() or not plain
        assert ("\x1b" in told) is not plain
        assert "\x1b[31mred" not in told


def test_texts_of_a_foreign_lab_steer_no_terminal() -> None:
    bad = "\x1b]0;x\x07"
    lab = msgspec.structs.replace(_LAB, id=bad, title=bad, story=bad, learnt=bad, hints=(bad,) * 3)
    running = msgspec.structs.replace(_running(_LAB), folder=bad)
    solved = Grade(solved=True, restarted=(bad,), found=(Found(what=bad, state="healthy", well=True),))
    for told in (
        story_text(LabStory(lab=lab, running=running), Look()),
        grade_text(LabGrade(lab=lab, grade=solved, points=1), Look()),
        hint_text(LabHint(number=1, text=bad), Look()),
    ):
        assert "\x1b" not in told
        assert "\\x1b]0;x\\x07" in told


def test_the_list_counts_what_was_achieved_of_its_labs() -> None:
    best = Achieved(points=65, hints=2, seconds=1.0, seed=0)
    told = list_text(
        LabList(labs=(_LAB, read_lab("nat")), achieved={"vendor-port": best, "/home/me/mine": best}, running="nat"),
        Look(width=80),
    )
    lines = told.splitlines()
    assert (lines[0], lines[2]) == ("Easy", "Medium")
    assert lines[1].endswith(" 65 points")
    assert lines[3].endswith(" running")
    assert told.endswith("\n65 of 200 points\n")


def test_hints_cost_points() -> None:
    assert [points(hints) for hints in range(4)] == [100, 85, 65, 35]


def test_machines_go_by_their_names_and_by_what_they_are() -> None:
    lab = read_lab("triad")
    running = _running(lab)
    assert [machine(running, lab, name) for name in ("client", "router", "server", "cadlic1")] == [
        "office",
        "router",
        "cadlic2",  # no license service runs on the first
        "cadlic1",
    ]


def test_a_command_for_a_machine_keeps_its_words() -> None:
    argv, more = shell(_running(_LAB), _LAB, "office", ("--", "echo", "a b", "$c"))
    assert argv[:2] == ["enter", "office"]
    assert argv[-3:] == ["echo", "a b", "$c"]
    assert more == {"LMWIRE_LAB": "/tmp/lmwire-lab-x", "LM_LICENSE_FILE": "27000@cadlic.eng.example"}  # noqa: S108


def test_the_client_of_a_shell_finds_its_own_variable() -> None:
    lab = read_lab("vendor-port", 6)  # whose vendor daemon is MOSEKLM
    _, more = shell(_running(lab), lab, "office", ("true",))
    assert more["MOSEKLM_LICENSE_FILE"] == more["LM_LICENSE_FILE"]


def test_an_exam_tells_no_verdict() -> None:
    exam = LabGrade(lab=_LAB, grade=None, points=100, terms=Terms(exam=True, began=0.0), seconds=61.0, measured="NOW")
    assert grade_text(exam, Look(width=80)) == (
        "Recorded at NOW, after 1 min.\nThis is an exam: `lmwire lab stop` ends it and shows the result.\n"
    )
    made = msgspec.json.decode(grade_json(exam), type=CheckDocument)
    assert (made.solved, made.points, made.found) == (None, None, ())


@pytest.mark.parametrize("grade", [_WRONG, Grade(solved=True, restarted=(), found=_WRONG.found[3:]), None])
def test_a_grade_for_programs_fits_its_schema(grade: Grade | None) -> None:
    validator = jsonschema.Draft202012Validator(json.loads(invoke("schema", "lab-check").stdout))
    document = json.loads(grade_json(LabGrade(lab=_LAB, grade=grade, points=85, measured="NOW", learner="ada@a")))
    assert document["schema"] == "lmwire.lab-check/1"
    validator.validate(document)
    document.pop("hints")
    assert not validator.is_valid(document)


@pytest.mark.parametrize(
    ("seconds", "told"), [(0.4, "0 s"), (59, "59 s"), (60, "1 min"), (3599, "59 min"), (3900, "1 h 5 min")]
)
def test_times_are_told_in_words(seconds: float, told: str) -> None:
    assert time_text(seconds) == told
