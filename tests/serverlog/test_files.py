"""Files and streams: gzipped, rotated, cut short, and those that are no log."""

from __future__ import annotations

import contextlib
import gzip
import io
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmwire.serverlog import LogError, read_log
from tests.serverlog.logs import LOGS, NEW, told


def refused(data: bytes) -> LogError:
    with pytest.raises(LogError) as caught:
        told(data)
    return caught.value


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "it is empty"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "it is a PNG picture, not a debug log"),
        (b"PK\x03\x04", "it is a ZIP archive (unpack it first), not a debug log"),
        (bytes(range(256)) * 40, "it is a binary file, not a debug log"),
        (b"Nov 24 08:24:20 host kernel: all is well\n" * 99, "it has no line that lmgrd, lmadmin or a vendor"),
        (b"08:24:20 (main) what another program writes so\n", "it has no line that lmgrd, lmadmin or a vendor"),
        (b"\n\n\n", "it has no line that lmgrd, lmadmin or a vendor"),
    ],
)
def test_what_is_no_log_is_refused(data: bytes, reason: str) -> None:
    assert str(refused(data)).startswith(f"standard input: {reason}")
    assert refused(gzip.compress(data)).reason == refused(data).reason


def test_a_report_log_is_told_apart_in_the_hint() -> None:
    assert "report log" in refused(b"\x01\x02 not for us").hint


def test_a_file_that_never_becomes_a_log_is_not_read_to_its_end() -> None:
    class Endless(io.RawIOBase):
        def __init__(self) -> None:
            super().__init__()
            self.given = 0

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
            self.given += len(buffer)
            assert self.given < 16 << 20
            buffer[:] = b"a" * len(buffer)
            return len(buffer)

    with pytest.raises(LogError), io.BufferedReader(Endless()) as stream:
        read_log([stream])


@given(st.binary(max_size=3000))
def test_any_bytes_are_a_log_or_refused(data: bytes) -> None:
    with contextlib.suppress(LogError):
        assert told(data).lines.told + told(data).lines.noise > 0


def test_gzipped_and_rotated_files_are_one_log(tmp_path: Path) -> None:
    data = NEW.encode()
    cut = data.index(b"Started ibmratl")
    older, newer = tmp_path / "lmgrd.log.1.gz", tmp_path / "lmgrd.log"
    older.write_bytes(gzip.compress(data[:cut].rpartition(b"\n")[0] + b"\n"))
    newer.write_bytes(data[:cut].rpartition(b"\n")[2] + data[cut:])
    steps: list[tuple[int, int]] = []
    summary = read_log([older, newer], lambda done, total: steps.append((done, total)))
    assert summary.files == (str(older), str(newer))
    assert (summary.daemons, summary.problems, summary.lines) == (
        told(NEW).daemons,
        told(NEW).problems,
        told(NEW).lines,
    )
    assert steps
    assert steps[-1] == (0, 0)


def test_the_progress_counts_megabytes_of_all_files(tmp_path: Path) -> None:
    files = [tmp_path / "a", tmp_path / "b"]
    for file in files:
        file.write_bytes(b'8:24:20 (MLM) OUT: "f" u@h\n' * 50_000)
    steps: list[tuple[int, int]] = []
    read_log(files, lambda done, total: steps.append((done, total)))
    assert {total for _, total in steps} == {2}
    assert [done for done, _ in steps] == sorted(done for done, _ in steps)
    assert steps[-1][0] == 2


def test_one_wrong_file_among_several_is_named(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.log", tmp_path / "b\x1bd.log"
    good.write_text(NEW)
    bad.write_text("nothing of ours\n")
    with pytest.raises(LogError) as caught:
        read_log([good, bad])
    assert caught.value.name.endswith(r"b\x1bd.log")


def test_a_gzip_that_breaks_off_is_told_of_as_far_as_it_goes(tmp_path: Path) -> None:
    lines = "".join(f'8:24:20 (MLM) OUT: "{os.urandom(8).hex()}" u@h\n' for _ in range(20_000))
    file = tmp_path / "lmgrd.log.gz"
    whole = gzip.compress((NEW + lines).encode())
    for broken in (whole[: len(whole) // 2], whole[:-20] + b"\0" * 20, whole + b"no gzip"):
        file.write_bytes(broken)
        summary = read_log([file])
        assert summary.lmgrd_port == 27000
        (note,) = summary.notes
        assert "is cut off" in note


def test_what_can_t_be_opened(tmp_path: Path) -> None:
    with pytest.raises(LogError, match="does not exist"):
        read_log([tmp_path / "none.log"])
    with pytest.raises(LogError, match="cannot be read: Is a directory"):
        read_log([tmp_path])


def test_a_stream_is_left_open() -> None:
    stream = io.BytesIO(LOGS["v7"].encode())
    read_log([stream])
    assert not stream.closed
