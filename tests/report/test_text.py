"""The view for people: wrapping, marks, colours, and nothing that steers a terminal."""

from __future__ import annotations

import re
import unicodedata

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from lmwire.diagnosis import SPECS, Overall, Report, diagnose
from lmwire.evidence import Answer, Asked, Connect, Dialogue, Evidence, Role, Via
from lmwire.report import Format, Look, render
from tests.report.golden import CASES, FOLDER
from tests.report.samples import (
    HOSTILE,
    LMGRD,
    REFERRAL,
    WALKS,
    alternatives,
    failed,
    hostile,
    leg,
    look,
    poor_triad,
    report,
    talked,
    triad,
    walk,
)

_ESCAPE = re.compile(r"\x1b\[[0-9;]*m")
_COMMAND = re.compile(r"`[^`]+`")


def _unsafe(text: str) -> set[str]:
    """Return what of `text` must never reach a terminal."""
    return {
        character
        for character in text
        if character != "\n" and unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    }


def _too_long(text: str, width: int) -> list[str]:
    return [line for line in text.splitlines() if cell_len(line) > width and not _COMMAND.search(line)]


def test_there_is_a_walk_for_every_verdict_and_it_leads_there() -> None:
    assert {name: diagnose(evidence).verdict.id for name, evidence in WALKS.items()} == {name: name for name in WALKS}
    assert set(WALKS) == set(SPECS)


@pytest.mark.parametrize("name", CASES)
def test_golden(name: str) -> None:
    assert CASES[name]() == (FOLDER / name).read_text(encoding="utf-8")


def test_no_golden_file_is_left_over() -> None:
    assert {path.name for path in FOLDER.iterdir()} == set(CASES)


@pytest.mark.parametrize("width", [20, 40, 63, 64, 80, 100])
@pytest.mark.parametrize("verdict", WALKS)
def test_every_verdict_fits_every_width(verdict: str, width: int) -> None:
    text = render(report(WALKS[verdict]), Format.TEXT, Look(width=width))
    assert _too_long(text, width) == []
    assert not [line for line in text.splitlines() if line != line.rstrip()]
    flat = " ".join(text.split())
    for stage in ("resolve", "lmgrd", "referral", "vendor"):
        assert stage in flat
    assert verdict in flat or width < len(verdict)


@pytest.mark.parametrize("width", [40, 80])
@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_are_shown_escaped_and_folded(text: str, width: int) -> None:
    for colour in (False, True):
        shown = render(report(hostile(text)), Format.TEXT, Look(width=width, colour=colour))
        plain = _ESCAPE.sub("", shown)
        assert _unsafe(plain) == set()
        assert _too_long(plain, width) == []


@settings(deadline=None)
@given(st.text(max_size=60), st.integers(20, 100))
def test_any_name_at_any_width(text: str, width: int) -> None:
    shown = render(report(hostile(text)), Format.TEXT, Look(width=width, colour=True))
    plain = _ESCAPE.sub("", shown)
    assert _unsafe(plain) == set()
    assert _too_long(plain, width) == []
    assert plain == render(report(hostile(text)), Format.TEXT, Look(width=width))


def test_markup_is_not_read() -> None:
    shown = render(report(hostile("[bold red]x[/bold red]")), Format.TEXT, Look(width=100))
    assert "[bold red]x[/bold red]" in shown
    coloured = render(report(hostile("[bold red]x[/bold red] :smile:")), Format.TEXT, Look(width=100, colour=True))
    assert "[bold red]x[/bold red] :smile:" in coloured


def test_the_shape_of_a_mark_tells_without_colour() -> None:
    shown = render(report(WALKS["referral-elsewhere"]), Format.TEXT, Look())
    marks = [line[2] for line in shown.splitlines()[2:7]]
    assert marks == ["✔", "✔", "!", "!", "✔"]
    shown = render(report(WALKS["lmgrd-refused"]), Format.TEXT, Look(unicode=False))
    assert [line[2] for line in shown.splitlines()[2:6]] == ["+", "x", "-", "-"]


@pytest.mark.parametrize("verdict", WALKS)
def test_ascii_output_is_ascii(verdict: str) -> None:
    assert render(report(WALKS[verdict]), Format.TEXT, Look(unicode=False)).isascii()


