"""Errors of a log file. They hold facts; `str` makes the sentence."""

from __future__ import annotations

__all__ = ["LogError"]


class LogError(Exception):
    """A file that is not a debug log of lmgrd, or that cannot be read at all.

    Attributes:
        name: the file, or "standard input". Escaped.
        reason: the sentence that says what is wrong. Escaped.
        hint: what to do instead; may be empty. Escaped.
    """

    def __init__(self, name: str, reason: str, hint: str = "") -> None:
        super().__init__(name, reason, hint)
        self.name = name
        self.reason = reason
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.name}: {self.reason}"
