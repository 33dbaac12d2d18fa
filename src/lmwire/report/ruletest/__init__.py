"""What a test of a rule set came to, for people and for programs. Renderers show, and never judge.

`render` picks the module of a format, and imports no other.
"""

from __future__ import annotations

from lmwire.report import Format, Look
from lmwire.ruletest.model import Result

__all__ = ["render"]


def render(result: Result, form: Format, look: Look) -> str:
    """Return the result in the form asked for, ending with a newline; only text depends on `look`."""
    if form is Format.JSON:
        from lmwire.report.json import document  # noqa: PLC0415 # each format pays for its own imports only

        return document(result)
    if form is Format.MARKDOWN:
        from lmwire.report.ruletest import markdown  # noqa: PLC0415

        return markdown.render(result)
    if form is Format.JUNIT:
        from lmwire.report.ruletest import junit  # noqa: PLC0415

        return junit.render(result)
    from lmwire.report.ruletest import text  # noqa: PLC0415

    return text.render(result, look)
