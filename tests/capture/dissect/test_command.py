"""The command around the dissector."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from lmwire.capture.dissect.dissector import FILE_NAME, dissector
from lmwire.cli.capture.dissector import dissector as command
from tests.capture.dissect.tshark import DISSECTOR, run


def test_it_prints() -> None:
    assert CliRunner().invoke(command, []).stdout == dissector()


def test_it_writes_a_file(tmp_path: Path) -> None:
    result = CliRunner().invoke(command, ["--output", str(tmp_path / "x.lua")])
    assert (result.exit_code, result.stdout) == (0, "")
    assert (tmp_path / "x.lua").read_text(encoding="utf-8") == dissector()


def test_it_installs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lmwire.capture.dissect.dissector.plugin_folder", lambda: tmp_path / "plugins")
    result = CliRunner().invoke(command, ["--install"])
    assert result.exit_code == 0
    assert str(tmp_path / "plugins" / FILE_NAME) in result.stderr
    assert (tmp_path / "plugins" / FILE_NAME).read_text(encoding="utf-8") == dissector()


@pytest.mark.tshark
def test_installed_and_named_on_the_command_line_it_is_loaded_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plugins = tmp_path / "plugins"
    monkeypatch.setattr("lmwire.capture.dissect.dissector.plugin_folder", lambda: plugins)
    assert CliRunner().invoke(command, ["--install"]).exit_code == 0
    shown = run(DISSECTOR.parent / "healthy.pcapng", "-X", f"lua_script:{plugins / FILE_NAME}", "-Y", "flexlm")
    assert "Referral licsrv.example:27001" in shown


def test_a_folder_that_can_not_be_made_is_an_error_without_a_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.setattr("lmwire.capture.dissect.dissector.plugin_folder", lambda: tmp_path / "file" / "plugins")
    result = CliRunner().invoke(command, ["--install"])
    assert result.exit_code == 2
    assert "cannot install the dissector" in result.stderr


def test_install_and_output_exclude_each_other(tmp_path: Path) -> None:
    result = CliRunner().invoke(command, ["--install", "--output", str(tmp_path / "x.lua")])
    assert result.exit_code == 2
    assert "exclude" in result.stderr
    assert not (tmp_path / "x.lua").exists()


def test_a_file_in_a_folder_that_is_not_there_is_wrong_usage(tmp_path: Path) -> None:
    result = CliRunner().invoke(command, ["--output", str(tmp_path / "none" / "x.lua")])
    assert (result.exit_code, result.stdout) == (2, "")
    assert "there is no directory" in result.stderr
