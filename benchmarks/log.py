"""A debug log of a million lines, as a busy server writes it in a week: against grep, which only counts."""

from __future__ import annotations

import json
import random
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.figure import Figure, lmwire, run

__all__ = ["reading"]

_LINES = 1_000_000
_A_DAY = _LINES // 7
_USERS, _FEATURES = 800, 60
_SECONDS, _MEGABYTES = 5, 100


def _start(day: int) -> str:
    """Return how a day begins: the servers are started anew, and the vendor daemon moves."""
    return (
        f" 6:00:00 (lmgrd) FlexNet Licensing (v11.16.2.0 build 1 x64_lsb) started on licsrv (linux) (11/{day}/2026)\n"
        " 6:00:00 (lmgrd) lmgrd tcp-port 27000\n"
        f" 6:00:00 (lmgrd) Started ibmratl (internet tcp_port {40000 + day} pid {day})\n"
        " 6:00:01 (ibmratl) Server started on licsrv for:\talpha\n"
    )


def _lines(chance: random.Random) -> Iterator[str]:
    for number in range(_LINES):
        if number % _A_DAY == 0:
            yield _start(1 + number // _A_DAY)
        second = 21_600 + number % _A_DAY * 60_000 // _A_DAY
        clock = f"{second // 3600:2}:{second // 60 % 60:02}:{second % 60:02}"
        user = f'"feature{chance.randrange(_FEATURES)}" user{chance.randrange(_USERS)}@ws{chance.randrange(_USERS)}'
        kind = chance.random()
        if kind < 0.02:  # noqa: PLR2004 # shares of a busy log
            yield f'{clock} (ibmratl) DENIED: {user}  (Licensed number of users already reached. (-4,342:10054 ""))\n'
        elif kind < 0.03:  # noqa: PLR2004
            yield f"{clock} (ibmratl) A line that nobody knows, number {number}\n"
        else:
            yield f"{clock} (ibmratl) {'OUT' if kind < 0.515 else 'IN'}: {user}  \n"  # noqa: PLR2004


def reading() -> Figure:
    """Read it, and let grep count one kind of its lines, in turn."""
    with tempfile.TemporaryDirectory(prefix="lmwire-benchmark-") as folder:
        file = Path(folder) / "lmgrd.log"
        with file.open("w", encoding="ascii") as written:
            written.writelines(_lines(random.Random(1)))  # noqa: S311 # the same each time
        ours = run(lmwire("log", str(file), "--format", "json"))
        grep = run(["grep", "-c", "DENIED", str(file)])
        size = file.stat().st_size / 1e6
    found = json.loads(ours.output)
    (daemon,) = found["daemons"]
    starts = found["starts"]
    right = (
        found["lines"]["all"] == _LINES + 4 * starts
        and daemon["port"] == 40000 + starts
        and len(daemon["ports"]) == starts
        and daemon["denied"] == int(grep.output)
        and daemon["outs"] + daemon["ins"] + daemon["denied"] + found["lines"]["unknown"] == _LINES
    )
    return Figure(
        name=f"a debug log of {_LINES:,} lines ({size:.0f} MB): ports, moves, denials",
        measured=(
            f"{ours.seconds:.1f} s and {ours.megabytes:.0f} MB, {ours.seconds / grep.seconds:.0f} times grep -c "
            f"({1000 * grep.seconds:.0f} ms), {'every' if right else 'NOT every'} count as written"
        ),
        goal=f"within {_SECONDS} s, under {_MEGABYTES} MB, every count right",
        met=right and ours.seconds <= _SECONDS and ours.megabytes < _MEGABYTES,
    )