@pytest.mark.parametrize("verdict", WALKS)
def test_colours_are_bold_and_the_three_that_both_backgrounds_show(verdict: str) -> None:
    coloured = render(report(WALKS[verdict]), Format.TEXT, Look(colour=True))
    assert {code for found in _ESCAPE.findall(coloured) for code in found[2:-1].split(";")} <= {
        "0",
        "1",
        "31",
        "32",
        "35",
    }
    assert _ESCAPE.sub("", coloured) == render(report(WALKS[verdict]), Format.TEXT, Look())


def test_colours_do_not_depend_on_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = render(report(WALKS["healthy"]), Format.TEXT, Look(colour=True))
    for name, value in (("NO_COLOR", "1"), ("TERM", "dumb"), ("COLUMNS", "10"), ("FORCE_COLOR", "3")):
        monkeypatch.setenv(name, value)
    assert render(report(WALKS["healthy"]), Format.TEXT, Look(colour=True)) == usual


def test_commands_are_never_broken() -> None:
    shown = render(report(WALKS["vendor-filtered"]), Format.TEXT, Look(width=24))
    assert "`VENDOR ibmratl port=27001`" in shown
    assert max(map(cell_len, shown.splitlines())) > 24


def test_a_list_has_an_overall_line_and_says_which_variable_won() -> None:
    shown = render(alternatives(), Format.TEXT, Look())
    assert shown.startswith(
        "License path from IBMRATL_LICENSE_FILE.\n  · Also set, but not used: LM_LICENSE_FILE.\n\n──"
    )
    assert "Overall warning: a license can be reached, but" in shown
    assert shown.count("── 27000@") == 2


def test_one_diagnosis_needs_no_overall_line() -> None:
    assert "Overall" not in render(report(WALKS["healthy"]), Format.TEXT, Look())


@pytest.mark.parametrize("overall", list(Overall))
def test_every_overall_result_has_its_words(overall: Overall) -> None:
    diagnoses = (diagnose(WALKS["healthy"]), diagnose(WALKS["lmgrd-refused"]))
    shown = render(Report(overall=overall, diagnoses=diagnoses), Format.TEXT, Look())
    assert f"Overall {overall.value}: " in shown


def _daemons(**verdicts: str) -> Report:
    """The report about one target whose vendor daemons fare so."""
    return report(*(_named(WALKS[verdict], name) for name, verdict in verdicts.items()))


def _named(walk: Evidence, vendor: str) -> Evidence:
    """The same walk to a vendor daemon of another name, which it gives as its own, too."""
    legs = tuple(msgspec.structs.replace(leg, peer=vendor if leg.peer else "") for leg in walk.legs)
    return msgspec.structs.replace(walk, vendor=vendor, legs=legs)


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (
            _daemons(ibmratl="healthy", otherd="vendor-filtered"),
            "Overall critical: licenses of ibmratl can be reached, those of otherd cannot.",
        ),
        (
            _daemons(a="vendor-refused", b="healthy", c="referral-elsewhere", d="vendor-daemon-down"),
            "Overall critical: licenses of b and c can be reached, those of a and d cannot.",
        ),
        (
            _daemons(a="healthy", b="inconclusive"),
            "Overall inconclusive: licenses of a can be reached; lmwire could not tell about b.",
        ),
        (
            _daemons(x="healthy", **dict.fromkeys("abcdef", "vendor-filtered")),
            "Overall critical: licenses of x can be reached, those of a, b, c, d and 2 more cannot.",
        ),
        (_daemons(a="healthy", b="healthy"), "Overall ok: a license can be reached."),
        (_daemons(a="vendor-filtered", b="vendor-filtered"), "Overall critical: no license can be reached."),
    ],
)
def test_the_overall_line_names_the_vendor_daemons_that_are_served(made: Report, words: str) -> None:
    assert words in " ".join(render(made, Format.TEXT, Look()).split())
    head, _, rest = words.partition(":")
    assert f"**{head}**:{rest}\n" in render(made, Format.MARKDOWN, Look())


