"""FlexNet's error numbers: reading them as applications write them, and what they mean.

`-15,570:115` is a major code (what failed), a minor code (where in the library) and the system's errno, which may
be left over from something earlier. The tables are package data, read when the first meaning is asked for, so
that a diagnosis which explains nothing does not pay for them.
"""

from __future__ import annotations

import csv
import functools
import pkgutil
import re
from typing import TYPE_CHECKING, Final, Literal, cast

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "Code",
    "ErrorCode",
    "MinorCode",
    "Network",
    "SystemErrorCode",
    "error_code",
    "error_codes",
    "minor_codes",
    "normalise_minus",
    "parse_code",
    "system_errors",
]

Network = Literal["yes", "no", "maybe"]
"""Whether the network is suspect when this code appears."""

_UNKNOWN: Final = "Not a code that lmwire knows"
# Dialogs and word processors replace the minus by one of these.
_MINUSES: Final = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212\uff0d\ufe63", "-"))
_LONGEST_TEXT: Final = 120
_CODE: Final = re.compile(
    r"""
    [^\w+-]* (?: (?P<words>[A-Za-z][A-Za-z /]{0,60}?) [\s:#=.(]* )?    # FLEXlm error, License Manager Error
    (?P<sign>[-+]?) (?P<major>[0-9]{1,5})
    (?: \s?[,.]\s? (?P<minor>[0-9]{1,6}) (?: [:.,] (?P<system>[0-9]{1,6}) )? )?
    [^\w]*
    """,
    re.VERBOSE | re.ASCII,
)


class Code(msgspec.Struct, frozen=True):
    """An error number as an application shows it.

    Attributes:
        major: negative, but for the errors of trusted storage.
        minor: the number after the comma; None when there was none.
        system: errno or Windows' socket error; None when there was none, or 0.
    """

    major: int
    minor: int | None = None
    system: int | None = None

    def __str__(self) -> str:
        minor = "" if self.minor is None else f",{self.minor}"
        return f"{self.major}{minor}{'' if self.system is None else f':{self.system}'}"


class ErrorCode(msgspec.Struct, frozen=True):
    """What a major code means.

    Attributes:
        major: the number.
        name: its symbol in FlexNet's documentation; empty where none is known.
        meaning: one sentence, without a full stop.
        network: whether the network is suspect.
        note: what else is known; may be empty.
        remedy: what to do when a server answers so, without a full stop; empty where it depends on the case.
        source: where it is documented; empty for a number that is not in the table.
    """

    major: int
    name: str
    meaning: str
    network: Network
    note: str
    remedy: str
    source: str

    @property
    def known(self) -> bool:
        """Whether the number is in the table."""
        return bool(self.source)


class MinorCode(msgspec.Struct, frozen=True):
    """What one combination of major and minor code meant where it was seen.

    Attributes:
        major: None stands for every major code.
        minor: None for a report that gave no minor code.
        system: the errno that belongs to the report; None when it does not matter.
    """

    major: int | None
    minor: int | None
    system: int | None
    meaning: str
    network: Network
    note: str
    source: str


class SystemErrorCode(msgspec.Struct, frozen=True):
    """The meaning of an operating system's error number, and the systems on which it has that meaning."""

    number: int
    system: str
    name: str
    meaning: str


def normalise_minus(text: str) -> str:
    """Replace typographic dashes by the minus sign; the text keeps its length."""
    return text.translate(_MINUSES)


