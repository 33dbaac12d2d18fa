"""The errors of rule set tests."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["PlanError"]


class PlanError(Exception):
    """A plan with errors. Each problem says where and what is wrong, and mostly what to write instead.

    Attributes:
        file: the plan, or a file that it names. Escaped.
        problems: one sentence each; it starts with the place, such as `zones[2].sees`. Escaped.
    """

    def __init__(self, file: str, problems: Sequence[str]) -> None:
        super().__init__(file, tuple(problems))
        self.file = file
        self.problems = tuple(problems)

    def __str__(self) -> str:
        return f"{self.file}: {'; '.join(self.problems)}"
