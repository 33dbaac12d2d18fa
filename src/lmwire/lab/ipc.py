"""The messages between the `lmwire lab` commands and the lab's process: commands, answers and grades."""

from __future__ import annotations

import msgspec

__all__ = ["Found", "Grade", "LabCommand", "LabReply", "Terms"]


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """One measurement.

    Attributes:
        what: a client and its target; a client and a port; a license service; or a machine.
        state: a verdict's id; for ports "blocked", "open" or what else became of a connection; "down"; "changed" for
            what a repair must leave alone.
        well: whether it is as expected. A triad without quorum may be "healthy" and not well.
        wrong: sentences about its problems.
    """

    what: str
    state: str
    well: bool
    wrong: tuple[str, ...] = ()


class Grade(msgspec.Struct, frozen=True, kw_only=True):
    """The result of a check.

    Attributes:
        solved: whether everything is as expected.
        restarted: the ports of the license services after the check restarted them, one line each.
        found: license services that do not run, then clients, then ports.
    """

    solved: bool
    restarted: tuple[str, ...]
    found: tuple[Found, ...]


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """How a lab is played. Its process keeps them, where no file of the learner can change them.

    Attributes:
        hints: the number of hints given.
        exam: whether hints and verdicts are withheld until the end.
        began: Unix time of the start.
        solved: Unix time of the first check that found it solved; None before.
    """

    hints: int = 0
    exam: bool = False
    began: float
    solved: float | None = None


class LabCommand(msgspec.Struct, frozen=True):
    """A command to a lab: "check", "finish" (an exam), "hint", "restart" (of `name`, or of all), "stop"."""

    do: str
    name: str = ""


class LabReply(msgspec.Struct, frozen=True, kw_only=True):
    """A lab's answer.

    Attributes:
        lines: sentences about the result.
        down: whether a license service does not run after its restart.
        wrong: why the command failed; empty on success.
        grade: the grade of a check; None in an exam, before its end.
        terms: how the lab is played, after a check or a hint.
    """

    lines: tuple[str, ...] = ()
    down: bool = False
    wrong: str = ""
    grade: Grade | None = None
    terms: Terms | None = None
