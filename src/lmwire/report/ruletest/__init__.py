"""Render the result of a rule set test, for people and for programs. Renderers never judge.

`render` imports only the module of the chosen format.
"""

from __future__ import annotations

from lmwire.report import Format, Look
from lmwire.ruletest.model import Result

__all__ = ["render"]


def render(result: Result, form: Format, look: Look) -> str:
    """Return the result in the chosen format, with a newline at the end. Only text uses `look`."""
    if form is Format.JSON:
        from lmwire.report.json import document  # noqa: PLC0415 # each format loads only its own imports

        return document(result)
    if form is Format.MARKDOWN:
        from lmwire.report.ruletest import markdown  # noqa: PLC0415

        return markdown.render(result)
    if form is Format.JUNIT:
        from lmwire.report.ruletest import junit  # noqa: PLC0415

        return junit.render(result)
    from lmwire.report.ruletest import text  # noqa: PLC0415

    return text.render(result, look)
