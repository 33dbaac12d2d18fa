"""`lmwire license show` and `lint`, and what all of `lmwire license` shares; test_license_pin.py has `pin`."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import re
import sys
from pathlib import Path

import jsonschema
import pytest

from lmwire.licensefile import CHECKS
from lmwire.workflows import license_files as command
from lmwire.workflows import name_lookup
from tests.cli.license_sample import PINNED, SAMPLE
from tests.cli.running import clean, invoke


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "server.lic"
    path.write_bytes(SAMPLE)
    return path


def test_show_names_servers_daemons_products_and_features(file: Path) -> None:
    shown = invoke("license", "show", str(file))
    assert shown.exit_code == 0
    assert "licsrv.example.com  lmgrd's port 27000\n" in shown.stdout
    assert "! ibmratl  not pinned: the port can change at every restart; Rational License" in shown.stdout
    assert "Features of ibmratl\n  ddts " in shown.stdout
    assert " 12  permanent\n" in shown.stdout
    assert all(len(line) <= 80 for line in shown.stdout.splitlines())
    assert "\x1b" not in shown.stdout


def test_show_as_json(file: Path) -> None:
    document = json.loads(invoke("license", "show", str(file), "--format", "json").stdout)
    assert document["schema"] == "lmwire.license/1"
    assert document["servers"] == [
        {"line": 2, "host": "licsrv.example.com", "hostid": "0123456789ab", "port": 27000, "master": False}
    ]
    (daemon,) = document["daemons"]
    assert (daemon["name"], daemon["port"], daemon["line"]) == ("ibmratl", None, 3)
    assert daemon["product"].startswith("Rational License Key Server")
    (feature,) = document["features"]
    assert (feature["count"], feature["lines"], feature["permanent"], feature["until"]) == (12, 2, True, None)


def test_show_marks_a_daemon_whose_pinned_port_cannot_be(tmp_path: Path) -> None:
    file = tmp_path / "server.lic"
    file.write_text("SERVER licsrv.example.com ANY 27000\nVENDOR a port=27000\nVENDOR b port=27001\nVENDOR c\n")
    shown = invoke("license", "show", str(file)).stdout
    marks = [line.strip()[0] for line in shown.splitlines() if line.strip()[2:5] in {"a  ", "b  ", "c  "}]
    assert marks == ["✖", "✔", "!"]
    assert shown.endswith("\nRun `lmwire license lint` to see each problem and its fix.\n")
    file.write_text("SERVER licsrv.example.com ANY 27000\nVENDOR b \\\n  port=27001\n")
    shown = invoke("license", "show", str(file)).stdout
    assert "lint" not in shown
    assert "✔ b " in shown


def test_show_marks_every_daemon_without_a_port(tmp_path: Path) -> None:
    file = tmp_path / "server.lic"
    lines = "".join(f"VENDOR d{number}x\n" for number in range(150))
    file.write_text(f"SERVER licsrv.example.com ANY 27000\n{lines}")
    assert invoke("license", "show", str(file)).stdout.count("\n  ! d") == 150


def test_thousands_of_features_are_folded_unless_all_are_asked_for(tmp_path: Path) -> None:
    file = tmp_path / "big.lic"
    lines = (f"INCREMENT f{number} x 1.0 31-dec-{2030 + number % 20} 1\n" for number in range(3000))
    file.write_text("".join(lines))
    shown = invoke("license", "show", str(file)).stdout
    assert "3000 features, grouped by expiry date; --all lists each:" in shown
    assert "until 2030-12-31  150: f0, f20, f40, … 147 more" in shown
    assert "and 1200 that expire later, on 8 days" in shown
    assert len(shown.splitlines()) < 30
    assert len(invoke("license", "show", str(file), "--all").stdout.splitlines()) > 3000


def test_lint_tells_place_line_and_fix_and_is_status_1(file: Path) -> None:
    shown = invoke("license", "lint", str(file), "--no-resolve")
    assert shown.exit_code == 1
    assert "1 warning" in shown.stdout
    assert "! 3:8 no port is pinned for ibmratl" in shown.stdout
    assert "[vendor-unpinned]" in shown.stdout
    assert '      VENDOR ibmratl "C:\\Program Files\\ibmratl.exe" port=27001 # daemon\n' in shown.stdout


def test_lint_of_a_good_file_is_status_0(tmp_path: Path) -> None:
    file = tmp_path / "good.lic"
    file.write_bytes(PINNED)
    shown = invoke("license", "lint", str(file), "--no-resolve")
    assert shown.exit_code == 0
    assert "no problem" in shown.stdout


def test_a_note_is_no_problem(tmp_path: Path) -> None:
    file = tmp_path / "good.lic"
    file.write_bytes(PINNED.replace(b"27001", b"1711"))
    shown = invoke("license", "lint", str(file), "--no-resolve")
    assert shown.exit_code == 0
    assert "vendor-port-outside-range" in shown.stdout


def test_lint_looks_names_up_unless_told_not_to(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(name_lookup, "look_up", lambda host: () if host == "licsrv.example.com" else None)
    assert "server-unresolvable" in invoke("license", "lint", str(file)).stdout
    assert "server-unresolvable" not in invoke("license", "lint", str(file), "--no-resolve").stdout


def test_the_look_up_is_that_of_this_machine() -> None:
    assert "127.0.0.1" in (name_lookup.look_up("localhost") or ())
    assert name_lookup.look_up("no name/at all") == ()


def test_lint_as_json(file: Path) -> None:
    shown = invoke("license", "lint", str(file), "--no-resolve", "-f", "json")
    document = json.loads(shown.stdout)
    assert shown.exit_code == 1
    (problem,) = document["problems"]
    assert (problem["id"], problem["severity"], problem["line"], problem["column"]) == (
        "vendor-unpinned",
        "warning",
        3,
        8,
    )
    assert problem["corrected"] == 'VENDOR ibmratl "C:\\Program Files\\ibmratl.exe" port=27001 # daemon'


def test_days_decide_what_expires_soon(tmp_path: Path) -> None:
    file = tmp_path / "long.lic"
    file.write_bytes(PINNED.replace(b"permanent", b"31-dec-2035"))
    assert "feature-expiring" not in invoke("license", "lint", str(file), "--no-resolve").stdout
    assert "feature-expiring" in invoke("license", "lint", str(file), "--no-resolve", "--days", "3660").stdout
    assert invoke("license", "lint", str(file), "--days", "soon").exit_code == 2


@pytest.mark.parametrize("form", ["show", "lint"])
def test_standard_input(form: str) -> None:
    shown = invoke("license", form, "-", "--format", "json", given=SAMPLE)
    assert json.loads(shown.stdout)["file"] == "standard input"


# file's content or None for none, what is said
UNREADABLE = [
    (None, "does not exist"),
    (b"PK\x03\x04", "is a ZIP archive, not a license file"),
    (b"\0", "is binary, not a license file"),
]


@pytest.mark.parametrize(("data", "said"), UNREADABLE)
@pytest.mark.parametrize("form", ["show", "lint", "pin"])
def test_what_cannot_be_read_is_status_2(form: str, data: bytes | None, said: str, tmp_path: Path) -> None:
    file = tmp_path / "x.lic"
    if data is not None:
        file.write_bytes(data)
    shown = invoke("license", form, str(file), *(("a=1", "--diff") if form == "pin" else ()))
    assert (shown.exit_code, shown.stdout) == (2, "")
    assert said in shown.stderr


def test_a_directory_is_no_license_file(tmp_path: Path) -> None:
    shown = invoke("license", "show", str(tmp_path))
    assert shown.exit_code == 2
    assert "cannot be read" in shown.stderr


@pytest.mark.parametrize("form", ["show", "lint"])
def test_hostile_bytes_reach_no_terminal(form: str, tmp_path: Path) -> None:
    file = tmp_path / "x.lic"
    hostile = b"\x1b[2J\x07\x9b2J\xad"
    file.write_bytes(
        b"SERVER a.example.com \x1b]0;x\x07 27000\nVENDOR b\x1b c\nVENDOR ok " + hostile + b" port=27001\n"
        b"FEATURE f" + hostile + b" v" + hostile + b" 1" + hostile + b" x" + hostile + b" 1\n" + hostile + b" 1\n"
    )
    shown = invoke("license", form, str(file), *(("--no-resolve",) if form == "lint" else ()))
    assert all(character.isprintable() or character == "\n" for character in shown.stdout)
    assert r"\x1b[2J" in shown.stdout


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("license", ("show",)),
        ("license-lint", ("lint", "--no-resolve")),
        ("license-pin", ("pin", "ibmratl=27001")),
    ],
)
def test_the_documents_fit_their_schemas(name: str, arguments: tuple[str, ...], file: Path) -> None:
    schema = json.loads(invoke("schema", name).stdout)
    jsonschema.Draft202012Validator.check_schema(schema)
    document = json.loads(invoke("license", arguments[0], str(file), *arguments[1:], "-f", "json").stdout)
    assert document["schema"] == f"lmwire.{name}/1"
    jsonschema.Draft202012Validator(schema).validate(document)


def test_the_group_alone_shows_its_help() -> None:
    shown = invoke("license")
    assert shown.exit_code == 2
    assert "show  " in shown.stderr


async def test_lint_imports_no_network_when_told_not_to_resolve(file: Path) -> None:
    code = (
        "import sys; from lmwire.cli import main\n"
        "try: main(['license', 'lint', sys.argv[1], '--no-resolve'])\n"
        "finally: sys.stderr.write(' '.join({'asyncio', 'lmwire.probe', 'scapy'} & set(sys.modules)))"
    )
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", code, str(file)),
        env=clean(),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    _, err = await child.communicate()
    assert (child.returncode, err) == (1, b"")


PAGE = (Path(__file__).parents[2] / "docs" / "license.md").read_text(encoding="utf-8")


def test_the_documentation_lists_every_check() -> None:
    for id_, check in CHECKS.items():
        assert f"| `{id_}` | {check.severity.value} | {check.meaning} |\n" in PAGE


@pytest.fixture
def documented(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file that the documentation shows in its diff, in the current directory."""
    shown = PAGE.partition("@@ -1,6 +1,6 @@\n")[2].partition("$ ")[0].splitlines()
    file = tmp_path / "server.lic"
    file.write_text("".join(f"{line[1:]}\n" for line in shown if line[0] != "+"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(command, "_today", lambda: dt.date(2026, 11, 24))
    return file


@pytest.mark.usefixtures("documented")
def test_the_documentation_shows_what_is_printed() -> None:
    blocks = re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL)
    shown = [re.split(r"^\$ lmwire (.*)\n", block, flags=re.MULTILINE)[1:] for block in blocks]
    pairs = [pair for block in shown for pair in zip(block[::2], block[1::2], strict=True)]
    assert len(pairs) == 4
    for line, output in pairs:
        ended = invoke(*line.split())
        assert ended.stdout + ended.stderr == output


def test_the_documentation_s_program_runs(documented: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (program,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    exec(compile(program, "docs/license.md", "exec"), {})  # noqa: S102 # our own documentation
    told = capsys.readouterr().out
    assert told.startswith("licsrv 27000\nibmratl None\n2 8 server-unqualified ")
    assert b"port=27001" in documented.with_name("new.lic").read_bytes()
