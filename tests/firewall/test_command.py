from __future__ import annotations

import shlex
import socket
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import Result

from lmwire.cli import app
from lmwire.cli.firewall import firewall
from lmwire.firewall import Language
from lmwire.report import Format, Look, render
from tests.cli.running import commands, examples, invoke
from tests.firewall.samples import INTO
from tests.report.samples import WALKS, report

PINNED = "SERVER licsrv 0123456789ab 27000\nVENDOR ibmratl port=27001\n"
UNPINNED = "SERVER licsrv 0123456789ab 27000\nVENDOR ibmratl\n"
LOG = (
    " 8:24:20 (lmgrd) FlexNet Licensing (v11.16.2.0 build 242455 x64_lsb) started on licsrv (linux) (11/24/2026)\n"
    " 8:24:20 (lmgrd) lmgrd tcp-port 27000\n"
    " 8:24:20 (lmgrd) Started ibmratl (internet tcp_port 28519 pid 4711)\n"
    " 8:24:21 (lmgrd) ibmratl using TCP-port 28519\n"
)


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    texts = {
        "pinned": PINNED,
        "unpinned": UNPINNED,
        "log": LOG,
        "diagnosis": render(report(WALKS["vendor-filtered"]), Format.JSON, Look()),
        "uncounted": "FEATURE f ibmratl 1.0 permanent uncounted HOSTID=ANY SIGN=00\n",
        "wrong": "SERVER licsrv 0123456789ab 99999\nVENDOR ibmratl port=27001\n",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    return {name: str(tmp_path / name) for name in texts}


def rules(*arguments: str, sources: tuple[str, ...] = ("10.20.0.0/16",), **more: Any) -> Result:
    wanted = [word for source in sources for word in ("--from", source)]
    return invoke("firewall", "rules", *arguments, *wanted, **more)


def ports(result: Result) -> list[str]:
    """What the rules of ufw open."""
    assert (result.exit_code, result.stderr) == (0, "")
    calls = [shlex.split(line) for line in result.stdout.splitlines() if line.startswith("ufw ")]
    return [f"{call[call.index('port') + 1]} {call[-1]}" for call in calls]


def test_a_license_file(files: dict[str, str]) -> None:
    expected = ["27000 lmgrd of licsrv", "27001 vendor daemon ibmratl of licsrv"]
    assert ports(rules(files["pinned"], "-f", "ufw")) == expected
    assert ports(rules("-", "-f", "ufw", given=PINNED)) == expected


def test_a_diagnosis_from_a_file_and_from_a_pipe(files: dict[str, str]) -> None:
    known_ports = "vendor daemon ibmratl of licsrv (moves at a restart unless pinned)"
    assert ports(rules("--from-diagnosis", files["diagnosis"], "-f", "ufw"))[1] == f"27001 {known_ports}"
    piped = Path(files["diagnosis"]).read_text()
    assert ports(rules("--from-diagnosis", "-", "-f", "ufw", given=piped))[1] == f"27001 {known_ports}"


def test_a_log_alone_and_beside_a_license_file(files: dict[str, str]) -> None:
    alone = ports(rules("--log", files["log"], "-f", "ufw"))
    assert [text.split()[0] for text in alone] == ["27000", "28519"]
    moves = "28519 vendor daemon ibmratl of licsrv (not pinned, will move at the next restart)"
    assert ports(rules(files["unpinned"], "--log", files["log"], "-f", "ufw"))[1] == moves
    piped = rules("--log", "-", "-f", "ufw", given=Path(files["log"]).read_text())
    assert ports(piped) == alone


def test_a_daemon_that_only_the_log_has_is_left_out_and_told(files: dict[str, str]) -> None:
    with Path(files["log"]).open("a") as log:
        log.write(" 8:24:22 (lmgrd) Started rational (internet tcp_port 28520 pid 4712)\n")
    result = rules(files["unpinned"], "--log", files["log"], "-f", "ufw")
    assert result.exit_code == 0
    assert (
        result.stderr
        == "lmwire: the rules do not open port 28520 for rational: only the log names this vendor daemon\n"
    )
    assert "28519" in result.stdout
    assert "28520" not in result.stdout


def test_ports_alone() -> None:
    result = rules("--port", "27000", "--port", "27001:ibmratl", "--to", "192.0.2.20", "--format", "cisco-asa")
    assert result.exit_code == 0
    assert [line for line in result.stdout.splitlines() if " extended " in line] == [
        "access-list LMWIRE line 2 extended permit tcp 10.20.0.0 255.255.0.0 host 192.0.2.20 eq 27000",
        "access-list LMWIRE line 4 extended permit tcp 10.20.0.0 255.255.0.0 host 192.0.2.20 eq 27001",
    ]


@pytest.mark.parametrize("language", Language)
def test_every_format_is_to_be_had(language: Language, files: dict[str, str]) -> None:
    into = ["--into", INTO[language]] if language in INTO else []
    result = rules(files["pinned"], "--to", "licsrv=192.0.2.20", "--format", language.value, *into)
    assert (result.exit_code, result.stderr) == (0, "")
    assert "27001" in result.stdout


def test_the_usual_format_is_a_ticket(files: dict[str, str]) -> None:
    assert rules(files["pinned"]).stdout == rules(files["pinned"], "--format", "ticket").stdout
    assert rules(files["pinned"]).stdout.startswith("# Open a license server's ports\n")


def test_at_a_router(files: dict[str, str]) -> None:
    result = rules(files["pinned"], "--to", "192.0.2.20", "-f", "nftables", "--at", "router", "--into", "inet fw pass")
    assert "insert rule inet fw pass jump lmwire_pass" in result.stdout
    assert "ip daddr 192.0.2.20" in result.stdout


def test_into_a_file(files: dict[str, str], tmp_path: Path) -> None:
    result = rules(files["pinned"], "-f", "ufw", "-o", str(tmp_path / "rules.sh"))
    assert (result.exit_code, result.stdout) == (0, "")
    assert (tmp_path / "rules.sh").read_text() == rules(files["pinned"], "-f", "ufw").stdout


def test_a_port_that_is_not_pinned_is_refused_with_both_ways_out(files: dict[str, str]) -> None:
    result = rules(files["unpinned"])
    assert (result.exit_code, result.stdout) == (2, "")
    assert "pins no port for ibmratl" in result.stderr
    assert "lmwire license pin FILE ibmratl=27001" in result.stderr
    assert "--port PORT:ibmratl" in result.stderr


def test_everybody_only_by_name_and_with_a_warning(files: dict[str, str]) -> None:
    assert rules(files["pinned"], sources=("0.0.0.0/0",)).exit_code == 2
    result = rules(files["pinned"], sources=("any",))
    assert result.exit_code == 0
    assert result.stderr.startswith("lmwire: anybody may connect by these rules")


def test_what_is_left_out_is_told() -> None:
    result = rules("--port", "27000", "--to", "192.0.2.20", "--to", "2001:db8::20", "-f", "nftables")
    assert result.exit_code == 0
    assert result.stderr == "lmwire: nothing is opened to 2001:db8::20 port 27000: no source is of IPv6\n"


def test_one_server_of_several() -> None:
    to = ("--to", "a=192.0.2.1", "--to", "b=192.0.2.2")
    result = rules("--port", "27000", *to, "--server", "b", "-f", "cisco-asa")
    assert "192.0.2.2 eq" in result.stdout
    assert "192.0.2.1 " not in result.stdout


def _resolves_to(*addresses: str) -> Any:
    return lambda *_arguments, **_options: [(0, 0, 0, "", (address, 0)) for address in addresses]


def test_names_are_resolved_only_when_asked_and_then_told(
    files: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", _resolves_to("192.0.2.20", "2001:db8::20", "192.0.2.20"))
    refused = rules(files["pinned"], "-f", "cisco-asa")
    assert refused.exit_code == 2
    assert "add --to licsrv=ADDRESS, or --resolve" in refused.stderr
    result = rules(files["pinned"], "-f", "cisco-asa", "--resolve", sources=("10.20.0.0/16", "2001:db8::/32"))
    assert result.stderr == "lmwire: licsrv is 192.0.2.20, 2001:db8::20, as this machine resolves it\n"
    assert result.stdout.count(" extended ") == 4


def test_a_name_that_leads_to_this_machine_is_refused(files: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", _resolves_to("127.0.1.1"))
    result = rules(files["pinned"], "-f", "cisco-asa", "--resolve")
    assert result.exit_code == 2
    assert "licsrv resolves to a loopback address here" in result.stderr


@pytest.mark.parametrize("error", [socket.gaierror(-2, "Name or service not known"), UnicodeError("label too long")])
def test_a_name_that_does_not_resolve_is_refused(
    files: dict[str, str], monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def refuse(*_arguments: Any, **_options: Any) -> Any:
        raise error

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    result = rules(files["pinned"], "-f", "cisco-asa", "--resolve")
    assert result.exit_code == 2
    assert "licsrv does not resolve here" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "nothing says which ports to open"),
        (("{missing}",), "missing does not exist"),
        (("{folder}",), "only files named *.lic are read"),
        (("{uncounted}",), "has no SERVER line"),
        (("{wrong}",), "99999"),
        (("{log}",), "has no SERVER line"),
        (("{pinned}", "--from-diagnosis", "{diagnosis}"), "exclude each other"),
        (("--from-diagnosis", "{missing}"), "does not exist"),
        (("--from-diagnosis", "{pinned}"), "is not JSON"),
        (("--log", "{missing}"), "missing"),
        (("--log", "{diagnosis}"), "diagnosis"),
        (("-", "--log", "-"), "standard input can be one of the files only"),
        (("--port", "x"), "x is not a port"),
        (("--port", "27000", "--to", "a b"), "neither an address nor a host name"),
        (("{pinned}", "--port", "27005:ibmratl"), "has port 27001, but another input says 27005"),
        (("{pinned}", "--server", "other"), "no rule is for the server other"),
        (("{pinned}", "--into", "x", "-f", "netsh"), "does not use --into"),
        (("{pinned}", "--into", "x;y", "-f", "iptables"), "x;y is not valid for --into"),
        (("{pinned}", "--at", "router", "-f", "netsh"), "netsh does not work at the router"),
        (("a\x00b",), "cannot be read"),
    ],
    ids=str,
)
def test_what_can_t_be_done_is_said_in_a_sentence(
    arguments: tuple[str, ...], message: str, files: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "folder").mkdir()
    names = {**files, "missing": str(tmp_path / "missing"), "folder": str(tmp_path / "folder")}
    result = rules(*(argument.format(**names) for argument in arguments))
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr
    assert "Traceback" not in result.stderr
    assert "a bug" not in result.stderr


def test_without_a_source_nothing_is_written(files: dict[str, str]) -> None:
    result = rules(files["pinned"], sources=())
    assert (result.exit_code, result.stdout) == (2, "")
    assert "name the clients' network: --from 10.20.0.0/16" in result.stderr


def test_the_group_alone_shows_its_help() -> None:
    result = invoke("firewall")
    assert result.exit_code == 2
    assert "rules  Write the rules that open a license server's ports." in result.stderr


def test_the_examples_of_the_help_work(files: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name, source in (("server.lic", "pinned"), ("d.json", "diagnosis"), ("lmgrd.log", "log")):
        Path(name).write_text(Path(files[source]).read_text())
    command = commands(firewall)["rules"]
    assert isinstance(app, click.Group)
    lines = [*examples(firewall.epilog), *examples(command.epilog)]
    assert len(lines) == 5
    for line in lines:
        result = invoke(*shlex.split(line)[1:])
        assert (result.exit_code, result.stderr) == (0, ""), line


def test_a_port_that_the_system_keeps_for_itself_is_written_and_told() -> None:
    result = rules("--port", "27000", "--port", "643:ibmratl", "-f", "nftables")
    assert result.exit_code == 0
    assert "tcp dport 643 " in result.stdout
    assert result.stderr.startswith("lmwire: port 643 is below 1024")
    assert result.stderr.count("\n") == 1


def test_the_servers_of_a_triad_are_sources_too_unless_they_are_already() -> None:
    ports_ = ("--port", "27000", "--port", "27001:ibmratl", "-f", "nftables", "--at", "router")
    three = [f"--to={name}=10.9.0.{number}" for number, name in enumerate("abc", 1)]
    assert "# If these servers are a triad" in rules(*ports_, *three).stdout
    assert "triad" not in rules(*ports_, *three[:2]).stdout
    assert "triad" not in rules(*ports_, *three, sources=("10.20.0.0/16", "10.9.0.0/24")).stdout


def test_a_ticket_shows_networks_as_they_are_written() -> None:
    shown = rules("--port", "27000", "--to", "::ffff:0:1", sources=("any",)).stdout
    assert "| `::/0` | `::ffff:0:1` | 27000 |" in shown
