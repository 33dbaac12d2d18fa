"""Networks as people have them, each a plan with rule files: what is found is what is expected."""

from __future__ import annotations

import itertools

import pytest

from lmwire.ruletest import Result
from tests.ruletest.playing import PLANS, all_at_once, play

pytestmark = pytest.mark.network

NAMES = sorted(path.name for path in PLANS.iterdir())
_AT_ONCE = 6


def test_there_are_enough_of_every_sort() -> None:
    assert len(NAMES) >= 20
    files = [path for name in NAMES for path in (PLANS / name).iterdir()]
    for suffix in (".nft", ".v4", ".v6"):
        assert any(path.suffix == suffix for path in files)


@pytest.mark.parametrize(
    "names", [tuple(batch) for batch in itertools.zip_longest(*[iter(NAMES)] * _AT_ONCE)], ids=lambda names: names[0]
)
def test_found_equals_expected(names: tuple[str | None, ...]) -> None:
    results = all_at_once(_play, [name for name in names if name])
    assert [_told(result) for result in results if not result.agrees] == []


def _play(name: str) -> Result:
    return play(PLANS / name / "plan.toml")


def _told(result: Result) -> list[str]:
    return [
        f"{cell.zone} to {cell.server} with {cell.target}: expected {cell.expected}, found {cell.found}: "
        f"{cell.headline} {cell.decisions}"
        for cell in result.cells
        if not cell.agrees
    ]
