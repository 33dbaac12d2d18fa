"""docs/scenarios.md lists every scenario. To bring it up to date: python tests/mockserver/test_docs.py."""

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


if __name__ == "__main__":
    text = DOCUMENT.read_text(encoding="utf-8")
    DOCUMENT.write_text(text.partition(HEAD)[0] + table(), encoding="utf-8")
