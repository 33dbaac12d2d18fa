"""What can be wrong with a log itself, as facts; `str` makes the sentence."""

from __future__ import annotations

__all__ = ["LogError"]


class LogError(Exception):
    """A file that is no debug log of lmgrd, or can't be read at all.

    Attributes:
        name: the file, or "standard input". Escaped.
        reason: what is wrong, in words. Escaped.
        hint: what to do instead; may be empty. Escaped.
    """

    def __init__(self, name: str, reason: str, hint: str = "") -> None:
        super().__init__(name, reason, hint)
        self.name = name
        self.reason = reason
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.name}: {self.reason}"
