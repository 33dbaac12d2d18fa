"""What the README shows of commands is what they print."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
_LEFT_OUT = "…"


def _sessions() -> Iterator[tuple[str, list[str]]]:
    """Yield each command of the README whose output stands below it."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for block in re.findall(r"```console\n(.*?)```", text, re.DOTALL):
        for command, shown in re.findall(r"^\$ (.+)\n((?:(?!\$ ).*\n)+)", block, re.MULTILINE):
            yield command, shown.splitlines()


def _run(command: str) -> list[str]:
    program, *arguments = shlex.split(command)
    known = {
        "lmwire": [sys.executable, "-m", "lmwire"],
        "tshark": ["tshark", "-n", "-X", f"lua_script:{ROOT / 'captures/flexlm.lua'}"],  # as if it were installed
    }
    ended = subprocess.run(  # noqa: S603 # our own README
        [*known[program], *arguments], cwd=ROOT, capture_output=True, encoding="utf-8", check=False, timeout=60
    )
    assert ended.stdout, ended.stderr
    return ended.stdout.splitlines()


@pytest.mark.tshark
@pytest.mark.parametrize(
    ("command", "shown"), list(_sessions()), ids=lambda each: each if isinstance(each, str) else ""
)
def test_output(command: str, shown: list[str]) -> None:
    printed = iter(_run(command))
    for line in shown:
        if line != _LEFT_OUT:
            assert any(line == other for other in printed), f"not printed, or not in this order: {line}"


def test_there_are_some() -> None:
    assert {command.split()[0] for command, _ in _sessions()} >= {"lmwire", "tshark"}
