"""A license story, as `lmwire capture watch` tells it when it is over: a line, and a sentence below it."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from typing import Any, Final

import msgspec
from rich.text import Text

from lmwire.diagnosis.model import Diagnosis, Occurrence, Shown
from lmwire.report.look import PLAIN, Look
from lmwire.report.steps import mark_of
from lmwire.report.text import Page
from lmwire.text import settled

__all__ = ["as_json", "as_text"]

_INDENT: Final = 9
"""The width of a time and a blank."""


def as_text(diagnosis: Diagnosis, look: Look = PLAIN, _options: Sequence[str] = ()) -> str:
    """Return when who met what, and what the application shows."""
    seen = _seen(diagnosis)
    page = Page(look)
    sign = page.sign(mark_of(diagnosis))
    when = time.strftime("%H:%M:%S", time.localtime(seen.last))
    target = f"{settled(diagnosis.target)} {settled(diagnosis.vendor)}".strip()
    words = [f"{settled(diagnosis.verdict.headline)}"]
    words += [f"{seen.attempts} times."] if seen.attempts > 1 else []
    words += [f"The application shows {code.code} (FlexNet {code.flexnet})."] if (code := _code(diagnosis)) else []
    name = Text(diagnosis.verdict.id, style=sign.style or "bold")
    pieces = [page.text(when), sign, page.text(settled(seen.client)), page.text(target), name]
    page.lines.append(Text(" ").join(pieces))
    page.paragraph(settled(" ".join(words)), indent=_INDENT)
    return page.finish()


def as_json(diagnosis: Diagnosis, _look: Look = PLAIN, _options: Sequence[str] = ()) -> str:
    """Return the same as one line of JSON."""
    seen, verdict = _seen(diagnosis), diagnosis.verdict
    line: dict[str, Any] = {
        "client": seen.client,
        "target": diagnosis.target,
        "vendor": diagnosis.vendor,
        "verdict": verdict.id,
        "severity": verdict.severity,
        "headline": verdict.headline,
        "reason": verdict.reason,
        "application_shows": diagnosis.application_shows,
        "attempts": seen.attempts,
        "first": seen.first,
        "last": seen.last,
    }
    return json.dumps(msgspec.to_builtins(line), ensure_ascii=True) + "\n"


def _seen(diagnosis: Diagnosis) -> Occurrence:
    if diagnosis.capture is None:
        raise TypeError("a story comes from a capture")
    return diagnosis.capture


def _code(diagnosis: Diagnosis) -> Shown | None:
    """Return what the newest client shows, when it shows an error."""
    return next((shown for shown in diagnosis.application_shows if shown.code), None)
