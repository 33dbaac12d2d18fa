"""Every import that the contracts forbid fails them, and so does a module without a place.

Most tests plant an import in a copy of the import graph. A few plant it in a copy of the sources and run
`lint-imports`, as a contributor does.
"""

from __future__ import annotations

import copy
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import grimp
import pytest
from importlinter import configuration
from importlinter.contracts.forbidden import ForbiddenContract
from importlinter.contracts.layers import LayersContract

pytestmark = pytest.mark.slow

ROOT: Final = Path(__file__).parent.parent
SETTINGS: Final[dict[str, Any]] = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
CONTRACTS: Final[dict[str, dict[str, Any]]] = {one["name"]: one for one in SETTINGS["contracts"]}
LAYERED: Final = {name: one for name, one in CONTRACTS.items() if one["type"] == "layers"}
FORBIDDING: Final = {name: one for name, one in CONTRACTS.items() if one["type"] == "forbidden"}

HOUSE: Final = "rooms of the house, top to bottom"
CAPTURE: Final = "rooms of a capture, top to bottom"
MOCK: Final = "the mock plays servers: it knows no verdict, no license path and no rule"
PURE: Final = "bytes and values: no sockets, no clock, no event loop, no program"
PLAYERS: Final = "only what plays license servers imports the mock"
LOCATE: Final = "judging a way is pure: it never touches the network"


configuration.configure()  # contracts that are checked outside of its command need its settings


@cache
def graph() -> grimp.ImportGraph:
    return grimp.build_graph(*SETTINGS["root_packages"], include_external_packages=True, cache_dir=None)


def keeps(name: str, planted: grimp.ImportGraph) -> bool:
    options = {key: value for key, value in CONTRACTS[name].items() if key not in {"name", "type"}}
    kind = LayersContract if name in LAYERED else ForbiddenContract
    session = {"root_packages": SETTINGS["root_packages"], "include_external_packages": "True"}
    contract = kind(name, session, {key: str(value) if value is True else value for key, value in options.items()})
    return bool(contract.check(planted, verbose=False).kept)


def keeps_with_import(name: str, importer: str, imported: str) -> bool:
    planted = copy.deepcopy(graph())
    planted.add_import(importer=importer, imported=imported)
    return keeps(name, planted)


def layers(name: str) -> list[tuple[list[str], bool]]:
    """Return each layer's modules, top to bottom, and whether they may not import each other either."""
    containers = LAYERED[name].get("containers", [])
    prefix = f"{containers[0]}." if containers else ""
    return [
        ([f"{prefix}{one.strip()}" for one in layer.replace("|", ":").split(":")], ":" not in layer)
        for layer in LAYERED[name]["layers"]
    ]


def modules(name: str) -> list[str]:
    return [module for layer, _ in layers(name) for module in layer]


BELOW: Final = [
    pytest.param(name, index, id=f"{name.split(',')[0].split(':')[0]}-{layers(name)[index][0][0]}")
    for name in LAYERED
    for index in range(1, len(layers(name)))
]


@pytest.mark.parametrize("name", CONTRACTS)
def test_the_sources_keep_the_contract(name: str) -> None:
    assert keeps(name, copy.deepcopy(graph()))


@pytest.mark.parametrize(("name", "index"), BELOW)
def test_no_module_imports_from_a_layer_above(name: str, index: int) -> None:
    above = [module for layer, _ in layers(name)[:index] for module in layer]
    unseen = [
        (importer, imported)
        for importer in layers(name)[index][0]
        for imported in above
        if keeps_with_import(name, importer, imported)
    ]
    assert unseen == []


@pytest.mark.parametrize("name", LAYERED)
def test_modules_side_by_side_do_not_import_each_other(name: str) -> None:
    pairs = [pair for layer, apart in layers(name) if apart for pair in pairwise([*layer, layer[0]]) if len(layer) > 1]
    assert [pair for pair in pairs if keeps_with_import(name, *pair)] == []


@pytest.mark.parametrize("name", FORBIDDING)
def test_no_forbidden_import_passes(name: str) -> None:
    contract = FORBIDDING[name]
    unseen = [
        (importer, imported)
        for importer in contract["source_modules"]
        for imported in contract["forbidden_modules"]
        if keeps_with_import(name, importer, imported)
    ]
    assert unseen == []


@pytest.mark.parametrize("name", [name for name, one in LAYERED.items() if one.get("exhaustive")])
def test_a_new_module_needs_a_layer(name: str) -> None:
    planted = copy.deepcopy(graph())
    planted.add_module(f"{LAYERED[name]['containers'][0]}.newroom")
    assert not keeps(name, planted)


def test_every_room_of_the_house_has_a_place_beside_the_mock() -> None:
    assert sorted(set(modules(MOCK)) - {"lmwire_mockserver"}) == sorted(modules(HOUSE))


def test_no_room_below_the_workflows_is_forgotten_where_the_mock_is_forbidden() -> None:
    below = [module for layer, _ in layers(HOUSE)[next(_at("lmwire.workflows", HOUSE)) + 1 :] for module in layer]
    spoken = next(
        layer for layer, _ in layers(MOCK)[::-1]
    )  # the mock speaks through these: its own contract forbids it
    assert sorted(CONTRACTS[PLAYERS]["source_modules"]) == sorted(set(below) - set(spoken))


def _at(module: str, name: str) -> Iterator[int]:
    return (index for index, (layer, _) in enumerate(layers(name)) if module in layer)


PLANTS: Final = {
    "the mock in a probe": ("src/lmwire/probe/leg.py", "import lmwire_mockserver.server", PLAYERS),
    "a firewall writer in the mock": (
        "mockserver/lmwire_mockserver/server.py",
        "from lmwire.firewall.writers import nftables",
        MOCK,
    ),
    "a renderer in the diagnosis": ("src/lmwire/diagnosis/judge.py", "import lmwire.report", HOUSE),
    "an import inside a function": (
        "src/lmwire/evidence.py",
        "def planted():\n    from lmwire.legs import make_leg",
        HOUSE,
    ),
    "a room without a layer": ("src/lmwire/newroom.py", '"""New."""', HOUSE),
    "a module of captures without a layer": ("src/lmwire/capture/newroom.py", '"""New."""', CAPTURE),
    "a story in the reader of files": (
        "src/lmwire/capture/files/reader.py",
        "from lmwire.capture.story.cases import Case",
        CAPTURE,
    ),
    "a socket in the wire": ("src/lmwire/wire/codec.py", "import socket", PURE),
    "a socket in a judgement of hops": ("src/lmwire/hops/judging.py", "import socket", LOCATE),
}


@pytest.mark.parametrize("plant", PLANTS)
def test_lint_imports_names_the_contract_that_a_planted_import_breaks(plant: str, tmp_path: Path) -> None:
    place, text, broken = PLANTS[plant]
    for folder in ("src", "mockserver"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    with (tmp_path / place).open("a") as file:
        file.write(f"\n\n{text}\n")
    done = subprocess.run(  # noqa: S603 # the linter of this environment
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": f"{tmp_path}/src:{tmp_path}/mockserver", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1, done.stdout
    assert f"{broken} BROKEN" in done.stdout
