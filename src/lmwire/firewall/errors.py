"""What can't be written, and what to do about it."""

from __future__ import annotations

from lmwire.errors import LmwireError

__all__ = ["FirewallError"]


class FirewallError(LmwireError, ValueError):
    """Rules that can't be made, or not without guessing. Neither text holds a raw control character.

    Attributes:
        message: what is wrong, and where, without a full stop. Escaped.
        hint: what to do next; may be empty. Escaped.
    """

    def __str__(self) -> str:
        return f"{self.message} ({self.hint})" if self.hint else self.message
