"""docs/scenarios.md lists every scenario. To bring it up to date: python -m tests.mockserver.test_docs."""

from __future__ import annotations

from pathlib import Path

from lmwire_mockserver.scenario import Scenario, scenarios

DOCUMENT = Path(__file__).parents[2] / "docs" / "scenarios.md"
HEAD = "| id | what is wrong | where | verdict | severity | client | s |\n|---|---|---|---|---|---|---|\n"


def row(played: Scenario) -> str:
    client = played.client
    reports = f"`{client.error}` | {client.seconds:g}" if client.seen else "not seen | "
    verdict = f"`{played.expected.verdict}`"
    return f"| `{played.id}` | {played.title} | {played.where.value} | {verdict} | {played.overall} | {reports} |\n"


def table() -> str:
    return HEAD + "".join(map(row, scenarios()))


def test_the_document_lists_every_scenario() -> None:
    assert DOCUMENT.read_text(encoding="utf-8").endswith(table())


def test_the_documents_give_the_number_of_scenarios() -> None:
    number = len(scenarios())
    for name, sentence in (
        ("architecture.md", f"each of the {number} scenarios"),
        ("proof.md", f"of {number} captures"),
    ):
        text = " ".join((DOCUMENT.parent / name).read_text(encoding="utf-8").split())
        assert sentence in text, f"docs/{name} does not say: {sentence}"


if __name__ == "__main__":
    text = DOCUMENT.read_text(encoding="utf-8")
    DOCUMENT.write_text(text.partition(HEAD)[0] + table(), encoding="utf-8")
