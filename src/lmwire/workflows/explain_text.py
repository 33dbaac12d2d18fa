"""From what an application shows, or a name, to what it means: what `lmwire explain` does, for programs, too."""

from __future__ import annotations

from lmwire.explanations import lookup
from lmwire.explanations.lookup import Explanation

__all__ = ["explain"]


def explain(text: str) -> Explanation:
    """Find error codes and known messages in a text, and say what they mean and what to run next.

    Args:
        text: an error code, all that an application shows, a verdict, or the name of a vendor daemon or a product.
    """
    return lookup.explain(text)