def parse_code(text: str) -> tuple[Code, ...]:
    """Read a text that is one error number, with a few words before it at most; never raises.

    `-96,491`, `-96`, `-15,570:115`, `-15.570.0` (Autodesk), `(-7,10015)`, `FLEXlm error -96`, `96`.

    Returns:
        The possible readings, the likeliest first; empty when the text is not an error number. A number without
        its minus may be either sign, when both mean something; behind words it must mean something.
    """
    match = _CODE.fullmatch(normalise_minus(text.strip())) if len(text) <= _LONGEST_TEXT else None
    if match is None or (match["words"] or "").lower().startswith("system"):
        return ()
    major = int(match["major"])
    minor = None if match["minor"] is None else int(match["minor"])
    system = int(match["system"] or 0) or None
    if match["sign"] == "-":
        return (Code(-major, minor, system),)
    # Dialogs drop the minus at times; numbers that are positive by nature have no minor code.
    negative, positive = Code(-major, minor, system), Code(major)
    if match["sign"] == "+":
        return (positive,)
    if minor is not None:
        return (negative,)
    readings = tuple(code for code in (negative, positive) if error_code(code.major).known)
    return readings if readings or match["words"] else (negative,)


def error_codes() -> dict[int, ErrorCode]:
    """Return the table of major codes."""
    return _load()[0]


def error_code(major: int) -> ErrorCode:
    """Return the meaning of a major code; one that is not in the table says so and is not `known`."""
    return error_codes().get(major) or ErrorCode(major, "", _UNKNOWN, "maybe", "", "", "")


def minor_codes(code: Code) -> tuple[MinorCode, ...]:
    """Return what is known of this combination of major and minor code, the closest report first.

    Reports with another errno are left out. When `code` has none, a report with one counts if it is the only one.
    """
    found = [entry for entry in _load()[1] if entry.major in {code.major, None} and entry.minor == code.minor]
    fitting = [entry for entry in found if entry.system in {None, code.system}]
    if code.system is None and not fitting and len(found) == 1:  # several would contradict each other
        fitting = found
    return tuple(sorted(fitting, key=lambda entry: (entry.major is None, entry.system != code.system)))


def system_errors(number: int) -> tuple[SystemErrorCode, ...]:
    """Return the meanings of an errno or Windows socket error on the systems where it has one."""
    return _load()[2].get(number, ())


@functools.cache
def _load() -> tuple[dict[int, ErrorCode], tuple[MinorCode, ...], dict[int, tuple[SystemErrorCode, ...]]]:
    sources = {row["key"]: row["reference"] for row in _rows("sources.tsv")}
    majors = {int(row["code"]): _error_code(row, sources) for row in _rows("codes.tsv")}
    minors = tuple(_minor_code(row, sources) for row in _rows("minor-codes.tsv"))
    errors: dict[int, tuple[SystemErrorCode, ...]] = {}
    for row in _rows("system-errors.tsv"):
        error = SystemErrorCode(int(row["number"]), row["system"], row["name"], row["meaning"])
        errors[error.number] = (*errors.get(error.number, ()), error)
    return majors, minors, errors


def _rows(name: str) -> Iterator[dict[str, str]]:
    # pkgutil, since importlib.resources takes ten times as long to import, and every diagnosis would pay for it.
    data = pkgutil.get_data("lmwire.errorcodes", f"data/{name}") or b""
    text = data.decode("utf-8")
    return csv.DictReader(text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)


def _error_code(row: dict[str, str], sources: dict[str, str]) -> ErrorCode:
    return ErrorCode(
        int(row["code"]),
        row["name"],
        row["meaning"],
        _network(row),
        row["note"],
        row["remedy"],
        _source(row["source"], sources),
    )


def _minor_code(row: dict[str, str], sources: dict[str, str]) -> MinorCode:
    major, _, rest = row["code"].partition(",")
    minor, _, system = rest.partition(":")
    return MinorCode(
        None if major == "*" else int(major),
        int(minor) if minor else None,
        int(system) if system else None,
        row["meaning"],
        _network(row),
        row["note"],
        _source(row["source"], sources),
    )


def _network(row: dict[str, str]) -> Network:
    return cast("Network", row["network"])


def _source(keys: str, sources: dict[str, str]) -> str:
    return " ; ".join(sources.get(key, key) for key in keys.split(" ; "))
