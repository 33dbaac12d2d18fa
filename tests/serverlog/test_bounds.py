"""A hostile log can't make us hold more than we want to."""

from __future__ import annotations

import gc
import subprocess
import sys
import types
from collections.abc import Callable
from pathlib import Path

import pytest

from lmwire.serverlog.reader import Reader
from lmwire.serverlog.summarize import LogSummarizer
from lmwire.serverlog.top_counts import TopCounts
from tests.serverlog.logs import told

pytestmark = pytest.mark.slow

_MANY = 40_000
_HELD = 4 << 20

_CHILD = """
import io, resource, sys
from lmwire.serverlog import read_log

class Log(io.RawIOBase):
    number = 0
    def readable(self):
        return True
    def readinto(self, buffer):
        lines = []
        for number in range(self.number, min(self.number + len(buffer) // 80, 1_000_000)):
            word = "DENIED" if number % 5 == 0 else "OUT"
            lines.append(f'8:24:20 (MLM) {word}: "f{number % 2000}" u{number}@h{number} (No. (-4,342))\\n')
        self.number += len(lines)
        data = "".join(lines).encode()
        buffer[:len(data)] = data
        return len(data)

read_log([io.BytesIO(b'8:24:20 (MLM) OUT: "f" u@h\\n' * 20_000)])
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
summary = read_log([io.BufferedReader(Log(), 1 << 18)], limit=50)
print(summary.lines.all, summary.daemons[0].denied, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not tell the most memory that a process had so")
def test_a_million_users_take_no_more_memory_than_one() -> None:
    ran = subprocess.run([sys.executable, "-c", _CHILD], capture_output=True, text=True, check=True)  # noqa: S603 # ours
    lines, denied, kilobytes = map(int, ran.stdout.split())
    assert (lines, denied) == (1_000_000, 200_000)
    assert kilobytes < 10_000


def test_all_who_were_denied_are_counted_those_without_a_name_too() -> None:
    lines = (b'8:24:20 (MLM) DENIED: "f%d" u%d@h (No. (-4,342))\n' % (one % 70, one) for one in range(5000))
    summary = told(lines, limit=20)
    assert len(summary.denied_clients) == 10
    assert sum(name.count for name in summary.denied_clients) + summary.denied_clients_others == 5000
    (denial,) = summary.denials
    assert denial.count == sum(name.count for name in denial.features) + denial.features_others == 5000


_HOSTILE: dict[str, Callable[[int], bytes]] = {
    "daemons": lambda one: b'(d%d%0100d) OUT: "f" u@h' % (one, 0),
    "features": lambda one: b'(MLM) OUT: "%0120d" u@h' % one,
    "texts": lambda one: b"(MLM) unknown text number %0200d" % one,
    "known texts": lambda one: b"(MLM) SLOG: %0200d" % one,
    "hosts": lambda one: b"(lmgrd) Lost connection to %0200d" % one,
    "exits": lambda one: b"(lmgrd) MLM exited with status %d (%090d)" % (one, one),
    "ports": lambda one: b"(lmgrd) REStarted MLM (internet tcp_port %d pid 1)" % (1 + one),
    "codes": lambda one: b'(MLM) DENIED: "f" u@h (%0100d. (-%d,%d))' % (one, one, one),
    "clients": lambda one: b'(MLM) DENIED: "f" u@%0200d (No. (-4,342))' % one,
    "pins": lambda one: b"(lmgrd) Using vendor daemon port %d specified in license file" % (1 + one),
    "conflicts": lambda one: b"(lmgrd) The TCP port number in the license, %d, is already in use." % (1 + one),
    "conflicts of daemons": lambda one: b"(x%d) The TCP port number in the license, 7, is already in use." % one,
    "featureless": lambda one: b"(x%0200d) daemon found no features. Please correct" % one,
    "banners": lambda one: b"(x%050d) FLEXlm (v8.0) started on h (os)" % one,
}


@pytest.mark.parametrize("name", _HOSTILE)
def test_nothing_that_a_log_can_have_many_of_is_kept_without_a_bound(name: str) -> None:
    reader, summarizer = Reader(), LogSummarizer(limit=50)
    for one in range(_MANY):
        for entry in reader.feed(b"8:24:20 %s\n" % _HOSTILE[name](one)):
            summarizer.take(entry)
    summary = summarizer.summary(reader, ["x"])
    assert summary.lines.all == _MANY
    assert _held_by(reader, summarizer, summary) < _HELD
    assert len(summary.problems) < 200


def _held_by(*things: object) -> int:
    """Return the bytes of all objects that can be reached, but for code."""
    seen: set[int] = set()
    waiting, size = list(things), 0
    while waiting:
        thing = waiting.pop()
        if id(thing) in seen or isinstance(thing, type | types.ModuleType | types.FunctionType | types.CodeType):
            continue
        seen.add(id(thing))
        size += sys.getsizeof(thing)
        waiting.extend(gc.get_referents(thing))
    return size


def test_what_is_held_is_measured() -> None:
    assert _held_by([bytes([one]) * 1000 for one in range(100)]) > 100_000
    assert _held_by(Path()) < _HELD


def test_lines_of_daemons_beyond_the_bound_are_counted() -> None:
    summary = told(b"".join(b'8:24:20 (d%d) OUT: "f" u@h\n' % number for number in range(100)))
    assert (len(summary.daemons), summary.daemons_left_out) == (64, 36)


def test_a_tally_keeps_the_frequent_whatever_comes_between() -> None:
    tally: TopCounts[str] = TopCounts(10)
    for number in range(10_000):
        tally.add(f"rare {number}")
        if number % 4 == 0:
            tally.add("frequent")
    assert tally.top(1) == [("frequent", 2500)]
    assert len(tally) <= 20
    assert tally.total == 12_500
    assert tally.others(1) == 10_000
