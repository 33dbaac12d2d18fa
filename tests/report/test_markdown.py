"""The ticket: read back with a Markdown parser, as the ticket system does."""

from __future__ import annotations

import shlex

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token
from msgspec import structs

from lmwire.evidence import Connect, ReferralSeen, Role
from lmwire.report import Format, Look, render
from lmwire.report.markdown import code, prose
from lmwire.report.owners import by_owner
from lmwire.text import printable
from tests.report.samples import (
    CLIENT_SIDE,
    HOSTILE,
    LMGRD,
    WALKS,
    alternatives,
    failed,
    hostile,
    poor_triad,
    report,
    walk,
)

_PARSER = MarkdownIt("commonmark").enable("table")
_HEADINGS = {"What to open", "What was seen", "What to do", "What the application shows meanwhile"}


def _tokens(text: str) -> list[Token]:
    return _PARSER.parse(text)


def _rows(tokens: list[Token]) -> list[list[str]]:
    """Return the text of each row's cells."""
    rows: list[list[str]] = []
    for index, token in enumerate(tokens):
        if token.type == "tr_open":
            rows.append([])
        if token.type in {"td_open", "th_open"}:
            children = tokens[index + 1].children or []
            rows[-1].append("".join(child.content for child in children))
    return rows


def _markdown(text: str) -> str:
    return render(report(hostile(text)), Format.MARKDOWN, Look())


@pytest.mark.parametrize("verdict", WALKS)
def test_every_verdict_makes_a_ticket(verdict: str) -> None:
    text = render(report(WALKS[verdict]), Format.MARKDOWN, Look())
    tokens = _tokens(text)
    assert {row[0] for row in _rows(tokens)} >= {"Step"}
    assert not [token for token in tokens if token.type == "html_block"]
    assert f": {verdict}\n" in text


def test_the_ticket_says_what_to_open() -> None:
    text = render(report(WALKS["vendor-filtered"]), Format.MARKDOWN, Look(), options=("--source", "10.30.7.41", "-4"))
    rows = _rows(_tokens(text))
    assert rows[0] == ["Source", "Destination", "Port", "Protocol", "Direction", "Why", "State found"]
    assert rows[1][:5] == ["10.30.7.41", "10.20.0.5", "27000", "TCP", "client to server"]
    assert rows[1][6] == "open"
    assert rows[2][2] == "27001"
    assert rows[2][5:] == ["vendor daemon ibmratl", "filtered"]
    assert "\nlmwire diagnose 27000@licsrv --vendor ibmratl --source 10.30.7.41 -4\n" in text


def test_the_ticket_says_when_where_and_by_whom() -> None:
    text = render(report(WALKS["vendor-filtered"], client=CLIENT_SIDE), Format.MARKDOWN, Look())
    first = r"Measured at 2026-03-09 08:05:00 UTC on `ws17` (address 10.30.7.41) by `ada\@ws17` with lmwire 9.9.9."
    assert text.partition("\n")[0] == first.replace("\\@", "@")
    nobody = structs.replace(CLIENT_SIDE, user="", host="")
    text = render(report(WALKS["vendor-filtered"], client=nobody), Format.MARKDOWN, Look())
    assert text.startswith("Measured at 2026-03-09 08:05:00 UTC (address 10.30.7.41) with lmwire 9.9.9.\n")


def test_steps_are_sorted_by_who_does_them() -> None:
    text = render(report(WALKS["vendor-filtered"]), Format.MARKDOWN, Look())
    firewall, licenses = (
        text.index("**Firewall team**\n\n1. Open TCP 27001"),
        text.index("**License administrator**\n\n3. Pin"),
    )
    assert firewall < licenses < text.index("### What the application shows")
    for seen in WALKS.values():
        remedies = report(seen).diagnoses[0].verdict.remedies
        assert sorted(step for steps in by_owner(remedies).values() for step in steps) == sorted(remedies)


def test_an_open_path_has_no_table_of_what_to_open() -> None:
    text = render(report(WALKS["healthy"]), Format.MARKDOWN, Look())
    assert "What to open" not in text
    assert "Every port that a client needs is open." in text


