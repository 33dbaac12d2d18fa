"""What goes wrong with a referee itself."""

from __future__ import annotations

__all__ = ["NoReportError", "RefereeError"]


class RefereeError(AssertionError):
    """The referee could not do its work: a failure of the test, never a reason to skip it."""


class NoReportError(RefereeError):
    """The client still ran after all patience, and had reported nothing."""
