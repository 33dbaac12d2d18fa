"""License files in the words of FlexNet's manual and of public support notes: what must be said, and what must not.

`made_up` has files written from those sources; `reported` has the shapes that people have posted. Each expectation was
written before lmwire read the file.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Final

import msgspec
import pytest

from lmwire.licensefile import lint_license, parse_license, pin_ports
from lmwire.report.license import SHOWN, check_text, review_text
from lmwire.report.look import Look
from lmwire.workflows.documents import LicenseCheck, LicenseReview
from lmwire.workflows.license_files import read_license_file

_HERE: Final = Path(__file__).parent
_WIDE: Final = Look(width=10_000)
_TODAY: Final = dt.date(2026, 11, 24)


class Case(msgspec.Struct, frozen=True):
    """What a file must come to.

    Attributes:
        ids: the ids of its problems.
        shows: what `license show` must contain.
        lints: what `license lint` must contain.
        never: what neither may contain.
    """

    ids: set[str]
    shows: tuple[str, ...] = ()
    lints: tuple[str, ...] = ()
    never: tuple[str, ...] = ()


_ORPHAN: Final = "feature-vendor-missing"
_OTHER: Final = {"not-a-license-file"}
_NOT_READ: Final = "no line of a license file"
CASES: Final = {
    "made_up/wrapped-sign.lic": Case(
        set(), ("f1 2.0 10 until 2098-12-31", "f2 1.0 3 permanent"), (), ("start the line",)
    ),
    "made_up/wrapped-then-typo.lic": Case(
        {"keyword-unknown"}, ("f1 1.0 5 permanent",), ("VENDR is not a keyword", "write VENDOR"), ("permanent is not",)
    ),
    "made_up/nbsp-in-fields.lic": Case(
        {"character-odd", "vendor-missing"},
        (),
        ("no-break space", "2:7", "3:21", "VENDOR sampled port=27001"),
        ("FEATURESET",),
    ),
    "made_up/nbsp-in-text.lic": Case(set(), ("f1 1.0 5 permanent",), (), ("no-break",)),
    "made_up/word-quotes.lic": Case({"character-odd"}, (), ("quotation mark", "3:52", 'VENDOR_STRING="a b"'), ()),
    "made_up/two-digits.lic": Case(
        {"feature-expired"}, ("until 1999-01-01", "f2 1.0 5 permanent"), ("1999",), ("2000", "2099")
    ),
    "made_up/uncounted-and-counted.lic": Case(
        set(), ("f1 1.0 uncounted permanent", "f2 1.0 15 permanent", "uncounted on AABBCCDDEEFF"), (), ()
    ),
    "made_up/supersede-names.lic": Case(
        {"feature-superseded"}, ("f3 1.0 9 permanent", "f1 1.0 2 permanent"), (), ("f1 1.0 6", "f2 1.0 3")
    ),
    "made_up/expired-alone.lic": Case({"feature-expired"}, ("until 2019-12-31",), ("ask the vendor",), ()),
    "made_up/renewed-above.lic": Case({"feature-renewed"}, ("1 note",), ("line 3",), ("ask the vendor",)),
    "made_up/orphan-uncounted.lic": Case(set(), ("uncounted",), (), ("-97",)),
    "made_up/served-by-another.lic": Case(set(), ("f1 2023.1 5",), (), ("-97",)),
    "made_up/three-hostids.lic": Case(
        {"server-hostids"}, (), ('"0050569a1b2c 0050569A1B2D 00505699"',), ("00505699 is not",)
    ),
    "made_up/quoted-hostids.lic": Case(set(), ("lmgrd's port 27000",), (), ("host ids",)),
    "made_up/options.opt": Case(
        _OTHER,
        ("options file",),
        ("options file",),
        ("add the missing SERVER", "not a keyword"),
    ),
    "made_up/rlm-node.lic": Case(_OTHER, ("RLM",), ("RLM",), ("not a keyword", "add the missing SERVER")),
    "made_up/letter.txt": Case(
        _OTHER,
        (_NOT_READ,),
        (_NOT_READ,),
        ("add the missing SERVER",),
    ),
    "made_up/path-with-blank.lic": Case(
        {"vendor-path-blank"}, ("port 27001",), (r'"C:\Program Files\acme\sampled.exe" port=27001',), ()
    ),
    "made_up/named-like-options.lic": Case(
        {"vendor-name-file", "vendor-positional", _ORPHAN}, (), ("sampled.opt", "name of a file"), ()
    ),
    "made_up/localhost-positional.lic": Case(
        {"server-localhost", "vendor-positional"},
        ("localhost",),
        ("other machines", "port=27001"),
        ("error", "every client connects to itself"),
    ),
    "made_up/start-and-duplicate.lic": Case(
        {"feature-duplicate"}, ("not before 2001-01-01", "2 or 4"), ("line 4",), ("f1 1.0 9",)
    ),
    "reported/wrapped.lic": Case(set(), ("f1 1.000 5 permanent",), (), ("#", "not a keyword")),
    "reported/nbsp.lic": Case(
        {"character-odd", "vendor-missing"}, (), ("no-break space", "FEATURE prevent"), ("FEATURESET",)
    ),
    "reported/nbsp-latin1.lic": Case(
        {"character-odd"},
        (),
        ("no-break space", "FEATURE prevent"),
        ("FEATURESET",),
    ),
    "reported/year.lic": Case({"feature-expired"}, ("until 1927-12-31",), ("1927",), ("2027",)),
    "reported/mixed.lic": Case(set(), ("f1 1.000 32 permanent", "uncounted on 001122334455"), (), ()),
    "reported/supersede.lic": Case(
        {"feature-superseded"}, ("f1 1.000 6 permanent", "f2 1.000 5", "not before 2099-01-01"), (), ("1.000 10",)
    ),
    "reported/renewed.lic": Case({"feature-renewed"}, ("1 note",), ("line 4",), ("ask the vendor",)),
    "reported/orphan.lic": Case({_ORPHAN}, (), ("otherd", "-97", "VENDOR"), ()),
    "reported/twohostids.lic": Case(
        {"server-hostids", "server-unqualified"},
        ("lmgrd's port 27000",),
        ('SERVER jonnis "001122334455 00aabbccddee" 27000',),
        ("27000 001122334455", "27000 00aa"),
    ),
    "reported/localhost.lic": Case(
        {"server-localhost", "vendor-positional"}, ("localhost",), ("other machines",), ("error",)
    ),
    "reported/options.opt": Case(_OTHER, ("options file",), ("options file",), ("INCREMENT", "SERVER 2")),
    "reported/rlm.lic": Case(_OTHER, ("RLM",), ("RLM",), ("not a keyword",)),
    "reported/duplicate-line.lic": Case({"feature-duplicate"}, ("4 or 8",), ("line 3",), ()),
}
"""The file → what it must come to."""


@pytest.mark.parametrize("name", CASES)
def test_each_file_is_told_rightly(name: str) -> None:
    case, document = CASES[name], read_license_file(_HERE / name)
    problems = lint_license(document, today=_TODAY)
    shown = _flat(review_text(LicenseReview(document=document, problems=problems), _WIDE), name)
    linted = _flat(check_text(LicenseCheck(document=document, problems=problems), _WIDE), name)
    assert {problem.id for problem in problems} == case.ids, linted
    assert [words for words in case.shows if words not in shown] == [], shown
    assert [words for words in case.lints if words not in linted] == [], linted
    assert [words for words in case.never if words in f"{shown} {linted}"] == [], f"{shown} {linted}"


def _flat(text: str, name: str) -> str:
    return " ".join(text.split()).partition(f"{Path(name).name} ")[2]


@pytest.mark.parametrize("name", CASES)
def test_every_byte_is_kept(name: str) -> None:
    data = (_HERE / name).read_bytes()
    assert bytes(read_license_file(_HERE / name)) == data


def test_every_file_has_a_case() -> None:
    files = {
        f"{file.parent.name}/{file.name}" for folder in ("made_up", "reported") for file in (_HERE / folder).iterdir()
    }
    assert files == set(CASES)


def test_pin_warns_of_an_unquoted_path() -> None:
    document = read_license_file(_HERE / "made_up/path-with-blank.lic")
    (warning,) = pin_ports(document, {"sampled": 27002}).warnings
    assert "quotation marks" in warning


def test_a_file_of_many_vendor_daemons_has_a_short_view() -> None:
    lines = "".join(f"INCREMENT f v{number} 1.0 permanent 1\n" for number in range(500))
    document = parse_license(f"SERVER h1.example.com 0050569a1b2c 27000\nVENDOR v0 port=27001\n{lines}".encode())
    text = review_text(LicenseReview(document=document, problems=()), _WIDE)
    assert text.count("Features of v") == SHOWN
    assert f"and the features of {500 - SHOWN} more vendor daemons" in text


def test_lint_and_show_count_the_same_problems() -> None:
    document = parse_license(b"SERVER licsrv 0050569a1b2c 27000\nVENDOR acmelmd\n")
    without, with_names = (lint_license(document, today=_TODAY, resolve=resolve) for resolve in (None, lambda _: ()))
    shown = review_text(LicenseReview(document=document, problems=without), _WIDE)
    linted = check_text(LicenseCheck(document=document, problems=with_names), _WIDE)
    assert "2 warnings" in shown
    assert "2 warnings; of names: 1 error" in linted
