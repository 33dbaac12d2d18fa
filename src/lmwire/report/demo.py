"""What `lmwire demo` played, and the diagnosis of each server."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from lmwire.report import json
from lmwire.report.look import PLAIN, Look
from lmwire.report.text import Page, section
from lmwire.workflows.documents import Demo

__all__ = ["as_json", "as_text"]

_OPENING: Final = (
    "Three license servers, played on this machine's loopback. Nothing leaves it, and no license is granted."
)
_NEXT: Final = (
    ("lmwire diagnose 27000@licsrv", "your own server, with the entry of your LM_LICENSE_FILE"),
    ("lmwire diagnose", "what this machine's environment says"),
    ("lmwire explain -96,491", "what an application's error code means"),
    ("lmwire mock --list", "every failure that can be played"),
    ("lmwire diagnose --format markdown", "a ticket for the firewall team"),
)


def as_json(demo: Demo, _look: Look = PLAIN, _options: Sequence[str] = ()) -> str:
    """Return the report, as `lmwire diagnose` does."""
    return json.render(demo.report)


def as_text(demo: Demo, look: Look = PLAIN, _options: Sequence[str] = ()) -> str:
    """Return each scene with its diagnosis, and what to try next."""
    page = Page(look)
    page.paragraph(_OPENING)
    for scene, diagnosis in zip(demo.scenes, demo.report.diagnoses, strict=True):
        page.blank()
        page.blank()
        page.paragraph(scene.words, "bold")
        page.blank()
        section(page, diagnosis)
    page.blank()
    page.paragraph("What to try next", "bold")
    page.pairs(_NEXT)
    return page.finish()
