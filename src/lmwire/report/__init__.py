"""Renderers: show a report to people and to programs. They never judge, and never look at a network.

Each format is a module with a `render`; `render` here picks it, and imports no other.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import TYPE_CHECKING

from lmwire.report.look import Look

if TYPE_CHECKING:
    from lmwire.diagnosis.model import Report

__all__ = ["Format", "Look", "render"]


class Format(enum.StrEnum):
    """What `--format` takes."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"
    JUNIT = "junit"


def render(report: Report, form: Format, look: Look, *, options: Sequence[str] = ()) -> str:
    """Return the report in the form asked for, ending with a newline.

    Args:
        report: what to show.
        form: which renderer.
        look: what text is rendered for; the other forms don't depend on it.
        options: the command's further options, for the command line that a ticket shows.
    """
    # Each import here is paid for by its own format only.
    if form is Format.JSON:
        from lmwire.report import json  # noqa: PLC0415

        return json.render(report)
    if form is Format.MARKDOWN:
        from lmwire.report import markdown  # noqa: PLC0415

        return markdown.render(report, options)
    if form is Format.JUNIT:
        from lmwire.report import junit  # noqa: PLC0415

        return junit.render(report)
    from lmwire.report import text  # noqa: PLC0415

    return text.render(report, look)
