"""What passes between the commands and the process that plays a lab: orders, answers, and grades among them."""

from __future__ import annotations

import msgspec

__all__ = ["Answer", "Found", "Grade", "Order"]


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was measured.

    Attributes:
        what: a client and its target; a client and a port; a license service.
        state: what was found of it: a verdict's id; "blocked" or "open"; "down".
        well: whether it is as it should be. A triad may be "healthy" and not well: without its quorum.
        wrong: what is not as it should be, in sentences.
    """

    what: str
    state: str
    well: bool
    wrong: tuple[str, ...] = ()


class Grade(msgspec.Struct, frozen=True, kw_only=True):
    """What a check comes to.

    Attributes:
        solved: whether all is well.
        restarted: what the license services serve after the restart that the check made, one line each.
        found: license services that do not run, then clients, then ports.
    """

    solved: bool
    restarted: tuple[str, ...]
    found: tuple[Found, ...]


class Order(msgspec.Struct, frozen=True):
    """What a lab is told: "check", "restart" (of `name`, or of all), "stop"."""

    do: str
    name: str = ""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What it answers.

    Attributes:
        lines: what happened, in words.
        down: whether a license service that was to be restarted does not run now.
        wrong: why it could not be done; empty when it could.
        grade: of a check.
    """

    lines: tuple[str, ...] = ()
    down: bool = False
    wrong: str = ""
    grade: Grade | None = None