def test_the_overall_line_is_harmless() -> None:
    made = _daemons(**{"a\x1b[m": "healthy", "b*": "vendor-filtered"})
    assert r"licenses of a\x1b[m can be reached, those of b* cannot." in " ".join(
        render(made, Format.TEXT, Look()).split()
    )
    assert r"licenses of a\\x1b\[m can be reached, those of b\* cannot." in render(made, Format.MARKDOWN, Look())


def test_a_triad_shows_its_other_members() -> None:
    shown = render(triad(), Format.TEXT, Look())
    assert "The other servers of the triad" in shown
    assert "✖ 27000@a  lmgrd-filtered" in shown
    assert "✔ 27000@c  healthy" in shown


def test_a_member_that_serves_with_a_fault_is_a_warning_and_one_that_is_open_no_failure() -> None:
    shown = render(poor_triad(), Format.TEXT, Look(width=100))
    assert "! 27000@b  referral-elsewhere: lmgrd refers the application to licsrv.example:27001" in shown
    assert "? 27000@c  inconclusive: " in shown
    assert "✖" not in shown
    assert "does not serve" not in shown


def test_a_note_is_shown_without_a_license_path_from_the_environment_and_harmless() -> None:
    shown = render(report(WALKS["healthy"], notes=("Ignored x\x1b[31m\ny.",)), Format.TEXT, Look())
    assert shown.startswith("  · Ignored x\\x1b[31m\\ny.\n\n── 27000@licsrv")


def test_closed_ports_of_the_default_range_are_one_line() -> None:
    legs = [failed(Role.LMGRD, Connect.REFUSED, port=port) for port in range(27000, 27009)]
    shown = render(report(walk(*legs, leg(Role.LMGRD, port=27009), port=None)), Format.TEXT, Look())
    assert "· lmgrd          10.20.0.5:27000-27008  refused" in shown
    assert "✔                10.20.0.5:27009        answers" in shown


def test_ports_of_the_range_after_lmgrds_are_no_warning() -> None:
    open_too = talked(Role.LMGRD, dialogue=None, port=27001, asked=Asked.NOTHING)  # the vendor daemon's, say
    rest = [failed(Role.LMGRD, Connect.FILTERED, port=port) for port in range(27002, 27010)]
    healthy = walk(LMGRD, open_too, *rest, leg(Role.VENDOR), target="@licsrv", port=None)
    shown = render(report(healthy), Format.TEXT, Look())
    assert "✔ lmgrd          10.20.0.5:27000        answers" in shown
    assert "·                10.20.0.5:27001        accepts, not asked" in shown
    assert "·                10.20.0.5:27002-27009  filtered" in shown
    assert not re.search("(?m)^  !", shown.partition("The application")[0])


def test_a_vendor_daemon_after_lmgrd_is_no_warning_even_when_it_was_asked() -> None:
    asked = leg(Role.LMGRD, port=27001, answer=Answer.HELLO, peer="ibmratl", version="11.19")
    healthy = walk(LMGRD, asked, leg(Role.VENDOR), target="@licsrv", port=None)
    shown = render(report(healthy), Format.TEXT, Look(width=100))
    assert "·                10.20.0.5:27001  answers as a vendor daemon would" in shown


def test_a_port_of_the_range_that_keeps_a_client_waiting_before_lmgrds_is_a_warning() -> None:
    legs = [failed(Role.LMGRD, Connect.FILTERED, port=27000), leg(Role.LMGRD, port=27001), leg(Role.VENDOR)]
    shown = render(report(walk(*legs, target="@licsrv", port=None)), Format.TEXT, Look())
    assert "! lmgrd          10.20.0.5:27000  filtered" in shown


def test_the_walk_says_what_dlist_and_dns_brought() -> None:
    listed = leg(Role.LMGRD, asked=Asked.DLIST, answer=Answer.TEXT)
    looks = (look(), look(Via.TARGET, "10.20.0.6", source="dns"))
    evidence = walk(listed, LMGRD, daemons=("ibmratl", "telelogic"), resolutions=looks)
    shown = render(report(evidence), Format.TEXT, Look(width=100))
    assert "✔ lmgrd          10.20.0.5:27000  dlist: vendor daemons ibmratl, telelogic" in shown
    assert "✔                10.20.0.5:27000  hello: answers" in shown
    assert "name servers say: 10.20.0.6" in shown


