"""What keeps a lab from being played."""

from __future__ import annotations

__all__ = ["LabError"]


class LabError(Exception):
    """A sentence for the person at the keyboard, and what to do next.

    Attributes:
        hint: what to do; may be empty.
    """

    def __init__(self, sentence: str, hint: str = "") -> None:
        super().__init__(sentence, hint)
        self.hint = hint

    def __str__(self) -> str:
        return str(self.args[0])
