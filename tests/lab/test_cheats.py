"""Full points only for a repair: each cheat that was thought of fails, and the check says why."""

from __future__ import annotations

from pathlib import Path

import pytest

from lmwire.lab import labs
from tests.lab.cheats import CHEATS, Cheat
from tests.lab.playing import playing_here

pytestmark = [pytest.mark.network, pytest.mark.slow]

_FEWEST = 8
_CASES = [
    pytest.param(lab, cheat, id=f"{lab}: {cheat.name}".replace(" ", "-")) for lab in labs() for cheat in CHEATS[lab]
]


def test_every_lab_has_cheats() -> None:
    assert set(CHEATS) == set(labs())
    assert all(len(cheats) > _FEWEST for cheats in CHEATS.values())


@pytest.mark.parametrize(("lab", "cheat"), _CASES)
def test_no_cheat_gets_full_points(lab: str, cheat: Cheat, tmp_path: Path) -> None:
    with playing_here(lab, 0, tmp_path / "lab") as played:
        for step in cheat.steps(played):
            done = played.run(step.on, "bash", "-ec", step.run)
            assert done.returncode == 0, f"{step}: {done.stdout}{done.stderr}"
        grade = played.check()
    assert not grade.solved
    told = "\n".join(" ".join(each.wrong) for each in grade.found if not each.well)
    assert told
    assert cheat.says in told
