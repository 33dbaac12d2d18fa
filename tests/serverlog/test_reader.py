"""Bytes in, entries out: however the bytes are cut, whatever they are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmwire.serverlog import reader as reader_module
from lmwire.serverlog.events import ManagerPort
from lmwire.serverlog.model import LogSummary
from lmwire.serverlog.reader import MAX_LINE, Reader
from lmwire.serverlog.summarize import LogSummarizer
from tests.serverlog.logs import LOGS

ALL = "".join(LOGS.values()).encode()
_PORT = b"8:24:20 (lmgrd) lmgrd tcp-port 27000"


def summed(pieces: Iterable[bytes]) -> LogSummary:
    reader, summarizer = Reader(), LogSummarizer()
    for piece in pieces:
        for entry in reader.feed(piece):
            summarizer.take(entry)
    for entry in reader.end():
        summarizer.take(entry)
    return summarizer.summary(reader, ["x"])


def cut(data: bytes, places: Iterable[int]) -> Iterator[bytes]:
    begin = 0
    for place in sorted(place % (len(data) + 1) for place in places):
        yield data[begin:place]
        begin = place
    yield data[begin:]


@pytest.mark.parametrize("name", LOGS)
def test_cut_at_every_byte_a_log_tells_the_same(name: str) -> None:
    data = LOGS[name].encode()
    whole = summed([data])
    assert summed(data[at : at + 1] for at in range(len(data))) == whole
    assert whole.lines.all == sum(1 for line in LOGS[name].splitlines() if line.strip())


_LINES = st.one_of(
    st.sampled_from(ALL.splitlines()),
    st.binary(max_size=60),
    st.binary(max_size=40).map(lambda text: b"8:24:20 (MLM) " + text),
    st.integers(MAX_LINE - 20, MAX_LINE + 20).map(lambda size: _PORT.ljust(size, b" ")),
    st.integers(1, 3).map(lambda times: b"y" * (times * MAX_LINE)),
)


@given(st.lists(_LINES, max_size=12), st.lists(st.integers(0, 1 << 17), max_size=8), st.sampled_from([b"\n", b"\r\n"]))
def test_any_lines_cut_anywhere_tell_the_same_and_never_raise(
    lines: list[bytes], places: list[int], end: bytes
) -> None:
    data = end.join(lines)
    assert summed(cut(data, places)) == summed([data])


@given(st.binary(max_size=2000))
def test_any_bytes_make_a_summary_that_json_can_hold(data: bytes) -> None:
    assert msgspec.json.decode(msgspec.json.encode(summed([data])))["schema"] == "lmwire.log/1"


def test_uses_that_are_counted_first_tell_what_they_tell_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    uses = b"".join(b'%d:00:00 (MLM) OUT: "f%d" u%d@h\n' % (one % 24, one % 1500, one) for one in range(4000))
    data = ALL + uses + ALL
    quick = summed([data])
    monkeypatch.setattr(reader_module, "USE", re.compile(rb"(?!)"))  # the lines take the way of all others
    assert summed([data]) == quick
    assert sum(daemon.outs for daemon in quick.daemons) > 4000


def test_a_last_line_without_an_end_counts() -> None:
    reader = Reader()
    assert list(reader.feed(_PORT)) == []
    (entry,) = reader.end()
    assert entry.event == ManagerPort(27000)
    assert list(reader.end()) == []


@pytest.mark.parametrize("size", [MAX_LINE - 1, MAX_LINE, MAX_LINE + 1, 5 * MAX_LINE])
def test_only_the_beginning_of_a_long_line_is_read(size: int) -> None:
    line = b"8:24:20 (MLM) " + b"z" * (size - 14)
    for pieces in ([line + b"\n"], [line], [line[:100], line[100:] + b"\n" + _PORT], cut(line, range(0, size, 999))):
        reader = Reader()
        for piece in pieces:
            list(reader.feed(piece))
        list(reader.end())
        assert reader.counts.long == (size > MAX_LINE)
        assert reader.counts.unknown == 1


def test_holes_in_a_log_are_passed_over() -> None:
    reader = Reader()
    (entry,) = reader.feed(b"\0" * 5000 + _PORT[:20] + b"\0\0" + _PORT[20:] + b"\n")
    assert entry.event == ManagerPort(27000)


def test_lists_of_features_are_no_unknown_lines() -> None:
    reader = Reader()
    lines = (
        b"8:24:20 (MLM) Server started on licsrv for:\ta\t\tb\n",
        b"8:24:20 (MLM) c\t\td\n",
        b"8:24:20 (lmgrd) lmgrd tcp-port 27000\n",
        b"8:24:20 (MLM) e\t\tf\n",
        b"8:24:20 (MLM) Something (new): that nobody knows\n",
        b"8:24:20 (MLM) g\n",
    )
    list(reader.feed(b"".join(lines)))
    assert (reader.counts.noise, reader.counts.unknown) == (2, 2)
    assert reader.counts.samples == ["Something (new): that nobody knows", "g"]
