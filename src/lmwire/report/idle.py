"""Render the result of `lmwire idle`: each silence with what became of its connection, and what follows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from rich.text import Text

from lmwire.addresses import endpoint
from lmwire.idle.model import FORGOTTEN, Fate, IdleProbe, IdleResult, Judged, Outcome
from lmwire.report.json import document
from lmwire.report.layout import Column
from lmwire.report.look import PLAIN, Look
from lmwire.report.steps import Mark
from lmwire.report.text import Page
from lmwire.text import escaped, settled

__all__ = ["as_json", "as_text"]

_INDENT: Final = 2
_WIDTH: Final = 9
_FACTS: Final[Mapping[Fate, str]] = {
    Fate.SURVIVED: "the byte came back",
    Fate.RESET: "reset",
    Fate.CLOSED: "closed, and not by the other end",
    Fate.REJECTED: "rejected by an ICMP error",
    Fate.SILENT: "no answer: the byte was not delivered",
    Fate.NOT_RETURNED: "acknowledged, but the byte did not come back",
    Fate.WRONG: "other bytes came back",
    Fate.ENDED: "the other end ended the measurement",
    Fate.NOT_TRIED: "not tried",
}


def as_json(result: IdleResult, _look: Look = PLAIN, _options: Sequence[str] = ()) -> str:
    """Return the document `lmwire.idle/1`."""
    return document(result)


def as_text(result: IdleResult, look: Look = PLAIN, _options: Sequence[str] = ()) -> str:
    """Return the result as text."""
    page = Page(look)
    mark = _overall(result.judged)
    page.title(
        f"{escaped(result.target, 200)} · {endpoint(result.address, result.port)}", result.judged.outcome.value, mark
    )
    page.blank()
    for probe in result.probes:
        _row(page, probe)
    page.blank()
    page.paragraph(settled(result.headline), "bold", _INDENT)
    for sentence in result.sentences:
        page.paragraph(settled(sentence), indent=_INDENT)
    if result.remedies:
        page.heading("What to do")
        for number, remedy in enumerate(result.remedies, 1):
            page.item(Text(f"{number}."), settled(remedy), label_width=2)
    return page.finish()


def _overall(judged: Judged) -> Mark:
    if judged.heartbeat_survives:
        return Mark.OK
    return Mark.FAILED if judged.outcome is Outcome.FORGETS and judged.heartbeat_survives is False else Mark.UNKNOWN


def _row(page: Page, probe: IdleProbe) -> None:
    mark = Mark.OK if probe.fate is Fate.SURVIVED else Mark.FAILED if probe.fate in FORGOTTEN else Mark.SKIPPED
    silence = probe.age if probe.fate is Fate.NOT_TRIED else probe.seconds
    page.row(
        Column(page.sign(mark), 1),
        Column(page.text(f"{silence:,g} s"), _WIDTH, right=True),
        Column(page.text(_FACTS[probe.fate]), max(page.look.width - _WIDTH - _INDENT - 3, 8)),
        indent=_INDENT,
    )
