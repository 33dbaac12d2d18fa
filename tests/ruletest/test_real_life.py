"""Rule sets as firewall engineers have them: each verdict is as expected, each deciding rule is found in its file."""

from __future__ import annotations

import tomllib
from pathlib import Path

import msgspec
import pytest

from lmwire.ruletest import Plan, Result, read_plan, require_network
from lmwire.ruletest.build import build
from lmwire.ruletest.run import run_plan

pytestmark = pytest.mark.network

_FOLDER = Path(__file__).parent / "real_life"
NAMES = sorted(path.name for path in _FOLDER.iterdir())


def _result(plan: Plan, file: Path) -> Result:
    require_network(plan, file)
    with build(plan, file.parent) as ground:
        return run_plan(plan, file.parent, ground)


def _flipped(plan: Plan) -> Plan:
    """The plan with the opposite of each expectation, so that lmwire tells what decided."""
    expect: dict[str, dict[str, str]] = {}
    for (zone, server), wanted in plan.expected().items():
        expect.setdefault(zone, {})[server] = "failure" if wanted == ("healthy",) else "healthy"
    return msgspec.structs.replace(plan, expect=expect)


def _place(folder: Path, file: str, text: str) -> str:
    lines = [line.strip() for line in (folder / file).read_text(encoding="utf-8").splitlines()]
    assert lines.count(text) == 1, text
    return f"{file}:{lines.index(text) + 1}"


def test_there_are_ten() -> None:
    assert len(NAMES) >= 10


@pytest.mark.parametrize("name", NAMES)
def test_verdicts_and_deciding_rules(name: str) -> None:
    file = _FOLDER / name / "plan.toml"
    plan = read_plan(file)
    result = _result(plan, file)
    assert [(cell.zone, cell.server, cell.found) for cell in result.cells if not cell.agrees] == []
    wanted = {
        (zone, server): (machine, action, _place(file.parent, named, text))
        for zone, row in tomllib.loads((file.parent / "rules.toml").read_text(encoding="utf-8")).items()
        for server, (machine, action, named, text) in row.items()
    }
    told = {
        (cell.zone, cell.server): tuple((one.machine, one.action, one.source) for one in cell.decisions[:1])
        for cell in _result(_flipped(plan), file).cells
        if (cell.zone, cell.server) in wanted
    }
    assert told == {key: (place,) for key, place in wanted.items()}
