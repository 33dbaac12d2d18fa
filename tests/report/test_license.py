"""License files for people: at every width, and whatever stands in them."""

from __future__ import annotations

import datetime as dt

import pytest

from lmwire.licensefile import LicenseDocument, LicenseProblem, lint_license, parse_license, pin_ports
from lmwire.report import Format, Look, render
from lmwire.workflows.documents import LicenseCheck, LicenseReview, PinnedFile
from tests.report.samples import HOSTILE

TODAY = dt.date(2026, 11, 24)
FILE = b"""SERVER licsrv ANY
SERVER lic2.example.com 0123456789ab 27000
VENDOR ibmratl "C:\\Program Files (x86)\\IBM\\RationalRLKS\\common\\ibmratl.exe"
VENDOR MLM port=1711
VENDOR SW_D 25735
USE_SERVER
FEATURE a_feature_with_a_name_that_is_longer_than_its_column ibmratl 2026.0401 31-dec-2026 uncounted SIGN=00AA
FEATURE b MLM 1.0 never 1
PACKAGE p MLM COMPONENTS="a b"
UPGRADE b MLM 1.0 2.0 permanent 1
"""


def show_text(document: LicenseDocument, problems: tuple[LicenseProblem, ...], look: Look) -> str:
    return render(LicenseReview(document=document, problems=problems), Format.TEXT, look)


def lint_text(document: LicenseDocument, problems: tuple[LicenseProblem, ...], look: Look) -> str:
    return render(LicenseCheck(document=document, problems=problems), Format.TEXT, look)


@pytest.mark.parametrize("unicode", [True, False])
@pytest.mark.parametrize("width", [40, 64, 80, 100])
def test_nothing_is_wider_than_the_terminal_but_lines_to_copy(width: int, unicode: bool) -> None:
    look = Look(width=width, unicode=unicode)
    document = parse_license(FILE, "server.lic")
    problems = lint_license(document, today=TODAY)
    shown = show_text(document, problems, look)
    assert all(len(line) <= width for line in shown.splitlines())
    linted = lint_text(document, problems, look).splitlines()
    assert all(len(line) <= width or line.startswith("      ") for line in linted)
    assert unicode or (shown + "".join(linted)).isascii()


def test_every_problem_is_told_with_its_id() -> None:
    document = parse_license(FILE, "server.lic")
    problems = lint_license(document, today=TODAY)
    told = lint_text(document, problems, Look(width=100))
    assert len(problems) > 6
    for problem in problems:
        assert f"{problem.line}:{problem.column} " in told
        assert f"[{problem.id}]" in told


def test_what_is_shown() -> None:
    shown = show_text(parse_license(FILE, "server.lic"), (), Look())
    assert "no problem" in shown
    assert "licsrv            no port: lmgrd takes a free port of 27000-27009\n" in shown
    assert "✔ MLM      port 1711; MATLAB, Simulink\n" in shown
    assert "USE_SERVER: a client reads only the SERVER lines before it." in shown
    assert "1 PACKAGE line, 1 UPGRADE line" in shown
    assert "1  never\n" in shown


def test_a_port_that_does_not_exist_is_not_called_missing() -> None:
    file = b"SERVER a 1 0\nVENDOR b port=2700l\nVENDOR c port=0\n"
    shown = show_text(parse_license(file, "x.lic"), (), Look())
    assert "0 is not a port" not in shown  # 0 is told by lint
    assert "2700l is not a port" in shown
    assert "c  not pinned" in shown


def test_a_file_without_servers_and_daemons() -> None:
    feature = b"FEATURE f acmelmd 1.0 permanent %s HOSTID=DEMO SIGN=00\n"
    shown = show_text(parse_license(feature % b"uncounted", "x.lic"), (), Look())
    assert "none: its licenses need no server" in shown
    assert "Vendor daemons" not in shown
    for file in (b"", feature % b"5"):
        assert "none: add the missing SERVER line" in show_text(parse_license(file, "x.lic"), (), Look())


def test_colours_are_there_when_asked_for_and_only_then() -> None:
    document = parse_license(FILE, "server.lic")
    problems = lint_license(document, today=TODAY)
    assert "\x1b[" in lint_text(document, problems, Look(colour=True))
    assert "\x1b" not in lint_text(document, problems, Look())


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_are_escaped_everywhere(text: str) -> None:
    word = text.replace("\0", "")  # a file with one is none
    lines = f"SERVER {word} {word} 1\nVENDOR a {word}\nFEATURE {word} {word} {word} {word} 1\n{word} x\n"
    data = b"\xff\xfe" + lines.encode("utf-16-le", "surrogatepass")
    document = parse_license(data, text)
    problems = lint_license(document, today=TODAY)
    told = show_text(document, problems, Look()) + lint_text(document, problems, Look())
    if any(line.name == "a" for line in document.daemons):
        pinned = pin_ports(document, {"a": 27001})
        told += render(PinnedFile(document=document, pinned=pinned, written=text), Format.DIFF)
    assert all(character.isprintable() or character == "\n" for character in told)
