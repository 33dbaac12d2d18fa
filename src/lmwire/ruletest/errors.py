"""The errors of rule set tests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from lmwire.errors import LmwireError
from lmwire.text import file_trouble
from lmwire.toml_file import TomlError

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

    @classmethod
    def unreadable(cls, file: str, error: OSError | ValueError, place: str = "") -> Self:
        """Return the error for a file that cannot be read. `place` says where the plan names it."""
        trouble = file_trouble(file, error)
        made = cls(file, [f"{place}: {trouble}" if place else trouble])
        made.where = ""  # the sentence names the file
        return made

    @classmethod
    def of_file(cls, error: TomlError, file: str) -> Self:
        """Return the error for a file that is not the TOML of a plan."""
        made = cls(file, [error.message])
        made.where = error.where
        return made

    def details(self) -> tuple[str, ...]:
        """Return the problems behind the first."""
        return self.problems[1:]
