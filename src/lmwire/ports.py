"""Port numbers, and how a client reads them. Every room takes them from here."""

from __future__ import annotations

from typing import Final

__all__ = ["DEFAULT_RANGE", "DEFAULT_RANGE_TEXT", "MAX_PORT", "PRIVILEGED", "port_dialled"]

DEFAULT_RANGE: Final = range(27000, 27010)
"""Ports that a client walks, in this order, without a port (`@host`); vendors advise them for all daemons."""

DEFAULT_RANGE_TEXT: Final = f"{DEFAULT_RANGE[0]}-{DEFAULT_RANGE[-1]}"

MAX_PORT: Final = 65535

PRIVILEGED: Final = 1024
"""Below this port, only root may listen on Unix."""


def port_dialled(referred: int) -> int:
    """Return the TCP port that a client connects to when a referral names `referred`.

    A referral's port is 32 bits wide. A client takes the low 16 of them. [obs]
    """
    return referred & MAX_PORT
