"""Whose files of the lab are believed: what they say is run, and killed, as the user."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from lmwire.lab import state
from lmwire.lab.errors import LabError


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "lab"
    monkeypatch.setenv(state.HOME, str(folder))
    return folder


def test_what_is_written_is_read_again_and_nobody_else_can_write_it(home: Path) -> None:
    state.note_hints("nat", 7, 2)
    assert state.hints_given("nat", 7) == 2
    assert home.stat().st_mode & 0o077 == 0


def test_files_of_another_user_are_not_believed(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state.note_hints("nat", 7, 2)
    real = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: real + 1)
    with pytest.raises(LabError, match="belongs to another user"):
        state.hints_given("nat", 7)
    with pytest.raises(LabError, match="belongs to another user"), state.alone():
        pytest.fail("it took the lock")
    assert home.exists()


@pytest.mark.parametrize("mode", [0o777, 0o770])
def test_a_folder_that_others_can_write_is_not_believed(home: Path, mode: int) -> None:
    state.note_hints("nat", 7, 2)
    home.chmod(mode)
    with pytest.raises(LabError, match="can be written by other users"):
        state.hints_given("nat", 7)
    with pytest.raises(LabError, match="can be written by other users"):
        state.note_hints("nat", 7, 3)


def test_a_file_that_others_can_write_is_not_believed(home: Path) -> None:
    state.note_hints("nat", 7, 2)
    (home / "hints.json").chmod(0o666)
    with pytest.raises(LabError, match="can be written by other users"):
        state.hints_given("nat", 7)


def test_links_are_not_followed(home: Path, tmp_path: Path) -> None:
    home.mkdir(mode=0o700)
    precious = tmp_path / "precious"
    precious.write_text('{"nat 7": 2}')
    (home / "hints.json").symlink_to(precious)
    (home / "lock").symlink_to(precious)
    with pytest.raises(LabError, match="symbolic link"):
        state.hints_given("nat", 7)
    with pytest.raises(LabError, match="cannot be written"), state.alone():
        pytest.fail("it took the lock")
    assert precious.read_text() == '{"nat 7": 2}'
