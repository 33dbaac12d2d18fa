"""The error from which all errors of lmwire descend, so that a program can catch them together."""

from __future__ import annotations

__all__ = ["LmwireError"]


class LmwireError(Exception):
    """Something that lmwire cannot do, or an input that it cannot use.

    `str()` is the sentence. Some errors also hold facts, in fields of their own.

    Attributes:
        message: what is wrong, and where, without a full stop. Escaped: safe to show on a terminal.
        hint: what to do or to write instead; may be empty. Escaped.
    """

    # `args` stay what the class was called with, as BaseException.__new__ sets them: pickle calls it with them again.
    def __init__(self, message: str, hint: str = "") -> None:
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return self.message