def test_a_list_of_daemons_does_not_excuse_the_one_that_is_down() -> None:
    listed = leg(Role.LMGRD, asked=Asked.DLIST, answer=Answer.TEXT)
    down = walk(listed, *WALKS["vendor-daemon-down"].legs, daemons=("ibmratl",))
    shown = render(report(down), Format.TEXT, Look())
    assert "✔ lmgrd          10.20.0.5:27000  dlist: vendor daemons ibmratl" in shown
    assert "✖                10.20.0.5:27000  hello: answers error -97" in shown


def test_a_list_that_never_came_is_not_taken_for_the_hello() -> None:
    asked = talked(Role.LMGRD, Dialogue.SILENT, asked=Asked.DLIST)
    shown = render(report(walk(asked, talked(Role.LMGRD, Dialogue.CLOSED), vendor="")), Format.TEXT, Look())
    assert "10.20.0.5:27000  dlist: accepts, never answers" in shown
    assert "10.20.0.5:27000  hello: accepts, then closes" in shown
    listed = leg(Role.LMGRD, asked=Asked.DLIST, answer=Answer.TEXT)
    shown = render(report(walk(listed, vendor="", daemons=())), Format.TEXT, Look())
    assert "10.20.0.5:27000  dlist: no vendor daemons" in shown


def test_a_long_walk_is_cut() -> None:
    legs = [failed(Role.LMGRD, Connect.REFUSED, address=f"10.0.0.{host}") for host in range(1, 41)]
    shown = render(report(walk(*legs)), Format.TEXT, Look())
    assert "10.0.0.11:27000" in shown
    assert "10.0.0.12:27000" not in shown
    assert "and 29 more" in shown


def test_a_second_address_that_is_dead_is_a_warning_only() -> None:
    dead = failed(Role.LMGRD, Connect.FILTERED, address="2001:db8::99")
    shown = render(report(walk(dead, LMGRD, leg(Role.VENDOR))), Format.TEXT, Look())
    assert "! lmgrd          [2001:db8::99]:27000  filtered" in shown


def test_the_first_bytes_of_a_foreign_answer_are_escaped_once() -> None:
    talk = talked(Role.LMGRD, Dialogue.FOREIGN, service="HTTP", start=r"HTTP/1.1 400\r\nServer: \x1b[31m")
    shown = render(report(walk(talk)), Format.TEXT, Look(width=100))
    assert r"HTTP/1.1 400\r\nServer: \x1b[31m" in " ".join(shown.split())


def test_what_could_not_be_seen_is_said() -> None:
    shown = render(report(walk(LMGRD, leg(Role.VENDOR), limits=("who rejected a connect",))), Format.TEXT, Look())
    assert "What could not be seen\n  · who rejected a connect" in shown


def test_a_port_is_never_broken_in_two() -> None:
    named = msgspec.structs.replace(REFERRAL, host="natted-inner.licenses.example")
    long = walk(leg(Role.LMGRD), leg(Role.VENDOR), referral=named)
    for width in range(40, 121):
        shown = render(report(long), Format.TEXT, Look(width=width))
        ports = re.findall(r"(?<![\d:]):(\d+)", shown)
        assert ports
        assert set(ports) <= {"27000", "27001"}
    wide = render(report(long), Format.TEXT, Look(width=90))
    assert "natted-inner.licenses.example:27001" in wide


def test_a_look_up_that_was_made_once_is_timed_once() -> None:
    lines = render(report(WALKS["healthy"]), Format.TEXT, Look()).splitlines()
    times = {stage: line.endswith("ms") for line in lines for stage in ("resolve", "referral") if f" {stage} " in line}
    assert times == {"resolve": True, "referral": False}


def test_a_triads_servers_are_told_once() -> None:
    shown = render(triad(), Format.TEXT, Look())
    assert "of the triad does not serve" not in shown
    assert "of the triad does not serve" not in render(triad(), Format.MARKDOWN, Look())
    assert any(finding.id == "triad-member-down" for each in triad().diagnoses for finding in each.findings)
