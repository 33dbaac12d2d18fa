"""What the `lmwire lab` commands return: frozen values, ready to be shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from lmwire.lab.ipc import Found, Grade, Terms
from lmwire.lab.model import Lab
from lmwire.lab.records import Achieved, RunningLab

__all__ = [
    "BOARD",
    "CHECK",
    "Board",
    "BoardRow",
    "CheckDocument",
    "LabGrade",
    "LabHint",
    "LabList",
    "LabRestart",
    "LabShell",
    "LabStopped",
    "LabStory",
    "Reached",
    "check_document",
]

CHECK: Final = "lmwire.lab-check/1"
BOARD: Final = "lmwire.lab-board/1"


class LabList(msgspec.Struct, frozen=True, kw_only=True):
    """All labs, what was achieved in each, and the id of the one that is running, or nothing."""

    labs: tuple[Lab, ...]
    achieved: Mapping[str, Achieved]
    running: str


class LabStory(msgspec.Struct, frozen=True, kw_only=True):
    """A lab that is running."""

    lab: Lab
    running: RunningLab


class LabHint(msgspec.Struct, frozen=True, kw_only=True):
    """A hint, and which of the three it is."""

    number: int
    text: str


class LabGrade(msgspec.Struct, frozen=True, kw_only=True):
    """What the check of a lab measured, and the points for it.

    Attributes:
        grade: None in an exam that goes on.
        points: for a repair with the hints given.
        seconds: from the start until it was solved, or until now.
        measured: UTC.
        learner: user@host.
    """

    lab: Lab
    grade: Grade | None
    points: int
    terms: Terms = Terms(began=0.0)
    seconds: float = 0.0
    measured: str = ""
    learner: str = ""


class LabRestart(msgspec.Struct, frozen=True, kw_only=True):
    """What was restarted, one line each, and whether a license service does not run after it."""

    lines: tuple[str, ...]
    down: bool


class LabShell(msgspec.Struct, frozen=True, kw_only=True):
    """The command line of a shell on a machine of the lab, or of another program there, and its environment."""

    argv: tuple[str, ...]
    environment: Mapping[str, str]


class LabStopped(msgspec.Struct, frozen=True, kw_only=True):
    """A lab that was stopped.

    Attributes:
        lab: its name, as given to `lmwire lab start`. Not escaped.
        grade: of an exam.
        trouble: why an exam could not be graded; empty when it could. Escaped.
    """

    lab: str
    grade: LabGrade | None = None
    trouble: str = ""


class CheckDocument(msgspec.Struct, frozen=True, kw_only=True):
    """What `lmwire lab check --format json` prints.

    Attributes:
        lab, seed: the lab.
        learner: user@host.
        measured: UTC.
        exam: whether it is an exam.
        solved: whether all is as expected; None in an exam that goes on.
        points: of 100; 0 when not solved; None in an exam that goes on.
        hints: the number of hints given.
        seconds: from the start until it was solved, or until now.
        found: the measurements; none in an exam that goes on.
    """

    schema: str = CHECK
    lab: str
    seed: int
    learner: str
    measured: str
    exam: bool
    solved: bool | None
    points: int | None
    hints: int
    seconds: float
    found: tuple[Found, ...]


class Reached(msgspec.Struct, frozen=True, kw_only=True):
    """The best result of a learner in a lab."""

    points: int
    hints: int
    seconds: float
    exam: bool


class BoardRow(msgspec.Struct, frozen=True, kw_only=True):
    """A learner: lab → best result, and the sums."""

    learner: str
    points: int
    seconds: float
    labs: dict[str, Reached]


class Board(msgspec.Struct, frozen=True, kw_only=True):
    """The results of a class, the most points first.

    Attributes:
        rows: one for each learner.
        ignored: files that are no result, or that were changed by hand, with the reason.
    """

    schema: str = BOARD
    rows: tuple[BoardRow, ...]
    ignored: tuple[str, ...] = ()


def check_document(graded: LabGrade) -> CheckDocument:
    """Return the result of a check as the document for programs."""
    found = graded.grade
    points = None if found is None else graded.points if found.solved else 0
    return CheckDocument(
        lab=graded.lab.source,
        seed=graded.lab.seed,
        learner=graded.learner,
        measured=graded.measured,
        exam=graded.terms.exam,
        solved=None if found is None else found.solved,
        points=points,
        hints=graded.terms.hints,
        seconds=round(graded.seconds, 1),
        found=() if found is None else found.found,
    )
