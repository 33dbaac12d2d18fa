"""Colours, encodings, closed outputs, and the progress bar."""

from __future__ import annotations

import asyncio
import io
import itertools
import os
import sys
from pathlib import Path

import click
import pytest

from lmwire.cli import main
from lmwire.cli.progress import Bar
from lmwire.cli.terminal import CANT_WRITE, colours, emit, look, note
from tests.cli.running import COMMAND, Ended, clean


class _Stream(io.StringIO):
    """A standard output that is a terminal or not, and of which every write may fail."""

    def __init__(self, *, tty: bool = False, error: OSError | None = None) -> None:
        super().__init__()
        self._tty = tty
        self._error = error

    def isatty(self) -> bool:
        return self._tty

    def write(self, text: str) -> int:
        if self._error is not None:
            raise self._error
        return super().write(text)


@pytest.mark.parametrize(
    ("tty", "no_color", "force_color", "term"),
    list(itertools.product((False, True), (None, "", "1"), (None, "", "0", "1"), (None, "xterm", "dumb"))),
)
def test_no_color_wins_over_everything(
    tty: bool,
    no_color: str | None,
    force_color: str | None,
    term: str | None,
) -> None:
    given = {"NO_COLOR": no_color, "FORCE_COLOR": force_color, "TERM": term}
    shown = colours(_Stream(tty=tty), {name: value for name, value in given.items() if value is not None})
    if no_color:
        assert shown is False
    elif force_color == "1":
        assert shown is True
    else:
        assert shown is (tty and term != "dumb")


async def _on_terminal(**env: str) -> bytes:
    """Run `lmwire verdicts` on a pseudo terminal, and return what appears there."""
    ours, theirs = os.openpty()
    try:
        child = await asyncio.create_subprocess_exec(
            *(*COMMAND, "verdicts"), env=clean(TERM="xterm", **env), stdout=theirs, stderr=asyncio.subprocess.PIPE
        )
    finally:
        os.close(theirs)
    reader = asyncio.create_task(asyncio.to_thread(_drain, ours))
    _, err = await child.communicate()
    shown = await reader
    assert (child.returncode, err) == (0, b"")
    return shown


def _drain(descriptor: int) -> bytes:
    shown = b""
    try:
        while data := os.read(descriptor, 65536):
            shown += data
    except OSError:  # the other side is closed
        pass
    finally:
        os.close(descriptor)
    return shown


async def test_colours_on_a_terminal_only_and_never_against_no_color() -> None:
    plain, quiet, both = await asyncio.gather(
        _on_terminal(), _on_terminal(NO_COLOR="1"), _on_terminal(NO_COLOR="1", FORCE_COLOR="1")
    )
    assert b"\x1b[1m" in plain
    assert b"\x1b" not in quiet
    assert b"\x1b" not in both
    assert b"healthy" in quiet


def test_the_width_is_kept_within_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    for columns, expected in (("5", 20), ("60", 60), ("400", 100), ("", 80)):
        monkeypatch.setenv("COLUMNS", columns)
        assert look().width == expected


def test_a_file_gets_the_usual_look(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "40")
    made = look(tmp_path / "result")
    assert (made.width, made.colour, made.unicode) == (80, False, True)


@pytest.mark.parametrize(("encoding", "unicode"), [("utf-8", True), ("ascii", False), ("cp1252", False)])
def test_the_encoding_decides_about_the_marks(
    encoding: str,
    unicode: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    monkeypatch.setattr(sys, "stdout", stream)
    assert look().unicode is unicode
    emit("… é \U0001f600\n")
    stream.flush()
    assert stream.buffer.getvalue()  # type: ignore[attr-defined] # it is a BytesIO


def test_a_full_disk_is_told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "stdout", _Stream(error=OSError(28, "No space left on device")))
    with pytest.raises(click.exceptions.Exit) as ended:
        emit("text")
    assert ended.value.exit_code == CANT_WRITE
    assert capsys.readouterr().err == "lmwire: cannot write to standard output: No space left on device\n"


def test_a_file_that_cannot_be_written_does_not_lose_the_result(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(click.exceptions.Exit) as ended:
        emit("the result\n", tmp_path / "no \x1b[31m directory" / "file")
    assert ended.value.exit_code == CANT_WRITE
    shown = capsys.readouterr()
    assert shown.out == "the result\n"
    assert "cannot write" in shown.err
    assert "\x1b" not in shown.err


def test_a_note_survives_a_closed_standard_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", _Stream(error=BrokenPipeError()))
    note("nobody reads this")


def test_the_bar_shows_how_far_it_got(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    with Bar("Walking [red]", wanted=True, delay=3600) as bar:
        bar(1, 3)
        bar._show()
        bar(2, 3)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "Walking [red]" in shown.err
    assert "2/3" in shown.err


def test_no_bar_after_the_end_nor_without_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with Bar("Walking", wanted=True, delay=3600) as bar:
        bar(1, 3)
    bar._show()
    with Bar("Walking") as bar:
        bar(1, 3)
        assert not bar._timer.is_alive()
    assert capsys.readouterr() == ("", "")


async def _without(redirections: str, *arguments: str) -> Ended:
    """Run lmwire with standard streams closed, as a service manager may start it."""
    child = await asyncio.create_subprocess_exec(
        *("sh", "-c", f'exec "$@" {redirections}', "sh", *COMMAND, *arguments),
        env=clean(),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await child.communicate()
    assert child.returncode is not None
    return Ended(child.returncode, out.decode(), err.decode())


@pytest.mark.parametrize(
    ("redirections", "arguments", "status", "err"),
    [
        (">&-", ("verdicts",), CANT_WRITE, "lmwire: cannot write to standard output: there is none\n"),
        (">&-", ("diagnose", "1@127.0.0.1"), CANT_WRITE, "lmwire: cannot write to standard output: there is none\n"),
        (">&- 2>&-", ("verdicts",), CANT_WRITE, ""),
        (">&-", ("--help",), 0, ""),
        ("2>&-", ("diagnose", "x y"), 2, ""),
        ("2>&-", ("nonsense",), 2, ""),
        ("2>&-", (), 2, ""),
        ("2>&-", ("--version",), 0, ""),
        ("2>&-", ("diagnose", "1@127.0.0.1"), 1, ""),
        (
            "<&-",
            ("explain",),
            2,
            "lmwire: nothing to explain: give a code, such as -96,491, or pipe in what the application shows\n",
        ),
    ],
)
async def test_a_closed_stream_is_no_bug(redirections: str, arguments: tuple[str, ...], status: int, err: str) -> None:
    ended = await _without(redirections, *arguments)
    assert (ended.status, ended.err) == (status, err)


async def test_a_file_needs_no_standard_output(tmp_path: Path) -> None:
    ended = await _without(">&- 2>&-", "diagnose", "1@127.0.0.1", "--output", str(tmp_path / "result"))
    assert ended.status == 1
    assert "lmgrd-refused" in (tmp_path / "result").read_text(encoding="utf-8")


def test_a_bug_without_standard_error_keeps_its_traceback_off_the_data(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("lmwire.workflows.diagnose_path._prepared", None)
    monkeypatch.setenv("LMWIRE_DEBUG", "1")
    monkeypatch.setattr(sys, "stderr", None)
    with pytest.raises(SystemExit) as ended:
        main(["diagnose", "@x"])
    assert (ended.value.code, capsys.readouterr().out) == (70, "")
