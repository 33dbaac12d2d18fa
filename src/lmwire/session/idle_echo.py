"""The question of `lmwire idle`, and what a gateway or a mock answers; a license server does not know the question.

After `WILLING`, the connection carries nothing of the protocol any more: the server returns each byte that it gets, and
waits for the next one as long as it takes. It must not send keepalives meanwhile: the silence is what is measured.
"""

from __future__ import annotations

from typing import Final

__all__ = ["BUSY", "GOODBYE", "MOST_ECHOES", "MOST_SECONDS", "QUESTION", "WILLING"]

QUESTION: Final = "lmwire-idle"
"""The command of the text request. A license server does not know it: it answers W, but never `WILLING`. [inf]"""

WILLING: Final = "lmwire-idle/1"
"""The text of the answer: bytes are returned from now on."""

BUSY: Final = "lmwire-idle/busy"
"""The text of the answer when there are `MOST_ECHOES` such connections already."""

GOODBYE: Final = b"lmwire-idle/ended\n"
"""The last bytes before the server ends such a connection by itself, so that nobody blames the network for it."""

MOST_ECHOES: Final = 64
"""Such connections at a time."""

MOST_SECONDS: Final = 7200.0
"""The longest life of such a connection."""
