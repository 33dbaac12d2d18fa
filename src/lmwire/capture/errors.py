"""Errors of a capture itself. They hold facts; `str` makes the sentence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from lmwire.errors import LmwireError
from lmwire.text import printable

__all__ = ["INSTALL_SCAPY", "CaptureError", "NotPermittedError", "ScapyMissingError", "UnknownInterfaceError"]

INSTALL_SCAPY: Final = 'run: pip install "lmwire[capture]"'
"""The hint where scapy is missing."""


class CaptureError(LmwireError):
    """A capture that cannot be read, or not to its end.

    Attributes:
        reason: what is wrong, in words. Escaped.
        offset: where, in bytes from the start of the (uncompressed) capture; None when no byte is at fault.
    """

    def __init__(self, reason: str, hint: str = "", *, offset: int | None = None) -> None:
        super().__init__(reason if offset is None else f"{reason} (at byte {offset})", hint)
        self.reason = reason
        self.offset = offset


class ScapyMissingError(CaptureError):
    """scapy, which reads captures, is not installed."""

    def __init__(self) -> None:
        super().__init__("lmwire reads captures with scapy, which is not installed", INSTALL_SCAPY)


class NotPermittedError(CaptureError):
    """This user may not see the machine's packets."""

    def __init__(self, words: str) -> None:
        super().__init__(f"this user may not capture packets on this machine: {words}")


class UnknownInterfaceError(CaptureError):
    """There is no interface of that name."""

    def __init__(self, name: str, known: Sequence[str]) -> None:
        shown = ", ".join(printable(one, 40) for one in known)
        super().__init__(f"there is no interface {printable(name, 40) or 'without a name'}; use one of: {shown}")
