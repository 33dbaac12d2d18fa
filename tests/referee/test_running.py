"""How a client is run."""

from __future__ import annotations

import socket

import pytest

from lmwire_mockserver.scenario import scenario
from tests.matrix.playing import played
from tests.referee import running
from tests.referee.__main__ import main
from tests.referee.clients import CLIENTS, NEWEST, VENDOR, Client, System
from tests.referee.errors import NoReportError, RefereeError
from tests.referee.running import missing_for, run_client, written_for

LINUX = [each for each in CLIENTS if each.system is System.LINUX]


@pytest.mark.parametrize(
    ("path", "linux", "windows"),
    [
        ("27000@licsrv", "27000@licsrv", "27000@licsrv"),
        ("27000@one:27001@two", "27000@one:27001@two", "27000@one;27001@two"),
        ("27000@one,27001@two,27002@three", "27000@one,27001@two,27002@three", "27000@one,27001@two,27002@three"),
        ("27000@::1:27001@2001:db8::1:@two", "27000@::1:27001@2001:db8::1:@two", "27000@::1;27001@2001:db8::1;@two"),
        ("27000@[::1]:27001@[2001:db8::1]", "27000@::1:27001@2001:db8::1", "27000@::1;27001@2001:db8::1"),
    ],
)
def test_each_system_gets_the_license_path_as_it_wants_it(path: str, linux: str, windows: str) -> None:
    assert written_for(System.LINUX, path) == linux
    assert written_for(System.WINDOWS, path) == windows


def test_a_client_that_cannot_run_here_is_an_error_and_not_a_skip(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "missing_for_windows", lambda: "Wine (Debian: wine64)")
    windows = CLIENTS[-1]
    assert windows.system is System.WINDOWS
    assert missing_for(windows) == "Wine (Debian: wine64)"
    with pytest.raises(RefereeError, match=r"client 11\.19-windows needs Wine"):
        run_client(windows, "27000@127.0.0.1")


@pytest.mark.real_client
def test_a_client_that_never_reports_is_told_apart() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(NoReportError, match="reported nothing"):
        run_client(NEWEST, f"{silent.getsockname()[1]}@127.0.0.1", patience=1.0)


@pytest.mark.real_client
@pytest.mark.parametrize("client", LINUX, ids=str)
def test_a_report_says_all_that_the_user_reads(client: Client) -> None:
    with played(scenario("vendor-refused"), vendors=(VENDOR,)) as stage:
        report = run_client(client, stage.license_path, popen=stage.popen)
    assert [error.code for error in report.errors] == ["-15,570", "-15,570"]
    assert report.first == report.last
    assert report.first.system_error is not None
    assert report.first.system_error.words == "Operation now in progress"
    assert stage.license_path in report.text
    assert report.call_seconds is not None
    assert 0 <= report.first_seconds <= report.call_seconds <= report.process_seconds


@pytest.mark.real_client
def test_the_command_checks_what_was_measured(capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["--client", "11.19-linux", "--client", "11.16-linux", "--scenario", "vendor-refused", "--check"])
    assert capsys.readouterr().out == "2 runs: 0 differ from measured.jsonl\n"
    assert status == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--client", "11.17-linux"], "argument --client: must be one of 11.16-linux, "),
        (["--scenario", "vendor-filterd"], "--scenario: unknown: vendor-filterd; `lmwire mock --list` shows all"),
        (["--jobs", "0"], "argument --jobs: must be at least 1"),
    ],
)
def test_a_wrong_option_is_said(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    assert said in capsys.readouterr().err
