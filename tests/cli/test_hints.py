"""What commands say of a misspelt name, of a missing file, and of a file of another kind."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.running import invoke


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("diagnos",), "No such command 'diagnos'. Did you mean diagnose?"),
        (("license", "shw"), "No such command 'shw'. Did you mean show?"),
        (("\x1b[31m",), r"No such command '\\x1b[31m'."),
        (("zzz",), "No such command 'zzz'."),
    ],
)
def test_a_misspelt_command_is_told_what_is_near_it(words: tuple[str, ...], said: str) -> None:
    shown = invoke(*words)
    assert (shown.exit_code, shown.stdout) == (2, "")
    assert said in shown.stderr


LOG = """\
 8:24:20 (lmgrd) FlexNet Licensing (v11.19.0.0 build 276783 x64_lsb) started on licsrv (linux) (11/24/2026)
 8:24:20 (lmgrd) lmgrd tcp-port 27000
 8:24:21 (lmgrd) Started MLM (internal tcp_port 27001 pid 4242)
 8:24:21 (MLM) FlexNet Licensing version v11.19.0.0 build 276783 x64_lsb
"""


@pytest.mark.parametrize("command", [("diagnose",), ("license", "show"), ("license", "lint")])
def test_a_debug_log_in_the_place_of_a_license_file_is_told_its_command(
    command: tuple[str, ...], tmp_path: Path
) -> None:
    file = tmp_path / "lmgrd.log"
    file.write_text(LOG)
    shown = invoke(*command, str(file))
    assert (shown.exit_code, shown.stdout) == (2, "")
    assert shown.stderr.split("\n") == [
        f"lmwire: {file} is a debug log, not a license file",
        f"  Hint: run `lmwire log {file}`",
        "",
    ]


def test_a_text_that_only_quotes_a_log_is_not_called_a_log(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("Notes of Monday\nthe server said\n 8:24:20 (lmgrd) lmgrd tcp-port 27000\nand then nothing\n")
    shown = invoke("license", "lint", str(file))
    assert shown.exit_code == 1
    assert "this file has no line of a license file" in shown.stdout


@pytest.mark.parametrize(
    "words",
    [
        ("diagnose", "nosuch.lic"),
        ("diagnose", "--log", "nosuch.lic"),
        ("license", "show", "nosuch.lic"),
        ("license", "pin", "nosuch.lic", "mlm=27001"),
        ("log", "nosuch.lic"),
    ],
)
def test_a_missing_file_is_told_in_the_same_words_everywhere(words: tuple[str, ...]) -> None:
    shown = invoke(*words)
    assert (shown.exit_code, shown.stderr.splitlines()[0]) == (2, "lmwire: the file nosuch.lic does not exist")
