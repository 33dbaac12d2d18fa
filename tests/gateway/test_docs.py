"""docs/gateway.md and the systemd units say what is so."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from lmwire.gateway.metrics import Metrics
from tests.gateway.processes import lmwire

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "gateway.md").read_text(encoding="utf-8")
UNIT = ROOT / "deploy" / "systemd" / "lmwire-gateway.service"
MOST_EXPOSED = 3.0


def test_the_check_that_the_page_shows_is_what_is_printed() -> None:
    (found,) = re.findall(r"```console\n\$ lmwire (gateway [^\n]*--check)\n(.*?)```", PAGE, re.DOTALL)
    command, output = found
    assert lmwire(*command.split()).stdout == output


def test_the_page_names_every_metric() -> None:
    metrics = Metrics("127.0.0.1:0", [])
    try:
        names = {each.name for each in metrics.registry.collect()}
    finally:
        metrics.close()
    shown = set(re.findall(r"`(lmwire_gateway_\w+)`", PAGE))
    assert {name.removesuffix("_total") for name in shown} | {"lmwire_gateway_vendor_port_changes"} == names


def test_the_unit_is_right_and_has_a_sandbox(tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    assert analyze, "systemd-analyze is needed: apt install systemd"
    unit = tmp_path / UNIT.name
    unit.write_text(UNIT.read_text(encoding="utf-8").replace("/usr/local/bin/lmwire", "/bin/true"), encoding="utf-8")
    socket = tmp_path / "lmwire-gateway.socket"
    socket.write_text(UNIT.with_suffix(".socket").read_text(encoding="utf-8"), encoding="utf-8")
    for file in (unit, socket):
        checked = subprocess.run([analyze, "verify", str(file)], capture_output=True, text=True, check=False)  # noqa: S603
        assert (checked.returncode, checked.stderr) == (0, "")
    told = subprocess.run(  # noqa: S603 - our own unit
        [analyze, "security", "--offline=true", "--no-pager", str(unit)], capture_output=True, text=True, check=False
    ).stdout
    (level,) = re.findall(r"Overall exposure level for \S+: ([\d.]+)", told)
    assert float(level) <= MOST_EXPOSED


@pytest.mark.parametrize("word", ["INTERNET", "terms of a license", "not measured"])
def test_the_page_says_what_a_gateway_cannot_promise(word: str) -> None:
    assert word in PAGE
