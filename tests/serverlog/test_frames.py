"""What stands around a text: times, dates, and the prefixes of other programs."""

from __future__ import annotations

import pytest

from lmwire.serverlog.clock import Clock
from lmwire.serverlog.events import ManagerPort, Stamp
from lmwire.serverlog.reader import LogEntry, Reader
from tests.serverlog.logs import told


def read(*lines: str) -> list[LogEntry]:
    reader = Reader()
    return [*reader.feed("\n".join(lines).encode()), *reader.end()]


@pytest.mark.parametrize(
    ("line", "time", "date"),
    [
        (" 8:24:20 (lmgrd) lmgrd tcp-port 27000", "8:24:20", ""),
        ("18:24:20 (lmgrd) lmgrd tcp-port 27000\r", "18:24:20", ""),
        ("0:00:00 (lmgrd)  lmgrd tcp-port 27000  ", "0:00:00", ""),
        ("15:04 (lmgrd) lmgrd tcp-port 27000", "15:04", ""),
        ("11/24 15:04 (lmgrd) lmgrd tcp-port 27000", "15:04", "11-24"),
        ("Tue 8:24:20 (lmgrd) lmgrd tcp-port 27000", "8:24:20", ""),
        ("117  8:24:20 (lmgrd) lmgrd tcp-port 27000", "8:24:20", ""),
        ("117: 8:24:20 (lmgrd) lmgrd tcp-port 27000", "8:24:20", ""),
        ("Nov 24 08:24:20 licsrv lmgrd[812]:  8:24:21 (lmgrd) lmgrd tcp-port 27000", "8:24:21", ""),
        ("2026-11-24T08:24:20.123456Z  8:24:21 (lmgrd) lmgrd tcp-port 27000", "8:24:21", ""),
        ("lmgrd-1  |  8:24:21 (lmgrd) lmgrd tcp-port 27000", "8:24:21", ""),
        ("<30>1 2026-11-24T08:24:20Z licsrv lmgrd 812 - - 8:24:21 (lmgrd) lmgrd tcp-port 27000", "8:24:21", ""),
        ('{"log":" 8:24:21 (lmgrd) lmgrd tcp-port 27000\\n","stream":"stdout","time":"2026"}', "8:24:21", ""),
        ("\ufeff 8:24:20 (lmgrd) lmgrd tcp-port 27000", "8:24:20", ""),
    ],
)
def test_a_frame_is_found(line: str, time: str, date: str) -> None:
    (entry,) = read(line)
    assert (entry.event, entry.daemon) == (ManagerPort(27000), "lmgrd")
    assert entry.moment is not None
    assert (entry.moment.time, entry.moment.date) == (time, date)


def test_docker_s_files_escape_quotes() -> None:
    line = r"""{"log":"8:24:20 (MLM) OUT: \"alpha\" u@h\t[x]\r\n","stream":"stderr","time":"2026-11-24T08:24:20Z"}"""
    assert [entry.event.__class__.__name__ for entry in read(line)] == ["Use"]
    summary = told(line)
    assert [name.name for name in summary.daemons[0].features] == ["alpha"]


@pytest.mark.parametrize(
    "line",
    [
        "25:00:00 (lmgrd) lmgrd tcp-port 27000",
        "8:61:00 (lmgrd) lmgrd tcp-port 27000",
        "13/45 8:00 (lmgrd) lmgrd tcp-port 27000",
        "8:24:20 lmgrd tcp-port 27000",
        "8:24:20 () lmgrd tcp-port 27000",
        "lmgrd tcp-port 27000",
        "x" * 300 + " 8:24:20 (lmgrd) lmgrd tcp-port 27000",
    ],
)
def test_what_is_no_frame_counts_as_unframed(line: str) -> None:
    reader = Reader()
    assert [*reader.feed(line.encode()), *reader.end()] == []
    assert (reader.counts.lines, reader.counts.unframed) == (1, 1)


def test_utf_16_as_powershell_writes_it() -> None:
    text = '8:24:20 (lmgrd) lmgrd tcp-port 27000\r\n8:24:21 (MLM) OUT: "alpha" a@b\r\n'
    for encoding in ("utf-16", "utf-16-le", "utf-16-be"):
        summary = told(text.encode(encoding))
        assert (summary.lmgrd_port, summary.daemons[0].outs, summary.lines.unframed) == (27000, 1, 0)


def dates(*steps: str | Stamp) -> list[tuple[str, bool]]:
    clock, seen = Clock(), []
    for step in steps:
        if isinstance(step, Stamp):
            clock.stamp(step)
        else:
            day, _, time = step.rpartition(" ")
            assert clock.tick(day.encode() or None, time.encode())
        assert clock.now is not None
        seen.append((clock.now.date, clock.now.inferred))
    return seen


def test_a_day_ends_when_the_time_goes_back() -> None:
    assert dates("8:00:00", Stamp(11, 24, 2026), "23:59:59", "0:00:01", "0:00:00") == [
        ("", False),
        ("2026-11-24", False),
        ("2026-11-24", False),
        ("2026-11-25", True),
        ("2026-11-25", True),
    ]


def test_daylight_saving_and_several_writers_end_no_day() -> None:
    assert dates("2:59:59", Stamp(10, 25, 2026), "2:00:00", "1:59:59", "3:00:00")[-1] == ("2026-10-25", False)


def test_a_written_date_corrects_what_was_inferred() -> None:
    found = dates("8:00:00", Stamp(11, 20, 2026), "5:00:00", Stamp(11, 24, 2026))
    assert found[-2:] == [("2026-11-21", True), ("2026-11-24", False)]


def test_a_month_and_a_day_in_each_line() -> None:
    assert dates("12/31 23:59", "1/01 00:01") == [("12-31", False), ("01-01", False)]
    assert dates("12/31 23:59", Stamp(12, 31, 1995), "1/01 00:01")[-1] == ("1996-01-01", False)


@pytest.mark.parametrize("stamp", [Stamp(2, 30, 2026), Stamp(0, 1, 2026), Stamp(11, 24, 9999), Stamp(1, 1, 1)])
def test_a_date_that_there_is_not_is_left_aside(stamp: Stamp) -> None:
    assert dates("8:00:00", stamp)[-1] == ("", False)


def test_a_day_written_before_the_month_is_read() -> None:
    assert dates("8:00:00", Stamp(24, 11, 2026))[-1] == ("2026-11-24", False)


def test_the_first_line_s_date_is_counted_back() -> None:
    clock = Clock()
    clock.tick(None, b"23:00:00")
    clock.tick(None, b"1:00:00")
    clock.stamp(Stamp(11, 24, 2026))
    assert clock.began is not None
    assert (clock.began.date, clock.began.time, clock.began.inferred) == ("2026-11-23", "23:00:00", True)
    assert clock.now is not None
    assert clock.now.at - clock.began.at == 7200


def test_many_days_do_not_run_out_of_the_calendar() -> None:
    clock = Clock()
    clock.tick(None, b"8:00:00")
    clock.stamp(Stamp(12, 31, 2199))
    for _ in range(5000):
        clock.tick(None, b"23:00")
        clock.tick(None, b"1:00")
    assert clock.now is not None
    assert clock.now.date == "2213-09-09"
