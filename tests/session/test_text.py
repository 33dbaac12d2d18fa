from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmwire.session.text import MAX_DAEMONS, MAX_NAME, format_daemons, parse_daemons

NAMES = st.lists(st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.+-]{0,63}", fullmatch=True), unique=True, max_size=20)


@given(NAMES)
def test_what_is_written_is_read(names: list[str]) -> None:
    assert parse_daemons(format_daemons(names)) == tuple(names)


@pytest.mark.parametrize("separator", ["\n", "\r\n", " ", ",", ", ", ";", "\0", "\t", "\0\0\n"])
def test_any_usual_separator_separates(separator: str) -> None:
    assert parse_daemons(separator.join(("ibmratl", "snpslmd", "MOSEKLM"))) == ("ibmratl", "snpslmd", "MOSEKLM")


@pytest.mark.parametrize("text", ["", "\n", " , \0\n", ",,,"])
def test_no_name_is_no_daemon(text: str) -> None:
    assert parse_daemons(text) == ()


def test_a_name_said_twice_counts_once() -> None:
    assert parse_daemons("a\nb\na\n") == ("a", "b")


def test_a_name_too_long_to_be_one_is_passed_over() -> None:
    assert parse_daemons(f"a\n{'x' * (MAX_NAME + 1)}\nb") == ("a", "b")


def test_an_endless_answer_ends() -> None:
    names = parse_daemons("".join(f"d{number}\n" for number in range(1_000_000)))
    assert names is not None
    assert len(names) == MAX_DAEMONS


@pytest.mark.parametrize(
    "text",
    [
        "SERVER licsrv 001122334455 27000\nVENDOR ibmratl port=27001\nFEATURE f ibmratl 1 permanent 1 SIGN=0A1B\n",
        "# a comment\n  INCREMENT f ibmratl 1 permanent 1 0A1B\n",
        "ibmratl\nSIGN=0A1B2C3D\n",
        "/opt/flexnet/licenses/mock.lic\n",
        "\x1b[31m \x07",
    ],
)
def test_what_is_not_a_list_names_nobody(text: str) -> None:
    assert parse_daemons(text) is None


def test_words_that_cannot_be_names_are_passed_over() -> None:
    assert parse_daemons("ibmratl\n\x1b[31m\n/etc/passwd\nx=y\nsnpslmd") == ("ibmratl", "snpslmd")
