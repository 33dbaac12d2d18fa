"""What an error code or a pasted dialog means, for people and for programs."""

from __future__ import annotations

from typing import Final

import msgspec
from rich.text import Text

from lmwire.diagnosis.catalogue import CATALOGUE
from lmwire.diagnosis.explain import Explanation, Hit
from lmwire.report.json import document
from lmwire.report.look import Look
from lmwire.report.safe import settled
from lmwire.report.steps import Mark
from lmwire.report.text import Page

__all__ = ["SCHEMA", "as_json", "as_text"]

SCHEMA: Final = "lmwire.explanation/1"

_NETWORK: Final = {
    "yes": (Mark.FAILED, "the network is suspect"),
    "maybe": (Mark.WARNING, "the network may be the cause"),
    "no": (Mark.OK, "not the network"),
}


def as_json(explanation: Explanation) -> str:
    """Return the explanation as one JSON document."""
    return document({"schema": SCHEMA, **msgspec.structs.asdict(explanation)})


def as_text(explanation: Explanation, look: Look) -> str:
    """Return every hit with its meaning and the verdicts that lead to it, then what to run next."""
    page = Page(look)
    for hit in explanation.hits:
        _hit(page, hit)
        page.blank()
    if explanation.truncated:
        page.paragraph("The text was too long: only its beginning was searched.")
        page.blank()
    page.paragraph(f"{settled(explanation.advice)}{':' if explanation.command else '.'}")
    if explanation.command:
        page.blank()
        # On a line of its own, whole: to be copied.
        page.lines.append(Text("  ") + page.text(settled(explanation.command), "bold"))
    return page.finish()


def _hit(page: Page, hit: Hit) -> None:
    mark, suspicion = _NETWORK[hit.network]
    code = "" if hit.code is None else str(hit.code)
    names = ", ".join(filter(None, (code, hit.name)))
    page.title(settled(names or hit.found), suspicion, mark)
    page.blank()
    if names and hit.found != code:
        page.paragraph(f"found: {settled(hit.found)}", indent=2)
        page.blank()
    for meaning in hit.meanings:
        page.paragraph(_sentence(meaning), indent=2)
    if hit.notes or hit.system:
        page.blank()
    for remark in (*hit.notes, *hit.system):
        page.item(page.sign(Mark.SKIPPED), _sentence(remark), label_width=1)
    if hit.verdicts:
        page.heading("Verdicts of a diagnosis that lead to it")
        page.pairs((verdict, CATALOGUE[verdict].meaning) for verdict in hit.verdicts)


def _sentence(text: str) -> str:
    first = text[:1] if text.startswith("lm") else text[:1].upper()  # lmgrd is a name
    return f"{settled(first + text[1:])}."
