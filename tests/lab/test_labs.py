"""Each lab, under several seeds: broken at first, half a repair is told from a whole one, and an open door is none."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from lmwire.lab import labs
from lmwire.lab.check import Grade
from tests.lab.playing import OPEN, playing

pytestmark = pytest.mark.network

_SEEDS = (0, 6, 4711)


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
        broken = played.check()
        if broken.solved or lab.broken.items() - _states(broken).items():
            faults.append(f"{name} {seed}: broken is {broken}")
        if any(not each.well for each in broken.found if each.state in {"open", "down"}):
            faults.append(f"{name} {seed}: something is open from the beginning: {broken}")
        played.repair(lab.half)
        half = played.check()
        if half.solved or lab.half_says not in _wrong(half):
            faults.append(f"{name} {seed}: half is {half}")
        played.repair(lab.solution)
        whole = played.check()
        if not whole.solved:
            faults.append(f"{name} {seed}: solved is {whole}")
        for machine in lab.machines:
            played.run(machine, *OPEN.split())
        flushed = played.check()
        if flushed.solved:
            faults.append(f"{name} {seed}: passes with all rules flushed: {flushed}")
    return faults
