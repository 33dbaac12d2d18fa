"""The error for rules that cannot be written."""

from __future__ import annotations

__all__ = ["FirewallError"]


class FirewallError(ValueError):
    """lmwire cannot make the rules, or only by guessing. Neither text has a raw control character.

    Attributes:
        message: what is wrong and where, without a full stop. Escaped.
        hint: what to do; may be empty. Escaped.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message, hint)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} ({self.hint})" if self.hint else self.message
