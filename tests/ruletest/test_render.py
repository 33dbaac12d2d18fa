"""The four forms of a result: what is in them, how wide they are, and that nothing in them steers a terminal."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections.abc import Sequence

import msgspec
import pytest

from lmwire.report import Format, Look, render
from lmwire.report.renderers import formats_of
from lmwire.ruletest.failures import failures_of
from lmwire.ruletest.model import Cell, Decision, Result

NASTY = "\x1b[2J|`<b>\n"


def _cell(zone: str, server: str, found: str, expected: Sequence[str] = ("healthy",), **more: object) -> Cell:
    made = Cell(
        zone=zone,
        server=server,
        target=f"27000@{server}",
        expected=tuple(expected),
        found=found,
        severity="critical",
        agrees=found in expected,
    )
    return msgspec.structs.replace(made, **more)


def _result(*cells: Cell, **more: object) -> Result:
    agrees = all(cell.agrees for cell in cells)
    return msgspec.structs.replace(
        Result(plan="plant", mode="network", agrees=agrees, seconds=1.25, cells=cells, failures=failures_of(cells)),
        **more,
    )


DECISION = Decision(
    machine="fw",
    action="dropped",
    table="inet firewall",
    chain="forward",
    handle=7,
    rule=f"tcp dport 27001 drop comment {NASTY}",
    source=f"fw.nft:{NASTY}",
    packets=3,
    bytes=180,
    packet=f"10.1.0.7:1 to 10.9.0.5:27001, TCP SYN{NASTY}",
)
HOSTILE = _result(
    _cell("office", "lic", "healthy"),
    _cell(
        "guests",
        "lic",
        "vendor-filtered",
        headline=NASTY,
        cause=NASTY,
        note=NASTY,
        target=NASTY,
        decisions=(DECISION,),
    ),
    plan=NASTY,
    notes=(NASTY,),
)


@pytest.mark.parametrize("form", formats_of("lmwire.ruletest.model:Result"))
@pytest.mark.parametrize("width", [20, 80])
def test_nothing_steers_a_terminal(form: Format, width: int) -> None:
    text = render(HOSTILE, form, Look(width=width))
    assert all(character.isprintable() or character == "\n" for character in text)
    assert "\n\n\n" not in text
    assert text.endswith("\n")


def test_what_is_asked_for_is_not_given_up_in_a_table() -> None:
    markdown = render(HOSTILE, Format.MARKDOWN, Look())
    assert "| guests | ✖ **vendor-filtered**, expected healthy |" in markdown
    [failure] = ET.fromstring(render(HOSTILE, Format.JUNIT, Look())).iter("failure")  # noqa: S314 # our own
    assert failure.get("type") == "vendor-filtered"
    assert json.loads(render(HOSTILE, Format.JSON, Look()))["cells"][1]["decisions"][0]["packets"] == 3


def test_the_matrix_has_a_row_for_each_zone_and_gaps_where_nothing_is_expected() -> None:
    result = _result(_cell("office", "a", "healthy"), _cell("guests", "b", "lmgrd-filtered", ["lmgrd-filtered"]))
    assert render(result, Format.TEXT, Look()).splitlines() == [
        "          a          b",
        "  office  ✔ healthy  ·",
        "  guests  ·          ✔ lmgrd-filtered",
        "",
        "Plan plant: 2 of 2 as expected.",
    ]
    assert "| guests |  | ✔ lmgrd-filtered |" in render(result, Format.MARKDOWN, Look())


def test_a_matrix_that_is_too_wide_becomes_a_list() -> None:
    cells = [_cell(zone, f"lic{number}", "healthy") for zone in ("a", "b") for number in range(8)]
    cells[3] = _cell("a", "lic3", "lmgrd-filtered")
    lines = render(_result(*cells), Format.TEXT, Look(width=60)).splitlines()
    assert lines[:5] == [
        "  a  ✔ healthy         lic0, lic1, lic2, lic4, lic5, lic6,",
        "                       lic7",
        "  a  ✖ lmgrd-filtered  lic3",
        "  b  ✔ healthy         lic0, lic1, lic2, lic3, lic4, lic5,",
        "                       lic6, lic7",
    ]
    assert max(map(len, lines)) <= 60


def _many() -> Result:
    """Sixty differences: a rule decides most of them, another one two, and no rule was found for two."""
    cells = []
    for zone in range(12):
        for server in range(5):
            handle = 9 if (zone, server) in {(2, 2), (3, 2)} else 0 if (zone, server) in {(0, 0), (0, 1)} else 7
            decision = msgspec.structs.replace(
                DECISION, handle=handle, rule=f"rule {handle}", source=f"fw.nft:{handle}"
            )
            decisions = (decision,) if handle else ()
            cells.append(
                _cell(f"zone{zone}", f"lic{server}", "lmgrd-filtered", headline="Dropped.", decisions=decisions)
            )
    return _result(*cells)


def test_differences_by_one_rule_are_one_block() -> None:
    text = render(_many(), Format.TEXT, Look())
    assert [line.split()[1:3] for line in text.splitlines() if line.startswith("──")] == [
        ["2", "connections"],
        ["fw.nft:7", "on"],
        ["fw.nft:9", "on"],
    ]
    assert "  56 connections are not as expected:\n  · zone0 to lic2, lic3, lic4\n  · zone1, zone4, zone5," in text
    assert "  · zone2, zone3 to lic2\n\n  For example zone2 to lic2: expected healthy, found" in text
    assert text.count("`rule 7`") == text.count("`rule 9`") == 1
    assert len(text.splitlines()) < 80


def test_a_ticket_has_a_section_and_json_an_entry_for_each_rule() -> None:
    markdown = render(_many(), Format.MARKDOWN, Look())
    assert [line for line in markdown.splitlines() if line.startswith("## ")] == [
        "## 2 connections without a deciding rule: lmgrd-filtered",
        "## fw.nft:7 on fw: lmgrd-filtered",
        "## fw.nft:9 on fw: lmgrd-filtered",
    ]
    failures = json.loads(render(_many(), Format.JSON, Look()))["failures"]
    assert [(each["rule"], each["found"], len(each["cells"])) for each in failures] == [
        ("", ["lmgrd-filtered"], 2),
        ("rule 7", ["lmgrd-filtered"], 56),
        ("rule 9", ["lmgrd-filtered"], 2),
    ]
    assert failures[2]["cells"] == [{"zone": "zone2", "server": "lic2"}, {"zone": "zone3", "server": "lic2"}]
    cases = ET.fromstring(render(_many(), Format.JUNIT, Look())).iter("testcase")  # noqa: S314 # our own
    assert len(list(cases)) == 60


def test_words_of_expectations_and_of_missing_results() -> None:
    result = _result(
        _cell("office", "lic", "", ["serves", "referral-elsewhere"], note="there is no result"), mode="results"
    )
    text = render(result, Format.TEXT, Look())
    assert "? no result" in text
    assert "Expected a license or referral-elsewhere, found no result" in text
    assert "Plan plant: 0 of 1 as expected, according to the result files." in text


def test_ascii_terminals_get_ascii() -> None:
    render(HOSTILE, Format.TEXT, Look(unicode=False)).encode("ascii")
