"""Say what is wrong in a TOML file: the line, the fault, and what to write instead."""

from __future__ import annotations

import re
from typing import Final

from lmwire.text import printable

__all__ = ["toml_trouble"]

_LINE: Final = re.compile(r"(?P<what>.*) \(at (?:line (?P<line>\d+), column \d+|end of document)\)", re.DOTALL)
_PLACE: Final = re.compile(r"(?P<what>.*) - at `\$(?P<path>.*)`", re.DOTALL)
_FIELD: Final = re.compile(r"Object (?P<how>missing required|contains unknown) field `(?P<field>[^`]*)`")
_TYPE: Final = re.compile(r"Expected `(?P<wanted>\w+)`, got `(?P<given>\w+)`")

_TYPES: Final = {
    "array": "a list",
    "bool": "true or false",
    "float": "a number",
    "int": "a whole number",
    "object": "a table",
    "str": "a string",
}
"""msgspec's name of a type → what it is called in a TOML file."""

_TWICE: Final = "this table is there already; write all its keys in one place"
_FAULTS: Final = (
    ("Expected '=' after a key", "= is missing after this key; write KEY = VALUE"),
    ("Expected ']' at the end of a table", "] is missing after the name of this table; write [NAME]"),
    ("Expected ']]' at the end of an array", "]] is missing after the name of this table; write [[NAME]]"),
    (
        "Expected newline or end of document",
        "only a comment may follow a value; write text in quotes, and each key on a line of its own",
    ),
    ("Invalid value", "this is not a value; write text in quotes, a number, true, false, or a list in [ ]"),
    ("Invalid statement", "this is neither a key nor a table; write KEY = VALUE or [NAME]"),
    ("Invalid initial character for a key", "a key cannot begin so; write letters and digits, or the key in quotes"),
    ("Invalid date", "this is not a date; write it as 2026-03-09"),
    ("Invalid hex value", "this is not a number of a character; write \\u and four hexadecimal digits"),
    ("Escaped character is not", "this is not a number of a character; write \\u and four hexadecimal digits"),
    ("Unclosed array", "a list is not closed; write ] after its last value"),
    ("Unclosed inline table", "a table is not closed; write } after its last key"),
    ("Unterminated string", "a text is not closed; write the same quotes after it as before it"),
    ("Unescaped '\\' in a string", "a backslash in double quotes begins an escape; write two, or use single quotes"),
    ("Cannot overwrite a value", "this key has a value already; write it once"),
    ("Duplicate inline table key", "this key has a value already; write it once"),
    ("Cannot declare", _TWICE),
    ("Cannot mutate immutable namespace", _TWICE),
    ("Cannot redefine namespace", _TWICE),
    ("Found invalid character", "a text ends on its line; write quotes after it, or three quotes around it"),
    ("Illegal character", "this character is not allowed here; write it as an escape in double quotes, such as \\t"),
)
"""How a message of Python's TOML reader begins → what is wrong and what to write instead."""


def toml_trouble(message: str, text: str, *, keys: str = "correct its name, or remove it") -> str:
    """Return what is wrong in a TOML file, on one line. Escaped.

    Args:
        message: what msgspec said.
        text: the whole file.
        keys: what to do about a key that does not exist, such as "see `--example`".
    """
    if placed := _PLACE.fullmatch(message):
        return printable(_of_value(placed["what"], placed["path"].removeprefix("."), keys))
    if found := _LINE.fullmatch(message):
        line = found["line"] or max(1, len(text.rstrip().splitlines()))
        return f"line {line}: {_fault(found['what'])}"
    return printable(_of_value(message, "", keys))


def _fault(what: str) -> str:
    return next((sentence for begin, sentence in _FAULTS if what.startswith(begin)), printable(what))


def _of_value(what: str, path: str, keys: str) -> str:
    """Return a message about a value with its place first: `zones[2].sees: …`."""
    if field := _FIELD.match(what):
        path = f"{path}.{field['field']}" if path else field["field"]
        what = "is missing" if field["how"].startswith("missing") else f"this key does not exist; {keys}"
    elif (kinds := _TYPE.fullmatch(what)) and {kinds["wanted"], kinds["given"]} <= set(_TYPES):
        what = f"must be {_TYPES[kinds['wanted']]}, not {_TYPES[kinds['given']]}"
    return f"{path}: {what}" if path else what
