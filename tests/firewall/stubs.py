"""Scripts run for real, with commands that only note how they were called."""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path
from typing import Final

__all__ = ["calls"]

_COMMANDS: Final = ("aws", "az", "firewall-cmd", "gcloud", "ufw")
_STUB: Final = """#!/bin/sh
{ printf '%s\\0' "${0##*/}" "$@"; printf '\\1\\0'; } >> "$CALLS"
"""


def calls(script: str, folder: Path, shell: str) -> list[list[str]]:
    """Run `script` in an empty folder, and return every command's words; nothing else may have happened."""
    stubs, work, noted = folder / "stubs", folder / "work", folder / "noted"
    for each in (stubs, work):
        each.mkdir(parents=True)
    for command in _COMMANDS:
        (stubs / command).write_text(_STUB)
        (stubs / command).chmod(0o755)
    noted.touch()
    (folder / "script").write_text(script)
    env = {"PATH": f"{stubs}{os.pathsep}/usr/bin:/bin", "CALLS": str(noted)}
    done = subprocess.run(  # noqa: S603 # the script is what is tested
        [*shlex.split(shell), folder / "script"], cwd=work, env=env, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert list(work.iterdir()) == []
    found = noted.read_text().split("\1\0")
    return [call.split("\0")[:-1] for call in found[:-1]]
