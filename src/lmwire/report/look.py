"""What the output goes to: how wide it is, whether it shows colours, and which characters it knows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

__all__ = ["PLAIN", "Look"]

_ASCII = str.maketrans({"…": "...", "→": "->", "·": "-", "─": "-", "—": "-"})


@dataclass(frozen=True, slots=True)
class Look:
    """How to render.

    Attributes:
        width: columns; lines are wrapped to it.
        colour: whether escape sequences may be used at all.
        unicode: False where the output's encoding has only ASCII: marks and dashes have a plain form then.
    """

    width: int = 80
    colour: bool = False
    unicode: bool = True

    def letters(self, text: str) -> str:
        """Return `text` in characters that the output knows."""
        if self.unicode:
            return text
        return text.translate(_ASCII).encode("ascii", "backslashreplace").decode("ascii")


PLAIN: Final = Look()
"""80 columns, no colours, any character: for files, and the default."""
