"""`lmwire log` and `lmwire diagnose --log` as anybody would run them."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from lmwire.report.log import as_json, as_markdown, as_text
from lmwire.report.look import Look
from lmwire.serverlog import LogSummary
from lmwire_mockserver.scenario import scenario
from lmwire_mockserver.server import AsyncMockServer
from tests.cli.running import clean, invoke, run
from tests.serverlog.logs import LOGS, NEW, stamped, told

_SCHEMA = jsonschema.Draft202012Validator(json.loads(invoke("schema", "log").stdout))
_HOSTILE = (
    "8:24:20 (lmgrd) FlexNet Licensing (v11.16.2.0) started on [b]evil\x1b[31m|host`x` (<img>) (11/23/2026)\n"
    "8:24:20 (lmgrd) License file(s): \x1b]0;x\x07<script>\n"
    "8:24:20 (lmgrd) Started M|L`M\x1b[0m (internet tcp_port 40000 pid 1)\n"
    '8:24:20 (M|L`M\x1b[0m) DENIED: "f\x1b[1m|" u|<b>@h (No \x1b. (-4,342))\n'
    "8:24:20 (M|L`M\x1b[0m) a text \x1b[2J that | nobody `knows`\n"
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "lmgrd.log"


@pytest.mark.parametrize(
    ("name", "status"),
    [("new", 0), ("unpinned", 0), ("denied", 0), ("crash loop", 1), ("port in use", 1), ("triad", 1)],
)
def test_the_exit_status_tells_whether_licenses_are_kept_away(name: str, status: int, file: Path) -> None:
    file.write_text(LOGS[name])
    for form in ("text", "json", "markdown"):
        ended = invoke("log", str(file), "--format", form)
        assert (ended.exit_code, ended.stderr) == (status, "")


def test_the_text_tells_ports_problems_and_history(file: Path) -> None:
    file.write_text(LOGS["moved"])
    lines = [" ".join(line.split()) for line in invoke("log", str(file)).stdout.splitlines()]
    for expected in (
        "server lmgrd v11.15.0.0 build 1 x64_lsb on licsrv",
        "lmgrd 27000",
        "ibmratl 39211, not pinned, lmgrd started the daemon on it",
        "! Port 39211 of ibmratl is not pinned: it changes at the next restart. It",
        "ibmratl 41837 from 2026-11-20 8:24:20",
        "ibmratl 39211 from 2026-11-21 12:00:00",
    ):
        assert expected in lines


@pytest.mark.parametrize("name", [*LOGS, "hostile"])
@pytest.mark.parametrize("width", [40, 80])
def test_lines_fit_and_nothing_steers_a_terminal(name: str, width: int, file: Path) -> None:
    file.write_text(LOGS.get(name, _HOSTILE))
    out = invoke("log", str(file), env={"COLUMNS": str(width)}).stdout
    assert all(cell_len(line) <= width for line in out.splitlines() if "`" not in line)
    assert all(line.isprintable() for line in out.splitlines())


_WORDS = st.sampled_from([line.partition(") ")[2] for log in LOGS.values() for line in log.splitlines()])
_NAMES = st.sampled_from(["lmgrd", "MLM", "M|L`M", "\x1b[31m", "é", "x" * 64])


@given(st.lists(st.tuples(st.integers(0, 23), _NAMES, _WORDS | st.text(max_size=60)), min_size=1, max_size=30))
def test_whatever_a_log_holds_can_be_shown(lines: list[tuple[int, str, str]]) -> None:
    log = "8:00:00 (lmgrd) lmgrd tcp-port 27000\n" + "".join(
        f"{hour}:00:00 ({name}) {text}\n" for hour, name, text in lines
    )
    summary = told(log.encode("utf-8", "surrogatepass"))
    assert all(line.isprintable() for line in as_text(summary, Look()).splitlines())
    assert as_text(summary, Look(unicode=False)).isascii()
    assert all(line.isprintable() for line in as_markdown(summary).splitlines())
    document = json.loads(as_json(summary))
    assert document["lmgrd_port"] is not None
    _SCHEMA.validate(document)


def test_colours_are_for_terminals(file: Path) -> None:
    file.write_text(LOGS["crash loop"])
    plain, forced = invoke("log", str(file)), invoke("log", str(file), env={"FORCE_COLOR": "1"})
    assert "\x1b" not in plain.stdout
    assert re.sub(r"\x1b\[[0-9;]*m", "", forced.stdout) == plain.stdout != forced.stdout


def test_what_was_inferred_is_said(file: Path) -> None:
    file.write_text(LOGS["v7"])
    out = invoke("log", str(file)).stdout
    assert "1999-02-27 12:34 to ~1999-02-28 0:01" in out
    assert "~ marks a date that lmwire counted on" in out


def test_codes_are_explained_in_text_and_json(file: Path) -> None:
    file.write_text(LOGS["denied"])
    assert "-4,342" in invoke("log", str(file)).stdout
    document = json.loads(invoke("log", str(file), "--format", "json").stdout)
    _SCHEMA.validate(document)
    (denial,) = (denial for denial in document["denials"] if denial["code"] == "-4,342")
    assert denial["meaning"] == "Every license of this feature is taken"
    assert denial["count"] == 2


def test_json_has_what_is_documented(file: Path) -> None:
    file.write_text(_HOSTILE)
    out = invoke("log", str(file), "--format", "json").stdout
    assert out.isascii()
    document = json.loads(out)
    assert document["schema"] == "lmwire.log/1"
    _SCHEMA.validate(document)
    assert set(document) == set(LogSummary.__struct_fields__)
    text = (Path(__file__).resolve().parents[2] / "docs/log.md").read_text(encoding="utf-8")
    assert all(f'"{key}"' in text for key in document)
    daemon = document["daemons"][0]
    assert all(f'"{key}"' in text for key in daemon)
    assert daemon["name"] == "M|L`M\x1b[0m"
    assert (daemon["port"], daemon["port_source"], daemon["pinned"]) == (40000, "started", False)


def test_markdown_lets_nothing_out(file: Path) -> None:
    file.write_text(_HOSTILE)
    out = invoke("log", str(file), "--format", "markdown").stdout
    assert "<" not in re.sub(r"`[^`]*`", "", out)
    assert "\x1b" not in out
    rows = [line for line in out.splitlines() if line.startswith("|")]
    assert rows
    assert all(len(re.findall(r"(?<!\\)(?:\\\\)*\|", row)) == 3 for row in rows)


def test_standard_input_several_files_and_an_output(tmp_path: Path) -> None:
    older, out = tmp_path / "lmgrd.log.1.gz", tmp_path / "out.md"
    older.write_bytes(gzip.compress(NEW.encode()))
    more = '9:00:00 (ibmratl) OUT: "alpha" alice@ws1\n'
    ended = invoke("log", str(older), "-", "--output", str(out), "-f", "markdown", given=more)
    assert (ended.exit_code, ended.stdout) == (0, "")
    assert "and 1 more" in out.read_text(encoding="utf-8")
    assert "1 checked out, 0 checked in" in out.read_text(encoding="utf-8")


@pytest.mark.parametrize("data", [b"", b"\x89PNG\r\n\x1a\n", b"some other log\n" * 50])
def test_no_log_is_wrong_usage(data: bytes, file: Path) -> None:
    file.write_bytes(data)
    for ended in (invoke("log", str(file)), invoke("diagnose", "--log", str(file))):
        assert (ended.exit_code, ended.stdout) == (2, "")
        assert ended.stderr.startswith(f"lmwire: {file}: ")
    assert invoke("log", "-", given=data).stderr.startswith("lmwire: standard input: ")


def _log(lmgrd: int, port: int, *, host: str = "localhost", pinned: bool = True) -> str:
    pin = f"Using vendor daemon port {port} specified in license file\n" if pinned else ""
    return stamped(
        f"FlexNet Licensing (v11.16.2.0) started on {host} (linux) (11/23/2026)\nlmgrd tcp-port {lmgrd}\n"
        f"{pin}Started ibmratl (internet tcp_port {port} pid 1)"
    )


def _write(file: Path, text: str) -> None:
    file.write_text(text)


async def test_without_a_target_the_server_of_the_log_is_walked_to(file: Path) -> None:
    async with AsyncMockServer(scenario("healthy")) as mock:
        _write(file, _log(mock.lmgrd_port, mock.vendors["ibmratl"]))
        ended = await run("diagnose", "--log", str(file), "-4", "--format", "json", env=clean(LM_LICENSE_FILE="1@h"))
        shown = await run("diagnose", "--log", str(file), "-4", "--format", "markdown")
    document = json.loads(ended.out)
    (diagnosis,) = document["diagnoses"]
    assert (ended.status, diagnosis["verdict"]["id"], diagnosis["vendor"]) == (0, "healthy", "ibmratl")
    assert document["path_from"] == f"the log {file}"
    assert diagnosis["target"] == f"{mock.lmgrd_port}@localhost"
    assert diagnosis["evidence"]["log"] == {
        "lmgrd_port": mock.lmgrd_port,
        "port": mock.vendors["ibmratl"],
        "pinned": True,
        "until": "2026-11-23 8:24:20",
    }
    assert not {"log-port-differs", "vendor-port-unpinned"} & {found["id"] for found in diagnosis["findings"]}
    assert f"--log {file}" in shown.out


async def test_a_log_that_is_not_of_now_is_found_out(file: Path) -> None:
    async with AsyncMockServer(scenario("healthy")) as mock:
        _write(file, _log(1, 2, host="elsewhere.invalid", pinned=False))
        ended = await run("diagnose", mock.target, "--log", str(file), "--format", "json")
    (diagnosis,) = json.loads(ended.out)["diagnoses"]
    found = {one["id"]: one["text"] for one in diagnosis["findings"]}
    assert found["log-port-differs"].startswith("The server's log (until 2026-11-23 8:24:20) says port 2, but")
    assert {"log-lmgrd-port-differs", "vendor-port-unpinned"} <= set(found)


async def test_of_several_servers_the_log_is_of_the_one_that_it_names(file: Path) -> None:
    async with AsyncMockServer(scenario("healthy")) as mock:
        _write(file, _log(mock.lmgrd_port, 2, host="localhost.example"))
        both = (f"1@127.0.0.1;{mock.lmgrd_port}@localhost", "--log", str(file), "-4", "--format", "json")
        ended = await run("diagnose", *both)
    first, second = json.loads(ended.out)["diagnoses"]
    assert first["evidence"]["log"] is None
    assert second["evidence"]["log"]["port"] == 2


@pytest.mark.parametrize(
    ("host", "words"), [("nowhere.invalid", "does not resolve here"), ("a;b", "does not name the server")]
)
def test_a_server_that_can_t_be_found_by_its_log_must_be_named(host: str, words: str, file: Path) -> None:
    file.write_text(_log(27000, 27001, host=host))
    ended = invoke("diagnose", "--log", str(file))
    assert (ended.exit_code, ended.stdout) == (2, "")
    assert words in ended.stderr
    assert "name the server beside the log, as in 27000@192.0.2.20" in ended.stderr
