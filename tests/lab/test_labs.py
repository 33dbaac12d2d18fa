"""Each lab, under several seeds: broken at first, half a repair is told from a whole one, and an open door is none.

Under seed 0, the repairs are the scripts in the trainer's guide, as they are printed there.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from lmwire.lab import labs
from lmwire.lab.ipc import Grade
from lmwire.lab.model import RepairStep
from lmwire.lab.state import HOME
from tests.cli.running import clean
from tests.lab.playing import OPEN, Played, playing

pytestmark = pytest.mark.network

_SEEDS = (0, 6, 4711)
_GUIDE = Path(__file__).parents[2] / "docs" / "labs.md"


def _scripts(name: str) -> list[str]:
    """The scripts of the trainer's guide for a lab: half a repair, and the solution."""
    text = _GUIDE.read_text(encoding="utf-8")
    part = text.partition(f"<!-- generated: lab-{name} -->")[2].partition("<!-- end -->")[0]
    return re.findall(r"^```sh\n(.*?)^```$", part, re.DOTALL | re.MULTILINE)


def _repair(played: Played, steps: Sequence[RepairStep], script: str) -> None:
    if played.lab.seed == 0:
        done = subprocess.run(  # noqa: S603 # our own guide
            ["bash", "-e", "-c", script],  # noqa: S607
            env=clean(**{HOME: str(played.home)}),
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 0, f"{script}: {done.stdout}{done.stderr}"
        return
    for step in steps:
        done = played.run(step.on, "bash", "-ec", step.run)
        assert done.returncode == 0, f"{step}: {done.stdout}{done.stderr}"


def _states(grade: Grade) -> dict[str, str]:
    """Zone → verdict of its client."""
    return {each.what.partition(",")[0]: each.state for each in grade.found if "@" in each.what}


def _wrong(grade: Grade) -> str:
    return "\n".join(" ".join((each.what, each.state, *each.wrong)) for each in grade.found if not each.well)


@pytest.mark.parametrize("name", labs())
def test_a_lab_is_broken_then_half_repaired_then_whole_and_no_open_door_will_do(name: str, tmp_path: Path) -> None:
    with ThreadPoolExecutor(len(_SEEDS)) as pool:
        for story in pool.map(lambda seed: _play(name, seed, tmp_path / str(seed)), _SEEDS):
            assert not story, "\n".join(story)


def _play(name: str, seed: int, home: Path) -> list[str]:
    """Return what was not as it should be."""
    faults = []
    with playing(name, seed, home) as played:
        lab = played.lab
        half_script, whole_script = _scripts(name)
        broken = played.check()
        if broken.solved or lab.broken.items() - _states(broken).items():
            faults.append(f"{name} {seed}: broken is {broken}")
        if any(not each.well for each in broken.found if each.state in {"open", "down"}):
            faults.append(f"{name} {seed}: something is open from the beginning: {broken}")
        _repair(played, lab.half, half_script)
        half = played.check()
        if half.solved or lab.half_says not in _wrong(half):
            faults.append(f"{name} {seed}: half is {half}")
        _repair(played, lab.solution, whole_script)
        whole = played.check()
        if not whole.solved:
            faults.append(f"{name} {seed}: solved is {whole}")
        for machine in lab.machines:
            played.run(machine, *OPEN.split())
        flushed = played.check()
        if flushed.solved:
            faults.append(f"{name} {seed}: passes with all rules flushed: {flushed}")
    return faults
