"""The tables of error codes, and reading a code as applications write it."""

from __future__ import annotations

import errno
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmwire.errorcodes.codes import Code, _load, error_code, error_codes, minor_codes, parse_code, system_errors
from lmwire.text import printable

MAJORS = [*range(-231, 0), *range(1, 8), *range(20, 25)]

# major, minor, errno
REPORTS = [
    (-4, 132, None),
    (-4, 342, 10054),
    (-5, 116, None),
    (-5, 147, None),
    (-5, 357, None),
    (-5, 414, None),
    (-7, 10015, None),
    (-9, 57, None),
    (-9, 57, 19),
    (-14, 7, 2),
    (-15, 10, 10061),
    (-15, 10, 10013),
    (-15, 12, 61),
    (-15, 12, None),
    (-15, 29, None),
    (-15, 570, 115),
    (-15, 570, None),
    (-15, 578, 10049),
    (-16, 287, None),
    (-16, 10009, 10054),
    (-16, 10009, None),
    (-16, 10010, None),
    (-18, 147, None),
    (-39, None, None),
    (-59, 729, None),
    (-59, 731, None),
    (-83, 21049, 10054),
    (-95, 378, None),
    (-96, 7, 2),
    (-96, 7, None),
    (-96, 491, None),
    (-97, 121, None),
    (-103, 577, None),
    (-119, None, None),
    (-120, 567, None),
]

SUSPECT = [-6, -7, -12, -14, -15, -16, -17, -19, -33, -52, -59, -60, -61, -62, -95, -96]
SUSPECT += [-139, -140, -141]
PERHAPS = [-1, -3, -20, -22, -23, -29, -34, -57, -58, -124, -171, -172, -184, -196, -199, -200, -201, -209, -216]


def test_every_code_is_in_the_table() -> None:
    assert sorted(error_codes()) == sorted(MAJORS)


@pytest.mark.parametrize("major", MAJORS)
def test_every_code_is_explained_in_a_sentence_with_its_source(major: int) -> None:
    entry = error_code(major)
    assert entry.known
    assert entry.major == major
    assert len(entry.meaning) > 10
    assert entry.meaning[0].isupper() or entry.meaning.startswith("lm")  # the name of a program
    for text in (entry.meaning, entry.note, entry.source):
        assert not text.endswith(".")
        assert printable(text) == text
    assert entry.source not in {"guide", "spinfire", "exporter", "client"}  # keys are resolved


def test_which_codes_make_the_network_suspect() -> None:
    assert sorted(major for major, entry in error_codes().items() if entry.network == "yes") == sorted(SUSPECT)
    assert sorted(major for major, entry in error_codes().items() if entry.network == "maybe") == sorted(PERHAPS)


@pytest.mark.parametrize(("major", "minor", "system"), REPORTS)
def test_every_report_is_found_first_for_its_own_code(major: int, minor: int | None, system: int | None) -> None:
    first = minor_codes(Code(major, minor, system))[0]
    assert (first.major, first.minor, first.system) == (major, minor, system)
    assert first.meaning
    assert first.source


def test_there_are_no_other_reports() -> None:
    named = [(entry.major, entry.minor, entry.system) for entry in _load()[1] if entry.major is not None]
    assert sorted(named, key=str) == sorted(REPORTS, key=str)


@pytest.mark.parametrize("major", [-97, -23, -106, -5000])
def test_an_error_sent_by_lmgrd_itself_is_known_by_its_minor_code(major: int) -> None:
    (entry,) = minor_codes(Code(major, 274))
    assert entry.major is None
    assert "lmgrd itself" in entry.meaning


def test_a_report_with_an_errno_does_not_speak_for_the_code_without_it() -> None:
    assert [entry.system for entry in minor_codes(Code(-15, 570))] == [None]
    assert [entry.system for entry in minor_codes(Code(-15, 570, 115))] == [115, None]
    assert [entry.system for entry in minor_codes(Code(-15, 570, 111))] == [None]


def test_reports_with_an_errno_speak_when_there_is_no_other() -> None:
    assert {entry.system for entry in minor_codes(Code(-14, 7))} == {2}
    assert minor_codes(Code(-15, 10)) == ()  # 10061 and 10013 would contradict each other
    assert minor_codes(Code(-15, 10, 10060)) == ()


