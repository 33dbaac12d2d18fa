"""The system's errors that clients print beside their codes: the number, and the words for it. Measured."""

from __future__ import annotations

from typing import Final

from lmwire.diagnosis.clientwalk.clients import LINUX, WINDOWS

__all__ = ["WORDS", "words_of"]

WORDS: Final = {
    (LINUX, 11): "Resource temporarily unavailable",
    (LINUX, 13): "Permission denied",
    (LINUX, 101): "Network is unreachable",
    (LINUX, 104): "Connection reset by peer",
    (LINUX, 115): "Operation now in progress",
    (WINDOWS, 10013): "WinSock: Access denied",
    (WINDOWS, 10051): "WinSock: Network is unreachable",
    (WINDOWS, 10061): "WinSock: Connection refused",
    (WINDOWS, 10065): "WinSock: No route to host",
    (WINDOWS, 11001): "WinSock: Host not found (HOST_NOT_FOUND)",
    (WINDOWS, 11002): "WinSock: Host not found at this time (TRY_AGAIN)",
}
"""System and number → the client's own words."""


def words_of(system: str, number: int) -> str:
    """Return the words that a client of `system` prints for a number; empty where they are not known."""
    return WORDS.get((system, number), "")
