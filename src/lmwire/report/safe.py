"""The last gate before a string is shown: nothing leaves a renderer that could steer a terminal."""

from __future__ import annotations

import re
from typing import Final

from lmwire.text import printable

__all__ = ["COMMAND", "NAME_LIMIT", "escaped", "settled"]

NAME_LIMIT: Final = 100
"""A name's first characters are enough to tell it by."""

COMMAND: Final = re.compile(r"`([^`]{1,160})`")
"""A command or a line of configuration inside our sentences."""


def escaped(text: str, limit: int = NAME_LIMIT) -> str:
    """Return a string of the evidence, which is as it came, so that it can be shown."""
    return printable(text, limit)


def settled(text: str) -> str:
    """Return a sentence of the diagnosis, in which names are escaped already; a second gate, hence idempotent."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(character if character == "\\" else printable(character) for character in text)