READINGS = [
    ("-96,491", ["-96,491"]),
    ("-96", ["-96"]),
    ("-15,570:115", ["-15,570:115"]),
    ("-15.570.0", ["-15,570"]),
    ("-15.570.115", ["-15,570:115"]),
    ("-15, 570", ["-15,570"]),
    ("(-7,10015)", ["-7,10015"]),
    ("[-96,7].", ["-96,7"]),
    ("FLEXlm error -96", ["-96"]),
    ("FlexNet Licensing error:-15,570", ["-15,570"]),
    ("License Manager Error -15", ["-15"]),
    ("  -5,414\n", ["-5,414"]),
    ("\u221296,491", ["-96,491"]),
    ("\u201396", ["-96"]),
    # Without its minus: the negative code, the one of trusted storage, or both.
    ("96", ["-96"]),
    ("96,491", ["-96,491"]),
    ("7", ["-7", "7"]),
    ("20", ["-20", "20"]),
    ("+20", ["20"]),
    # A number that is not in the table stays readable.
    ("-999,1", ["-999,1"]),
    ("999", ["-999"]),
    ("FLEXlm error 96", ["-96"]),
    ("HTTP error 404", []),
    ("System Error: 115", []),
    ("", []),
    ("hello", []),
    ("-", []),
    ("127.0.0.1", []),
    ("27000@licsrv", []),
    ("-99999999", []),
    ("\u0663", []),
    ("-1" + " " * 200, []),
]


@pytest.mark.parametrize(("text", "readings"), READINGS, ids=[repr(text)[:30] for text, _ in READINGS])
def test_reading_a_code(text: str, readings: list[str]) -> None:
    assert [str(code) for code in parse_code(text)] == readings


def test_an_unknown_number_stays_readable() -> None:
    entry = error_code(-999)
    assert not entry.known
    assert (entry.major, entry.network) == (-999, "maybe")
    assert "lmwire" in entry.meaning


@pytest.mark.parametrize(
    ("number", "names"),
    [
        (2, ["ENOENT"]),
        (11, ["EAGAIN"]),
        (13, ["EACCES"]),
        (61, ["ECONNREFUSED"]),
        (60, ["ETIMEDOUT"]),
        (104, ["ECONNRESET"]),
        (110, ["ETIMEDOUT"]),
        (111, ["ECONNREFUSED"]),
        (113, ["EHOSTUNREACH"]),
        (115, ["EINPROGRESS"]),
        (10013, ["WSAEACCES"]),
        (10049, ["WSAEADDRNOTAVAIL"]),
        (10054, ["WSAECONNRESET"]),
        (10060, ["WSAETIMEDOUT"]),
        (10061, ["WSAECONNREFUSED"]),
        (11001, ["WSAHOST_NOT_FOUND"]),
        (424242, []),
    ],
)
def test_system_errors(number: int, names: list[str]) -> None:
    found = system_errors(number)
    assert [error.name for error in found] == names
    assert all(error.meaning and error.system for error in found)


def test_the_numbers_of_this_system_have_the_names_it_gives_them() -> None:
    here = {"linux": "Linux", "darwin": "macOS", "win32": "Windows"}[sys.platform]
    names = {number: name.removeprefix("WSA") for number, name in errno.errorcode.items()}
    checked = 0
    for number, name in names.items():
        for error in system_errors(number):
            if here in error.system:
                assert error.name.removeprefix("WSA") == name
                checked += 1
    assert checked > 10


def test_a_diagnosis_reads_no_table() -> None:
    script = (
        "import lmwire.diagnosis, lmwire.errorcodes.codes as codes\n"
        "assert codes._load.cache_info().currsize == 0\n"
        "codes.error_code(-1)\n"
        "assert codes._load.cache_info().currsize == 1\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)  # noqa: S603 (our own words)


@given(st.text(max_size=200) | st.from_regex(r"-?[0-9]{1,7}([,.:] ?[0-9]{1,8}){0,3}", fullmatch=True))
def test_any_text_is_read_without_an_error(text: str) -> None:
    for code in parse_code(text):
        assert parse_code(str(code))[0].major in {code.major, -code.major}
        assert error_code(code.major).meaning
        assert minor_codes(code) is not None
