"""What can be wrong with a capture itself, as facts; `str` makes the sentence."""

from __future__ import annotations

__all__ = ["CaptureError", "ScapyMissingError"]


class CaptureError(Exception):
    """A capture that can't be read, or not to its end.

    Attributes:
        reason: what is wrong, in words. Escaped.
        offset: where, in bytes from the start of the (uncompressed) capture; None when it is no matter of bytes.
    """

    def __init__(self, reason: str, *, offset: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.offset = offset

    def __str__(self) -> str:
        return self.reason if self.offset is None else f"{self.reason} (at byte {self.offset})"


class ScapyMissingError(CaptureError):
    """scapy, which reads captures, is not installed."""

    def __init__(self) -> None:
        super().__init__("captures are read with scapy, which is not installed: pip install scapy")
