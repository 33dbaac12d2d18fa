from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmwire.session.text import MAX_DAEMONS, MAX_NAME, format_daemons, parse_daemons

NAMES = st.lists(st.text("abcdefghijklmnopqrstuvwxyz0123456789_-.", min_size=1, max_size=MAX_NAME), unique=True)


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
    assert len(parse_daemons("".join(f"d{number}\n" for number in range(1_000_000)))) == MAX_DAEMONS
