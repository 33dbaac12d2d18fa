"""The errors of rule set tests."""

from __future__ import annotations

from collections.abc import Sequence

from lmwire.errors import LmwireError

__all__ = ["PlanError"]


class PlanError(LmwireError):
    """A plan with errors. Each problem says where and what is wrong, and mostly what to write instead.

    Attributes:
        file: the plan, or a file that it names. Escaped.
        problems: one sentence each; it starts with the place, such as `zones[2].sees`. Escaped.
    """

    def __init__(self, file: str, problems: Sequence[str]) -> None:
        super().__init__(problems[0])
        self.where = file
        self.file = file
        self.problems = tuple(problems)

    def details(self) -> tuple[str, ...]:
        """Return the problems behind the first."""
        return self.problems[1:]
