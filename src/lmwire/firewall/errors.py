"""The error for rules that cannot be written."""

from __future__ import annotations

from lmwire.errors import LmwireError

__all__ = ["FirewallError"]


class FirewallError(LmwireError, ValueError):
    """lmwire cannot make the rules, or only by guessing. Neither text has a raw control character.

    Attributes:
        message: what is wrong and where, without a full stop. Escaped.
        hint: what to do; may be empty. Escaped.
    """
