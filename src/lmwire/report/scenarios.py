"""The scenarios of the mock, by where they can be played."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from lmwire.report.look import PLAIN, Look
from lmwire.report.text import Page
from lmwire.workflows.documents import Playable, ScenarioList

__all__ = ["as_text"]

_HEADINGS: Final = {
    Playable.ANYWHERE: "On any machine",
    Playable.LINUX: "On any Linux machine, since their ports are filtered",
    Playable.NETWORK: "Only in a network, since they need a firewall, names or fixed ports",
}


def as_text(listed: ScenarioList, look: Look = PLAIN, _options: Sequence[str] = ()) -> str:
    """Return a scenario a line, with its title."""
    page = Page(look)
    for place, found in listed.by_place.items():
        page.blank()
        page.paragraph(_HEADINGS[place], "bold")
        page.pairs(found)
    return page.finish()
