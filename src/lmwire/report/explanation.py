"""What an error code or a pasted dialog means, for people and for programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import msgspec
from rich.text import Text

from lmwire.diagnosis import SPECS, Severity, VerdictId
from lmwire.explanations.lookup import Explanation, Hit
from lmwire.explanations.single_words import ExplainedVerdict
from lmwire.report.json import document
from lmwire.report.look import PLAIN, Look
from lmwire.report.steps import Mark
from lmwire.report.text import Page, application
from lmwire.text import settled
from lmwire.vendors import Basis, Ports, Product, Variable

__all__ = ["SCHEMA", "ExplanationJson", "as_json", "as_text"]

SCHEMA: Final = "lmwire.explanation/1"

_GENERAL: Final = Variable("LM_LICENSE_FILE", Basis.VENDOR)
_BASES: Final = {
    Basis.VENDOR: "documents of vendors",
    Basis.REPORT: "public reports; its vendor's documents were not seen",
}
_NETWORK: Final = {
    "yes": (Mark.FAILED, "the network is suspect"),
    "maybe": (Mark.WARNING, "the network may be the cause"),
    "no": (Mark.OK, "not the network"),
}


class ExplanationJson(Explanation, frozen=True, kw_only=True):
    """The document `lmwire.explanation/1`."""

    schema: str = SCHEMA


def as_json(explanation: Explanation, _look: Look = PLAIN, _options: Sequence[str] = ()) -> str:
    """Return the explanation as one JSON document."""
    made = msgspec.to_builtins(ExplanationJson(**msgspec.structs.asdict(explanation)))
    return document({"schema": made["schema"], **made})  # first, as everywhere


def as_text(explanation: Explanation, look: Look = PLAIN, _options: Sequence[str] = ()) -> str:
    """Return every hit with its meaning and the verdicts that show it, or a verdict or product, then what to run."""
    page = Page(look)
    for hit in explanation.hits:
        _hit(page, hit)
        page.blank()
    if explanation.verdict is not None:
        _verdict(page, explanation.verdict)
        page.blank()
    for product in explanation.products:
        _product(page, product, alone=len(explanation.products) == 1)
        page.blank()
    if explanation.truncated:
        page.paragraph("The text was too long: only its beginning was searched.")
        page.blank()
    page.paragraph(f"{settled(explanation.advice)}{_end(explanation)}")
    if explanation.command:
        page.blank()
        # On a line of its own, whole: to be copied.
        page.lines.append(Text("  ") + page.text(settled(explanation.command), "bold"))
    return page.finish()


def _end(explanation: Explanation) -> str:
    if explanation.command:
        return ":"
    return "" if explanation.advice.endswith("?") else "."


def _hit(page: Page, hit: Hit) -> None:
    mark, suspicion = _NETWORK[hit.network] if hit.known else (Mark.UNKNOWN, "not known")
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
        page.heading("Verdicts that show it")
        page.pairs((verdict, SPECS[verdict].meaning) for verdict in hit.verdicts)


def _verdict_mark(id_: str) -> Mark:
    if id_ == VerdictId.INCONCLUSIVE:
        return Mark.SKIPPED
    return Mark.OK if SPECS[VerdictId(id_)].severity is Severity.OK else Mark.FAILED


def _verdict(page: Page, verdict: ExplainedVerdict) -> None:
    page.title(settled(verdict.id), "a verdict", _verdict_mark(verdict.id))
    page.blank()
    page.paragraph(_sentence(verdict.meaning), indent=2)
    application(page, verdict.application_shows)


def _product(page: Page, product: Product, *, alone: bool) -> None:
    mark, kind = (Mark.SKIPPED, "FlexNet") if product.flexnet else (Mark.WARNING, f"not FlexNet but {product.manager}")
    page.title(settled(", ".join(product.daemons) or product.short_name), settled(kind), mark)
    page.blank()
    page.paragraph(f"{settled(product.name)}, by {settled(product.vendor)}.", indent=2)
    page.blank()
    page.pairs(_facts(product))
    if product.note:
        page.blank()
        page.item(page.sign(Mark.SKIPPED), _sentence(product.note), label_width=1)
    if not alone:
        return
    if product.steps:
        page.heading(f"To pin its port to {product.port_to_pin}")
        for number, step in enumerate(product.steps, 1):
            page.item(Text(f"{number}."), _sentence(step.text), label_width=2)
    page.heading("Sources")
    for source in dict.fromkeys((*product.sources, *(step.source for step in product.steps if step.source))):
        page.item(page.sign(Mark.SKIPPED), settled(source), label_width=1)


def _facts(product: Product) -> Iterator[tuple[str, str]]:
    chosen = "chosen by the system at each start, unless pinned" if product.flexnet else "unknown"
    yield "lmgrd's port" if product.flexnet else "server's port", _listed(product.lmgrd_ports) or "unknown"
    yield "daemon's port", _listed(product.vendor_ports) or chosen
    if product.seen_ports:
        yield "seen", f"{', '.join(map(str, product.seen_ports))} (examples and logs)"
    if product.flexnet and (product.vendor_daemons or not product.daemons):
        yield "variables", _listed((*product.variables, *(() if _general(product) else (_GENERAL,))))
    yield "known from", _BASES[product.basis]


def _general(product: Product) -> bool:
    return any(variable.name == _GENERAL.name for variable in product.variables)


def _listed(facts: Sequence[Ports | Variable]) -> str:
    marked = {Basis.UNVERIFIED: " (unverified)", Basis.RULE: " (by FlexNet's rule)"}
    shown = (fact.name if isinstance(fact, Variable) else str(fact) for fact in facts)
    return ", ".join(settled(f"{text}{marked.get(fact.basis, '')}") for text, fact in zip(shown, facts, strict=True))


def _sentence(text: str) -> str:
    first = text[:1] if text.startswith("lm") else text[:1].upper()  # lmgrd is a name
    return f"{settled(first + text[1:])}."
