"""The error of labs."""

from __future__ import annotations

__all__ = ["LabError"]


class LabError(Exception):
    """The sentence says what is wrong; the hint says what to do.

    Attributes:
        hint: what to do; may be empty.
    """

    def __init__(self, sentence: str, hint: str = "") -> None:
        super().__init__(sentence, hint)
        self.hint = hint

    def __str__(self) -> str:
        return str(self.args[0])
