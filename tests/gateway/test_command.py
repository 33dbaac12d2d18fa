"""`lmwire gateway` as its users run it: signals, reload, status, metrics, systemd, wrong settings."""

from __future__ import annotations

import json
import shutil
import signal
import socket
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest

from lmwire.wire import HelloAnswer
from lmwire_mockserver.scenario import scenario
from lmwire_mockserver.server import AsyncMockServer
from lmwire_mockserver.threaded import ThreadedMock
from tests.gateway.processes import LMWIRE, lmwire, started
from tests.gateway.talking import HELLO, HOST, connect, read_all, read_message

SECONDS = 20.0


@pytest.fixture(name="lmgrd")
def _lmgrd() -> Iterator[int]:
    """Run healthy servers; the port of lmgrd."""
    mock = AsyncMockServer(scenario("healthy"))
    with ThreadedMock(mock):
        yield mock.lmgrd_port


def server(port: int, more: str = "") -> str:
    return f'[[servers]]\nserver = "{port}@{HOST}"\nlisten = "{HOST}:0"\n{more}\n'


def test_a_session_is_a_line_of_the_log(tmp_path: Path, lmgrd: int) -> None:
    with started(tmp_path, server(lmgrd)) as gateway:
        assert gateway.ready["served"][0]["license_path"] == f"{gateway.port}@{HOST}"
        with connect(gateway.port, HELLO) as client:
            assert isinstance(read_message(client), HelloAnswer)
        moved, session = gateway.line(), gateway.line()
        left = gateway.stop()
    assert moved["note"].startswith("lmgrd refers ibmratl to port ")
    assert (session["client"]["user"], session["ended_by"], session["vendor"]) == ("anna", "client", "ibmratl")
    assert session["server"] == f"{lmgrd}@{HOST}"
    assert [line["note"] for line in left] == ["stopped; 1 sessions were served"]


def test_sigterm_waits_for_sessions_and_a_second_one_does_not(tmp_path: Path, lmgrd: int) -> None:
    with started(tmp_path, f"drain = 60\n{server(lmgrd)}") as gateway, connect(gateway.port, HELLO) as client:
        assert isinstance(read_message(client), HelloAnswer)
        gateway.line()
        gateway.signal(signal.SIGTERM)
        assert gateway.line()["note"] == "accepts no more; waits 60 s for 1 sessions"
        with pytest.raises(ConnectionRefusedError):
            connect(gateway.port)
        assert gateway.process.poll() is None
        status = lmwire("gateway", "status", "--socket", str(tmp_path / "status"))
        assert "accepts no more, waits for its sessions" in " ".join(status.stdout.split())
        gateway.signal(signal.SIGTERM)
        with pytest.raises(ConnectionResetError):
            read_all(client)
        assert gateway.process.wait(SECONDS) == 0
        assert gateway.line()["ended"] == "the gateway stopped"


def test_sighup_reads_the_plan_again_and_keeps_sessions(tmp_path: Path, lmgrd: int) -> None:
    with started(tmp_path, server(lmgrd)) as gateway, connect(gateway.port, HELLO) as client:
        assert isinstance(read_message(client), HelloAnswer)
        gateway.line()
        plan = tmp_path / "plan.toml"
        before = plan.read_text(encoding="utf-8")
        plan.write_text(before + "servers = 3", encoding="utf-8")
        gateway.signal(signal.SIGHUP)
        assert gateway.line()["note"].startswith("SIGHUP: nothing is changed: ")
        changed = before.replace('log = "json"', 'log = "text"') + 'vendors = ["adskflex"]\n'
        plan.write_text(changed, encoding="utf-8")
        gateway.signal(signal.SIGHUP)
        assert gateway.line()["note"].startswith("SIGHUP: serves ")
        assert gateway.line()["note"] == "SIGHUP: restart the gateway to change log"
        with connect(gateway.port, HELLO) as other:
            assert read_message(other).text == "-97"  # type: ignore[union-attr] # an error has a text
        client.sendall(HELLO)
        assert isinstance(read_message(client), HelloAnswer)


def test_the_status_shows_sessions(tmp_path: Path, lmgrd: int) -> None:
    with started(tmp_path, server(lmgrd)) as gateway, connect(gateway.port, HELLO) as client:
        assert isinstance(read_message(client), HelloAnswer)
        socket_file = str(tmp_path / "status")
        assert oct(Path(socket_file).stat().st_mode & 0o777) == "0o600"
        text = lmwire("gateway", "status", "--socket", socket_file)
        told = lmwire("gateway", "status", "--socket", socket_file, "--format", "json")
        schema = lmwire("schema", "gateway-status")
    assert "1 session open, 0 ended" in " ".join(text.stdout.split())
    assert "anna@ws12" in text.stdout
    document = json.loads(told.stdout)
    jsonschema.validate(document, json.loads(schema.stdout))
    assert document["schema"] == "lmwire.gateway-status/1"
    assert document["gateways"][0]["sessions"][0]["client"]["user"] == "anna"
    gone = lmwire("gateway", "status", "--socket", socket_file)
    assert (gone.returncode, gone.stdout) == (2, "")
    assert "no gateway answers at" in gone.stderr


