"""Full points only for a repair: each cheat that was thought of fails, and the check says why."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from lmwire.lab import labs
from tests.lab.cheats import CHEATS, Cheat
from tests.lab.playing import playing_here

pytestmark = [pytest.mark.network, pytest.mark.slow]

_AT_ONCE = 4
_FEWEST = 8


def test_every_lab_has_cheats() -> None:
    assert set(CHEATS) == set(labs())
    assert all(len(cheats) > _FEWEST for cheats in CHEATS.values())


@pytest.mark.parametrize("name", labs())
def test_no_cheat_gets_full_points(name: str, tmp_path: Path) -> None:
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        faults = list(
            pool.map(lambda cheat: _fault(name, cheat, tmp_path / cheat.name.replace(" ", "-")), CHEATS[name])
        )
    assert not [fault for fault in faults if fault], "\n".join(filter(None, faults))


def _fault(name: str, cheat: Cheat, folder: Path) -> str:
    """Return what was not as it should be."""
    with playing_here(name, 0, folder) as played:
        for step in cheat.steps(played):
            done = played.run(step.on, "bash", "-ec", step.run)
            if done.returncode:
                return f"{cheat.name}: {step}: {done.stdout}{done.stderr}"
        grade = played.check()
    told = "\n".join(" ".join(each.wrong) for each in grade.found if not each.well)
    if grade.solved:
        return f"{cheat.name}: solved"
    return "" if told and cheat.says in told else f"{cheat.name}: {told}"
