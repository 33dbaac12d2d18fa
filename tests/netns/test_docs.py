"""The examples of the documentation work as they stand."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.network

_PAGE = Path(__file__).parents[2] / "docs" / "networks.md"


def test_the_example_runs() -> None:
    example, look_around = re.findall(
        r"^```python\n(.*?)^```", _PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    )
    script = example + "".join(f"    {line}\n" for line in look_around.splitlines())
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(  # noqa: S603 - ours
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, env=environment, check=False
    )
    assert done.stderr == ""
    resolved, *route, shell = done.stdout.splitlines()
    assert resolved == "203.0.113.2"
    assert "via 192.0.2.2 dev r1" in route[0]
    assert re.search(r"--net=/proc/\d+/fd/\d+ .*-- bash$", shell)