def test_a_port_that_the_system_chose_is_opened_until_another_is_pinned() -> None:
    blocked = failed(Role.VENDOR, Connect.FILTERED, port=33371)
    referral = ReferralSeen(host="licsrv", port=33371, lmgrd_address="10.20.0.5", lmgrd_port=27000)
    moved = walk(LMGRD, blocked, referral=referral)
    text = render(report(moved), Format.MARKDOWN, Look())
    table = [(row[2], *row[5:]) for row in _rows(_tokens(text))[1:4]]
    assert table == [
        ("27000", "lmgrd, which refers to the vendor daemon", "open"),
        ("33371", "vendor daemon ibmratl, until port 27001 is pinned", "filtered"),
        ("27001", "vendor daemon ibmratl, from when port 27001 is pinned", "not tried"),
    ]
    assert "pin 27001 in the server's license file" in text
    pinned = walk(LMGRD, blocked, referral=referral, pinned=33371)
    assert [row[2] for row in _rows(_tokens(render(report(pinned), Format.MARKDOWN, Look())))[1:3]] == [
        "27000",
        "33371",
    ]
    assert "pin 27001" not in render(report(pinned), Format.MARKDOWN, Look())


def test_a_list_has_an_overall_line() -> None:
    text = render(alternatives(), Format.MARKDOWN, Look())
    assert text.startswith("- Also set, but not used: LM\\_LICENSE\\_FILE.\n\n**Overall warning**: ")
    assert text.count("\n## License server ") == 2
    assert text.count("\n## With the whole license path, the application shows\n") == 1


def test_a_triad_shows_its_other_members() -> None:
    rows = _rows(_tokens(render(poor_triad(), Format.MARKDOWN, Look())))
    members = rows[rows.index(["Server", "Verdict", "What was found"]) + 1 :][:2]
    assert [row[:2] for row in members] == [["⚠ 27000@b", "referral-elsewhere"], ["? 27000@c", "inconclusive"]]
    assert all(row[2] for row in members)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_stay_in_their_cells(text: str) -> None:
    made = _markdown(text)
    tokens = _tokens(made)
    steps = [row for row in _rows(tokens) if row]
    widths = {len(row) for row in steps}
    assert widths <= {4, 5, 7}
    names = [row[1] for row in steps if row[0] == "✔ resolve"]
    assert names == [printable(text, 100)]
    _nothing_broke_out(tokens)


@settings(deadline=None)
@given(st.text(alphabet=st.sampled_from("`|\\<>&*_[]()!#~@\n\r\t -x1\x1b"), max_size=40))
def test_any_mix_of_markdown_stays_in_its_cell(text: str) -> None:
    tokens = _tokens(_markdown(text))
    names = [row[1] for row in _rows(tokens) if row[0] == "✔ resolve"]
    # A code span takes off one blank at each end, and cells are trimmed.
    assert [name.strip() for name in names] == [printable(text, 100).strip()]
    _nothing_broke_out(tokens)


def _nothing_broke_out(tokens: list[Token]) -> None:
    inline = [child.type for token in tokens for child in token.children or ()]
    assert not {"html_inline", "link_open", "image", "em_open"} & set(inline)
    assert "html_block" not in {token.type for token in tokens}
    headings = [tokens[index + 1].content for index, token in enumerate(tokens) if token.type == "heading_open"]
    assert len(headings) - len(_HEADINGS & set(headings)) == 2  # the title, and how to see it again


@settings(deadline=None)
@given(st.text(alphabet=st.characters(blacklist_categories=["Cs"]), min_size=1, max_size=40))
def test_code_spans_hold_exactly_what_is_put_in(text: str) -> None:
    shown = printable(text)
    [inline] = [token for token in _tokens(f"a {code(shown)} b") if token.type == "inline"]
    assert [child.content for child in inline.children or ()] == ["a ", shown, " b"]


_MIX = st.text(alphabet=st.sampled_from("`|\\<>&*_[]()!#~@ -x1"), max_size=60)


@settings(deadline=None)
@given(_MIX)
def test_prose_shows_what_it_says(text: str) -> None:
    [inline] = [token for token in _tokens(f"a {prose(text)} b") if token.type == "inline"]
    children = inline.children or []
    assert {child.type for child in children} <= {"text", "text_special", "code_inline"}
    shown = "".join(f"`{child.content}`" if child.type == "code_inline" else child.content for child in children)
    assert shown == f"a {text} b"


def test_the_command_is_quoted_for_the_shell() -> None:
    made = _markdown("a b; rm -rf $(x) `y` 'z'")
    line = next(line for line in made.splitlines() if line.startswith("lmwire diagnose"))
    assert shlex.split(line) == [
        "lmwire",
        "diagnose",
        "a b; rm -rf $(x) `y` 'z'",
        "--vendor",
        "a b; rm -rf $(x) `y` 'z'",
    ]
