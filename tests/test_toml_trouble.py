"""What is wrong in a TOML file is said with its line, and with what to write instead."""

from __future__ import annotations

import msgspec
import pytest

from lmwire.toml_trouble import toml_trouble


class _Port(msgspec.Struct, forbid_unknown_fields=True):
    port: int
    on: bool = False


class _File(msgspec.Struct, forbid_unknown_fields=True):
    ports: list[_Port]
    note: str = ""


_FAULTS = (
    ("a = 1\nb\n", "line 2: = is missing after this key; write KEY = VALUE"),
    ("a = 1\n\nb = x\n", "line 3: this is not a value; write text in quotes, a number, true, false, or a list in [ ]"),
    ("[a\n", "line 1: ] is missing after the name of this table; write [NAME]"),
    ("[[a]\n", "line 1: ]] is missing after the name of this table; write [[NAME]]"),
    ("a = [1,\n2", "line 2: a list is not closed; write ] after its last value"),
    ('a = "b', "line 1: a text is not closed; write the same quotes after it as before it"),
    ("a = 'x\n'", "line 1: a text ends on its line; write quotes after it, or three quotes around it"),
    ("a = 1\na = 2", "line 2: this key has a value already; write it once"),
    ("a = {b = 1, b = 2}\n", "line 1: this key has a value already; write it once"),
    ("[z]\n[z]\n", "line 2: this table is there already; write all its keys in one place"),
    (" = 1", "line 1: this is neither a key nor a table; write KEY = VALUE or [NAME]"),
    ('a = "C:\\quux"', "line 1: a backslash in double quotes begins an escape; write two, or use single quotes"),
    ('a = "\\u12"', "line 1: this is not a number of a character; write \\u and four hexadecimal digits"),
    (
        "a = 01",
        "line 1: only a comment may follow a value; write text in quotes, and each key on a line of its own",
    ),
    ("a = {b = 1,\n}", "line 1: a key cannot begin so; write letters and digits, or the key in quotes"),
    ("note = 1\nports = []", "note: must be a string, not a whole number"),
    ("ports = [{port = 'x'}]", "ports[0].port: must be a whole number, not a string"),
    ("ports = [{port = 1, on = 1}]", "ports[0].on: must be true or false, not a whole number"),
    ("[ports]", "ports: must be a list, not a table"),
    ("ports = [{}]", "ports[0].port: is missing"),
    ("", "ports: is missing"),
    ("ports = []\nprots = []", "prots: this key does not exist; see HERE"),
)


@pytest.mark.parametrize(("text", "trouble"), _FAULTS)
def test_a_fault_names_its_line_and_what_to_write(text: str, trouble: str) -> None:
    with pytest.raises(msgspec.DecodeError) as caught:
        msgspec.toml.decode(text, type=_File)
    assert toml_trouble(str(caught.value), text, keys="see HERE") == trouble


def test_what_comes_from_the_file_is_escaped() -> None:
    text = 'ports = []\n"\\u001b[31m" = 1'
    with pytest.raises(msgspec.DecodeError) as caught:
        msgspec.toml.decode(text, type=_File)
    assert "\x1b" not in toml_trouble(str(caught.value), text)


def test_a_fault_that_is_not_known_keeps_its_words() -> None:
    assert toml_trouble("Something \x1b new (at line 7, column 2)", "") == "line 7: Something \\x1b new"
