"""What keeps a test of a rule set from being run: the plan, the rules, or this machine."""

from __future__ import annotations

from collections.abc import Sequence

from lmwire.errors import LmwireError

__all__ = ["PlanError"]


class PlanError(LmwireError):
    """A plan that can't be used as it is written; each problem says where, what, and mostly what to write instead.

    Attributes:
        file: the plan, or the file that it names. Escaped.
        problems: one sentence each, beginning with the place, such as `zones[2].sees`. Escaped.
    """

    def __init__(self, file: str, problems: Sequence[str]) -> None:
        super().__init__(problems[0])
        self.where = file
        self.file = file
        self.problems = tuple(problems)

    def __str__(self) -> str:
        return f"{self.file}: {'; '.join(self.problems)}"

    def details(self) -> tuple[str, ...]:
        """Return the problems behind the first."""
        return self.problems[1:]
