"""Errors of a log file. They hold facts; `str` makes the sentence."""

from __future__ import annotations

from lmwire.errors import LmwireError

__all__ = ["LogError"]


class LogError(LmwireError):
    """A file that is not a debug log of lmgrd, or that cannot be read at all.

    Attributes:
        name: the file, or "standard input". Escaped.
        reason: the sentence that says what is wrong. Escaped.
        hint: what to do instead; may be empty. Escaped.
    """

    def __init__(self, name: str, reason: str, hint: str = "", *, sentence: str = "") -> None:
        super().__init__(sentence or f"{name}: {reason}", hint)
        self.name = name
        self.reason = reason
