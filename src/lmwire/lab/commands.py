"""What the `lmwire lab` commands do: one function each, which returns a document to show."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from lmwire.lab import control, state
from lmwire.lab.board import collect, learner
from lmwire.lab.catalogue import labs, read_lab
from lmwire.lab.documents import Board, LabGrade, LabHint, LabList, LabRestart, LabShell, LabStopped, LabStory
from lmwire.lab.errors import LabError
from lmwire.lab.ipc import Grade, Terms
from lmwire.lab.model import Lab
from lmwire.lab.records import Achieved

__all__ = [
    "board",
    "check",
    "forget_results",
    "hint",
    "list_labs",
    "reset",
    "restart",
    "shell",
    "start",
    "stop",
    "story",
]


def list_labs() -> LabList:
    """Return all labs, the easiest first, and the points made so far."""
    now = state.running()
    every = tuple(read_lab(name) for name in labs())
    return LabList(labs=every, achieved=state.achieved(), running=now.lab if now else "")


def start(name: str, seed: int, *, exam: bool) -> LabStory:
    """Start a lab, and leave it running. Raises LabError as `control.start` does."""
    running, played = control.start(name, seed, exam=exam)
    return LabStory(lab=played, running=running)


def story() -> LabStory:
    """Return the running lab. Raises LabError when none runs, as all functions below do."""
    running, played = control.playing()
    return LabStory(lab=played, running=running)


def shell(name: str, command: tuple[str, ...], environ: Mapping[str, str]) -> LabShell:
    """Return what to run for a shell on a machine, or for a command there, with its environment.

    Raises:
        LabError: no machine has this name.
    """
    running, played = control.playing()
    argv, more = control.shell(running, played, control.machine(running, played, name), command)
    return LabShell(argv=tuple(argv), environment=control.environment(environ, more))


def restart(name: str) -> LabRestart:
    """Restart a license service, all of them, or the name servers. Raises LabError as `control.restart` does."""
    running, _ = control.playing()
    answer = control.restart(running, name)
    return LabRestart(lines=answer.lines, down=answer.down)


def hint() -> LabHint:
    """Return the next hint, which costs points. Raises LabError after the last one, and in an exam."""
    running, played = control.playing()
    number, text = control.hint(running, played)
    return LabHint(number=number, text=text)


def check() -> LabGrade:
    """Measure the repair, and keep its points. In an exam, only record the time.

    Raises:
        LabError: the lab does not answer.
    """
    running, played = control.playing()
    return _graded(played, *control.measure(running))


def reset() -> LabStory:
    """Build the running lab anew, broken as at first. Raises LabError as `control.start` does."""
    running, _ = control.playing()
    running, played = control.reset(running)
    return LabStory(lab=played, running=running)


def forget_results() -> None:
    """Forget all points and hints of this user."""
    state.forget_results()


def board(folder: Path) -> Board:
    """Return the results of a class. Raises LabError as `collect` does."""
    return collect(folder)


def stop(grading: Callable[[], AbstractContextManager[object]] = nullcontext) -> LabStopped:
    """Stop the running lab; grade it first when it is an exam.

    Args:
        grading: makes what is entered while an exam is graded, such as a progress bar.

    Raises:
        LabError: no lab is running; or this program runs on one of its machines.
    """
    running = state.running()
    grade, trouble = None, ""
    if running is not None and running.exam and os.environ.get(state.MARK) != running.folder:
        played = read_lab(running.lab, running.seed)
        try:
            with grading():
                measured = control.measure(running, finish=True)
        except LabError as error:  # a lab that does not answer can be stopped all the same
            trouble = error.one_line
        else:
            grade = _graded(played, *measured)
    return LabStopped(lab=control.stop(), grade=grade, trouble=trouble)


def _graded(played: Lab, found: Grade | None, terms: Terms) -> LabGrade:
    """Return the result of a check, and keep its points if it is a repair."""
    seconds = max(0.0, (terms.solved or time.time()) - terms.began)
    made = control.points(terms.hints)
    if found is not None and found.solved:
        best = Achieved(points=made, hints=terms.hints, seconds=seconds, seed=played.seed, exam=terms.exam)
        state.note_achieved(played.source, best)
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    return LabGrade(lab=played, grade=found, points=made, terms=terms, seconds=seconds, measured=now, learner=learner())
