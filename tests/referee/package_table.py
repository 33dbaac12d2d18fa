"""`python -m tests.referee.package_table`: write what lmwire itself says was measured, from `measured.jsonl`.

One line a scenario, system and report; generations that report alike share it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Final

import lmwire.diagnosis.measured
from lmwire_mockserver.scenario import scenarios
from tests.referee.measured import Row, load

__all__ = ["FILE", "table"]

FILE: Final = Path(lmwire.diagnosis.measured.__file__).parent / "data" / "measured.tsv"

_HEAD: Final = "verdict\tscenario\tsystem\tgenerations\tcode\tsystem_error\tseconds"
_SERVED: Final = "-5,"
_BOTH_UNKNOWN: Final = "inconclusive"


def table() -> str:
    """Return the text of the table."""
    verdicts = {each.id: each.expected.verdict for each in scenarios() if not each.expected.each}
    rows = [row for row in load() if verdicts.get(row.scenario, _BOTH_UNKNOWN) != _BOTH_UNKNOWN]
    lines = [_HEAD]
    for _, group in groupby(rows, key=lambda row: (row.scenario, row.system.value)):
        lines += _lines(list(group), verdicts)
    return "\n".join(lines) + "\n"


def _lines(rows: list[Row], verdicts: dict[str, str]) -> Iterator[str]:
    """Yield the lines of one scenario and system: generations whose reports are equal, and as late, together."""
    alike: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        alike.setdefault((_code(row), _number(row)), []).append(row)
    for (code, number), group in alike.items():
        first = group[0]
        seconds = max(row.after_seconds for row in group) if first.after_seconds is not None else ""
        generations = ",".join(row.generation for row in group)
        yield "\t".join(
            (verdicts[first.scenario], first.scenario, first.system.value, generations, code, number, str(seconds))
        )


def _code(row: Row) -> str:
    return "" if row.code is None or row.code.startswith(_SERVED) else row.code


def _number(row: Row) -> str:
    return "" if row.system_error is None or not _code(row) else str(row.system_error.number)


def main() -> int:
    """Write the file; return 0."""
    FILE.write_text(table(), encoding="utf-8")
    sys.stdout.write(f"wrote {FILE}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
