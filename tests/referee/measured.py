"""What each client reported of each scenario: `measured.jsonl`, the one source of what lmwire calls *measured*.

`python -m tests.referee` writes it. `load()` reads it; each line is a frozen `Row`:

    {(row.scenario, row.client): row.code for row in load()}["vendor-refused", "11.19-linux"]  # "-15,570"
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import msgspec

from lmwire_mockserver.scenario import Where
from tests.referee.clients import System
from tests.referee.reading import ReportedSystemError

__all__ = ["FILE", "Row", "differences", "is_close", "load", "merged", "save"]

FILE: Final = Path(__file__).with_name("measured.jsonl")

_NEAR_SECONDS: Final = 2.0
_NEAR_SHARE: Final = 0.25


class Row(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One scenario, played for one client.

    Attributes:
        scenario: its id.
        generation: of FlexNet, such as "11.19".
        system: that the client was built for.
        where: the scenario was played on loopback, or between network namespaces.
        code: of the first report, such as "-15,570"; None where the client reported nothing in 150 s.
        system_error: of the first report; None where it names none.
        after_seconds: from the application's call to the first report.
        call_seconds: from the call to its end. An application may check out a second time, as this one does after
            -15 and -16, and then reports twice and takes twice the time. None where it had not ended after 150 s.
        codes: of all reports, in order.
    """

    scenario: str
    generation: str
    system: System
    where: Where
    code: str | None = None
    system_error: ReportedSystemError | None = None
    after_seconds: float | None = None
    call_seconds: float | None = None
    codes: tuple[str, ...] = ()

    @property
    def client(self) -> str:
        """The id of the client, such as "11.19-linux"."""
        return f"{self.generation}-{self.system.value}"


def load(file: Path = FILE) -> tuple[Row, ...]:
    """Return every row, sorted by scenario, then client.

    Raises:
        msgspec.ValidationError: a line is not a row.
    """
    return tuple(msgspec.json.Decoder(Row).decode_lines(file.read_bytes()))


def save(rows: Iterable[Row], file: Path = FILE) -> None:
    """Write the rows, sorted."""
    lines = sorted(rows, key=_order)
    file.write_bytes(b"".join(msgspec.json.encode(row) + b"\n" for row in lines))


def merged(old: Iterable[Row], new: Iterable[Row], scenarios: Iterable[str]) -> tuple[Row, ...]:
    """Return all rows, new and old, that belong to one of `scenarios`.

    An old row stays where the new one agrees with it, but for seconds that are fewer now: a busy machine adds to them,
    and never takes away.
    """
    known = frozenset(scenarios)
    rows = {_order(row): row for row in old if row.scenario in known}
    for row in new:
        if row.scenario in known:
            before = rows.get(_order(row))
            rows[_order(row)] = row if before is None or differences(before, row) else _quicker(before, row)
    return tuple(rows[key] for key in sorted(rows))


def _quicker(before: Row, now: Row) -> Row:
    """Return `before` with the fewer seconds of both."""

    def fewer(one: float | None, other: float | None) -> float | None:
        return one if one is None or other is None else min(one, other)

    return msgspec.structs.replace(
        before,
        after_seconds=fewer(before.after_seconds, now.after_seconds),
        call_seconds=fewer(before.call_seconds, now.call_seconds),
    )


def differences(old: Row | None, new: Row) -> tuple[str, ...]:
    """Say in what a new measurement differs from an old one of the same scenario and client; empty where it agrees.

    Seconds agree within 2 s or a quarter. The words of a system error belong to its number.
    """
    if old is None:
        return (f"not measured before; now {new.code}",)
    found = []
    for name in ("where", "code", "system_error"):
        was, now = getattr(old, name), getattr(new, name)
        if was != now:
            found.append(f"{name}: was {_shown(was)}, is {_shown(now)}")
    if not is_close(old.after_seconds, new.after_seconds):
        found.append(f"after_seconds: was {old.after_seconds}, is {new.after_seconds}")
    return tuple(found)


def is_close(was: float | None, now: float | None) -> bool:
    """Return whether two measured durations agree within 2 s or a quarter."""
    if was is None or now is None:
        return was is now
    return abs(was - now) <= max(_NEAR_SECONDS, _NEAR_SHARE * was)


def _order(row: Row) -> tuple[str, str, str]:
    return row.scenario, row.system.value, row.generation


def _shown(value: object) -> str:
    match value:
        case Where() as where:
            return where.value
        case ReportedSystemError(number=number, words=words):
            return f'{number} "{words}"'
    return str(value)
