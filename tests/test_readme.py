"""What the README shows of commands is what they print."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
_LEFT_OUT = "…"

_LICENSE = "# a server's own\nSERVER licsrv 0123456789ab 27000\nVENDOR ibmratl\n"
_HELD_THERE = {"lmwire locate": "docs/locate.md", "lmwire firewall test": "docs/firewall-test.md"}
"""What takes a network of its own is shown in a document, too, and that is held to a real run by other tests."""


def _sessions() -> list[tuple[str, list[str]]]:
    """Return each command of the README whose output stands below it."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```console\n(.*?)```", text, re.DOTALL)
    shown = [found for block in blocks for found in re.findall(r"^\$ (.+)\n((?:(?!\$ ).*\n)+)", block, re.MULTILINE)]
    return [(command, output.splitlines()) for command, output in shown if output.strip()]


def _run(command: str, folder: Path) -> Iterable[str]:
    for beginning, document in _HELD_THERE.items():
        if command.startswith(beginning):
            return (ROOT / document).read_text(encoding="utf-8").splitlines()
    program, *arguments = shlex.split(command)
    known = {
        "lmwire": [sys.executable, "-m", "lmwire"],
        "tshark": ["tshark", "-n"],
    }
    ended = subprocess.run(  # noqa: S603 # our own README
        [*known[program], *arguments], cwd=folder, capture_output=True, encoding="utf-8", check=False, timeout=60
    )
    return [*ended.stderr.splitlines(), *ended.stdout.splitlines()]


@pytest.mark.tshark
def test_every_output_is_printed(tmp_path: Path) -> None:
    (tmp_path / "server.lic").write_text(_LICENSE, encoding="ascii")
    (tmp_path / "captures").symlink_to(ROOT / "captures")
    sessions = _sessions()
    assert len(sessions) > len(_HELD_THERE)
    for command, shown in sessions:
        printed = iter(_run(command, tmp_path))
        for line in shown:
            if line and line != _LEFT_OUT:
                assert any(line == other for other in printed), (
                    f"{command} does not print, or not in this order: {line}"
                )