def test_prometheus_gets_figures(tmp_path: Path, lmgrd: int) -> None:
    with socket.socket() as sock:
        sock.bind((HOST, 0))
        port = sock.getsockname()[1]
    with started(tmp_path, f'metrics = "{HOST}:{port}"\n{server(lmgrd)}') as gateway:
        with connect(gateway.port, HELLO) as client:
            assert isinstance(read_message(client), HelloAnswer)
        gateway.line()
        gateway.line()
        with urllib.request.urlopen(f"http://{HOST}:{port}/metrics", timeout=SECONDS) as answer:
            text = answer.read().decode()
    name = f'server="{lmgrd}@{HOST}"'
    assert f'lmwire_gateway_sessions_total{{ended_by="client",{name}}} 1.0' in text
    assert f"lmwire_gateway_upstream_seconds_count{{{name}}} 1.0" in text
    assert f'lmwire_gateway_vendor_port{{{name},vendor="ibmratl"}}' in text
    assert "anna" not in text


def test_the_log_has_the_diagnosis_of_a_server_that_fails_once_a_minute(tmp_path: Path) -> None:
    mock = AsyncMockServer(scenario("vendor-refused"))
    with ThreadedMock(mock), started(tmp_path, server(mock.lmgrd_port)) as gateway:
        for _ in range(3):
            with connect(gateway.port, HELLO) as client, pytest.raises(ConnectionResetError):
                read_all(client)
        lines = [gateway.line() for _ in range(5)]
    assert [line["verdict"] for line in lines if line.get("note") == "diagnosis"] == ["vendor-refused"]
    assert [line["failure"] for line in lines if "failure" in line] == ["vendor-refused"] * 3


@pytest.mark.skipif(shutil.which("systemd-socket-activate") is None, reason="systemd is not installed")
def test_systemd_hands_in_the_socket_and_hears_of_readiness(tmp_path: Path, lmgrd: int) -> None:
    with socket.socket() as sock:
        sock.bind((HOST, 0))
        port = sock.getsockname()[1]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(tmp_path / "notify"))
        listener.settimeout(SECONDS)
        notify = f"NOTIFY_SOCKET={tmp_path / 'notify'}"
        plan = tmp_path / "plan.toml"
        plan.write_text(f'[[servers]]\nserver = "{lmgrd}@{HOST}"\nlisten = "{HOST}:{port}"\n', encoding="utf-8")
        command = ["systemd-socket-activate", "-l", f"{HOST}:{port}", "-E", notify, "-E", "PATH"]
        with subprocess.Popen(  # noqa: S603 - our own program
            [*command, *LMWIRE, "gateway", "--config", str(plan)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        ) as process:
            assert process.stderr is not None
            try:
                assert b"Listening on" in process.stderr.readline()
                with connect(port, HELLO) as client:
                    assert isinstance(read_message(client), HelloAnswer)
                assert listener.recv(100) == b"READY=1"
                process.terminate()
                assert listener.recv(100) == b"STOPPING=1"
                assert process.wait(SECONDS) == 0
            finally:
                process.kill()


def test_a_triad_is_checked_and_shown_before_it_is_served() -> None:
    checked = lmwire("gateway", "27000@a,27000@b,27000@c", "--listen", "10.8.0.1:27010", "--check")
    assert checked.returncode == 0
    assert [line.partition(": ")[2] for line in checked.stdout.splitlines()] == [
        f"listens on 10.8.0.1 port {27010 + number}, goes to 27000@{name} (one-port)"
        for number, name in enumerate("abc")
    ]


def test_the_example_is_printed_and_is_right(tmp_path: Path) -> None:
    plan = tmp_path / "gateway.toml"
    plan.write_text(lmwire("gateway", "--example").stdout, encoding="utf-8")
    assert lmwire("gateway", "--config", str(plan), "--check").returncode == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "Usage: lmwire gateway"),
        (("--listen", "127.0.0.1:0"), "Missing argument '[TARGET]', such as 27000@licsrv, or --config FILE."),
        (("@licsrv",), "does not name a port; a gateway goes to one port"),
        (("27000@licsrv", "--listen", "here"), "listen: here is not ADDRESS:PORT"),
        (("27000@licsrv", "--vendor", "x=y"), "y is not a port"),
        (("27000@licsrv", "--advertise", "gw"), 'advertise has no use in the mode "one-port"'),
        (("27000@licsrv", "--listen", "192.0.2.1:0"), "this machine has no such address"),
        (("27000@licsrv", "--listen", "127.0.0.1:0", "--metrics", "x"), "metrics: x is not ADDRESS:PORT"),
        (("27000@licsrv", "--config", "x.toml"), "give either --config or TARGET"),
        (("--config", "/nowhere/x.toml"), "the file /nowhere/x.toml does not exist"),
    ],
)
def test_wrong_settings_are_told_and_end_with_status_2(arguments: tuple[str, ...], words: str) -> None:
    result = lmwire("gateway", *arguments)
    assert (result.returncode, result.stdout) == (2, "")
    assert words in " ".join(result.stderr.split())
    assert "Traceback" not in result.stderr


def test_a_port_in_use_is_told(lmgrd: int) -> None:
    result = lmwire("gateway", f"{lmgrd}@{HOST}")
    assert result.returncode == 2
    assert f"cannot listen on {HOST}:{lmgrd}: Address already in use" in result.stderr
    assert "perhaps a license server of this machine" in result.stderr


def test_an_open_gateway_says_so(tmp_path: Path, lmgrd: int) -> None:
    command = [*LMWIRE, "gateway", f"{lmgrd}@{HOST}", "--listen", "0.0.0.0:0", "--status", str(tmp_path / "status")]
    with subprocess.Popen(  # noqa: S603 - our own program
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        first, second = process.stderr.readline(), process.stderr.readline()
        process.terminate()
        assert process.wait(SECONDS) == 0
    assert f"clients of {lmgrd}@{HOST} use LM_LICENSE_FILE=" in first
    assert "can use this license server; --allow NETWORK limits that" in second
