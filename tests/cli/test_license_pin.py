"""`lmwire license pin`, as people and programs run it."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from lmwire.cli.terminal import CANT_WRITE
from tests.cli.license_sample import PINNED, SAMPLE
from tests.cli.running import invoke


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "server.lic"
    path.write_bytes(SAMPLE)
    return path


def test_pin_writes_a_new_file_and_keeps_the_old_one(file: Path, tmp_path: Path) -> None:
    new = tmp_path / "new.lic"
    shown = invoke("license", "pin", str(file), "ibmratl=27001", "-o", str(new))
    assert (shown.exit_code, shown.stdout) == (0, "")
    assert "line 3: ibmratl on port 27001, before: chosen by the system" in shown.stderr
    assert "Restart the license service" in shown.stderr
    assert new.read_bytes() == PINNED
    assert file.read_bytes() == SAMPLE
    assert sorted(tmp_path.iterdir()) == [new, file]


def test_pin_writes_over_another_file_when_told_so_only(file: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.lic"
    other.write_bytes(b"VENDOR another\n")
    shown = invoke("license", "pin", str(file), "ibmratl=27001", "-o", str(other))
    assert (shown.exit_code, shown.stdout) == (2, "")
    assert "exists: name another file, or add --force" in shown.stderr
    assert other.read_bytes() == b"VENDOR another\n"
    assert invoke("license", "pin", str(file), "ibmratl=27001", "-o", str(other), "--force").exit_code == 0
    assert other.read_bytes() == PINNED


@pytest.mark.parametrize("how", ["--in-place", "--diff"])
def test_pinning_what_is_pinned_says_that_nothing_changed(how: str, file: Path) -> None:
    file.write_bytes(PINNED)
    shown = invoke("license", "pin", str(file), "ibmratl=27001", how)
    assert shown.exit_code == 0
    assert "Nothing changed: what was asked for is in the license file already." in shown.stderr
    assert "Restart" not in shown.stderr
    assert file.read_bytes() == PINNED


def test_pin_in_place_keeps_permissions(file: Path) -> None:
    file.chmod(0o640)
    assert invoke("license", "pin", str(file), "ibmratl=27001", "--in-place").exit_code == 0
    assert file.read_bytes() == PINNED
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert list(file.parent.iterdir()) == [file]


def test_pin_in_place_follows_a_link(file: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.lic"
    link.symlink_to(file)
    assert invoke("license", "pin", str(link), "ibmratl=27001", "--in-place").exit_code == 0
    assert link.is_symlink()
    assert file.read_bytes() == PINNED


def test_pin_shows_the_difference_and_writes_nothing(file: Path) -> None:
    shown = invoke("license", "pin", str(file), "ibmratl=27001", "--diff")
    assert shown.exit_code == 0
    assert shown.stdout.splitlines()[2:] == [
        "@@ -1,5 +1,5 @@",
        " # Büro",
        " SERVER licsrv.example.com 0123456789ab 27000",
        '-VENDOR ibmratl "C:\\Program Files\\ibmratl.exe" # daemon',
        '+VENDOR ibmratl "C:\\Program Files\\ibmratl.exe" port=27001 # daemon',
        " INCREMENT ddts ibmratl 1.0 permanent 5 SIGN=00AA",
        " INCREMENT ddts ibmratl 1.0 permanent 7 SIGN=00AA",
    ]
    assert file.read_bytes() == SAMPLE


def test_a_difference_of_lines_far_apart_and_of_none(tmp_path: Path) -> None:
    file = tmp_path / "far.lic"
    file.write_bytes(b"VENDOR a\n" + b"# x\n" * 20 + b"VENDOR b \\\n  /opt/b\x1b\n" + b"# y\n" * 9)
    shown = invoke("license", "pin", str(file), "a=27001", "b=27002", "--diff").stdout.splitlines()
    assert [line for line in shown if line.startswith("@@")] == ["@@ -1,4 +1,4 @@", "@@ -19,8 +19,8 @@"]
    assert "+  /opt/b\\x1b port=27002" in shown
    assert "-VENDOR b \\" in shown
    pinned = tmp_path / "pinned.lic"
    pinned.write_bytes(b"VENDOR a port=27001\n")
    assert invoke("license", "pin", str(pinned), "a=27001", "--diff").stdout == ""


def test_pin_from_standard_input_to_standard_output() -> None:
    shown = invoke("license", "pin", "-", "ibmratl=27001", "-o", "-", given=SAMPLE)
    assert (shown.exit_code, shown.stdout_bytes, shown.stderr) == (0, PINNED, "")


def test_pin_as_json(file: Path, tmp_path: Path) -> None:
    new = tmp_path / "new.lic"
    shown = invoke("license", "pin", str(file), "ibmratl=643", "-o", str(new), "--format", "json")
    document = json.loads(shown.stdout)
    assert document["written"] == str(new)
    assert [(change["daemon"], change["was"], change["port"]) for change in document["changes"]] == [
        ("ibmratl", None, 643)
    ]
    assert "below 1024" in document["warnings"][0]
    assert "below 1024" in shown.stderr


# arguments after the file, what is said
WRONG = [
    (("ibmratl=27001",), "say what to do"),
    ((), "DAEMON=PORT"),
    (("ibmratl", "--diff"), "is not daemon=port"),
    (("ibmratl=x", "--diff"), "is not daemon=port"),
    (("ibmratl=\uff11", "--diff"), "is not daemon=port"),
    (("a=1", "a=2", "--diff"), "given two ports"),
    (("ibmratl=27001", "-o", "x", "--in-place"), "exclude each other"),
    (("ibmratl=27001", "-o", "-", "--diff"), "would get both"),
    (("ibmratl=27001", "--in-place", "--force"), "--force belongs to --output"),
    (("ibmratl=27000", "--diff"), "belongs to lmgrd"),
    (("ibmratll=27001", "--diff"), "write ibmratl"),
    (("ibmratl=70000", "--diff"), "port 70000 does not exist"),
    (("\x1b=1", "--diff"), r"no VENDOR line for \x1b"),
]


@pytest.mark.parametrize(("arguments", "said"), WRONG)
def test_wrong_pins_are_status_2_and_change_nothing(arguments: tuple[str, ...], said: str, file: Path) -> None:
    shown = invoke("license", "pin", str(file), *arguments)
    assert (shown.exit_code, shown.stdout) == (2, "")
    assert said in shown.stderr
    assert file.read_bytes() == SAMPLE
    assert list(file.parent.iterdir()) == [file]


def test_the_file_itself_is_no_output(file: Path) -> None:
    shown = invoke("license", "pin", str(file), "ibmratl=27001", "-o", f"{file.parent}/./{file.name}")
    assert shown.exit_code == 2
    assert "say --in-place" in shown.stderr
    assert invoke("license", "pin", "-", "ibmratl=27001", "--in-place", given=SAMPLE).exit_code == 2


def test_where_nothing_can_be_written_nothing_is_lost(file: Path, tmp_path: Path) -> None:
    shown = invoke("license", "pin", str(file), "ibmratl=27001", "-o", str(tmp_path / "missing" / "new.lic"))
    assert shown.exit_code == CANT_WRITE
    assert "cannot write" in shown.stderr
    assert list(tmp_path.iterdir()) == [file]


def test_a_device_is_written_to_and_not_replaced(file: Path) -> None:
    assert invoke("license", "pin", str(file), "ibmratl=27001", "-o", os.devnull).exit_code == 0
    assert stat.S_ISCHR(Path(os.devnull).stat().st_mode)
