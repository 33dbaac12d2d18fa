"""docs/architecture.md shows the rooms that import-linter keeps, in the same order."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")


def contract(name: str) -> list[str]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (found,) = [one for one in settings["tool"]["importlinter"]["contracts"] if one["name"] == name]
    return list(found["layers"])


def test_the_table_has_the_layers_of_the_house_in_their_order() -> None:
    table = PAGE.partition("## Rooms")[2].partition("The mock is a package")[0]
    shown = [re.findall(r"`(\w+)`", row) for row in re.findall(r"^\| (`[^|]*) \|", table, re.MULTILINE)]
    layers = [re.findall(r"\w+", layer) for layer in contract("rooms of the house, top to bottom")]
    assert shown == layers


def test_the_rooms_of_a_capture_are_named_in_their_order() -> None:
    paragraph = PAGE.partition("`capture` has rooms of its own")[2].partition("\n\n")[0]
    layers = re.findall(r"\w+", " ".join(contract("rooms of a capture, top to bottom")))
    assert re.findall(r"`(\w+)`", paragraph) == layers


def test_every_module_that_the_page_names_exists() -> None:
    named = re.findall(r"`(diagnosis|probe)\.(\w+)`", PAGE)
    assert named
    for room, module in named:
        folder = ROOT / "src" / "lmwire" / room
        assert (folder / f"{module}.py").exists() or (folder / module).is_dir(), f"{room}.{module}"
