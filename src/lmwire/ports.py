"""Port numbers that several rooms must agree on."""

from __future__ import annotations

from typing import Final

__all__ = ["DEFAULT_RANGE", "MAX_PORT"]

DEFAULT_RANGE: Final = range(27000, 27010)
"""Ports that a client walks, in this order, when it is told none (`@host`); vendors advise them for all daemons."""

MAX_PORT: Final = 65535
