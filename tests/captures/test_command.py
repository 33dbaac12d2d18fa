"""`python -m tests.captures`: what it makes, and what it says when it can't."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.captures import __main__ as command
from tests.captures import index
from tests.captures.index import read


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Another place for the captures than the repository."""
    for module in (index, command):
        monkeypatch.setattr(module, "FOLDER", tmp_path)
        monkeypatch.setattr(module, "INDEX", tmp_path / "index.jsonl")
    return tmp_path


@pytest.mark.network
def test_one_scenario_is_recorded_and_the_others_are_kept(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["healthy"]) == 0
    assert "1 captures recorded, 0 failed" in capsys.readouterr().err
    before = (folder / "healthy.pcapng").read_bytes()
    (folder / "of-a-scenario-that-is-gone.pcapng").write_bytes(before)
    assert command.main(["lmgrd-refused"]) == 0
    assert {path.name for path in folder.iterdir()} == {"healthy.pcapng", "lmgrd-refused.pcapng", "index.jsonl"}
    assert [(row.scenario, row.verdict) for row in read()] == [
        ("healthy", "healthy"),
        ("lmgrd-refused", "lmgrd-refused"),
    ]
    assert (folder / "healthy.pcapng").read_bytes() == before


@pytest.mark.network
def test_what_does_not_tell_its_verdict_is_no_capture(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "analyzed", lambda _file: None)
    assert command.main(["healthy"]) == 1
    said = " ".join(capsys.readouterr().err.split())
    assert "healthy: AssertionError: live: healthy (ok); from the capture: nothing" in said
    assert not list(folder.glob("*.pcapng"))


def test_what_is_missing_is_said(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    monkeypatch.setattr("shutil.which", lambda *_args, **_more: None)
    assert command.main([]) == 2
    said = " ".join(capsys.readouterr().err.split())
    assert "Missing: root (network namespaces are made, and packets recorded), dumpcap (package tshark)" in said
    assert command.main(["helthy"]) == 2
    assert "healthy" in capsys.readouterr().err
    assert not list(folder.iterdir())
