"""The forms in which results are shown."""

from __future__ import annotations

import enum

__all__ = ["Format"]


class Format(enum.StrEnum):
    """What `--format` takes; each command offers those that its result has."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"
    JUNIT = "junit"
    DIFF = "diff"
    """A unified diff, to look at: what pinning changes in a license file."""
