"""The labs that come with lmwire, read from their folders."""

from __future__ import annotations

import difflib
from importlib import resources
from importlib.resources.abc import Traversable

import msgspec

from lmwire.firewalltest import parse_plan
from lmwire.lab.errors import LabError
from lmwire.lab.model import Lab, LabFile
from lmwire.lab.values import fill, values
from lmwire.text import printable

__all__ = ["labs", "read_lab"]


def labs() -> tuple[str, ...]:
    """Return the ids of all labs, the easiest first."""
    return tuple(_folders())


def _folders() -> dict[str, Traversable]:
    """Return id → folder; the folders are numbered by difficulty."""
    home = resources.files("lmwire.lab") / "labs"
    named = sorted((each for each in home.iterdir() if each.is_dir()), key=lambda each: each.name)
    return {each.name.partition("-")[2]: each for each in named if each.name[0].isdigit()}


def read_lab(name: str, seed: int = 0) -> Lab:
    """Return a lab as `seed` makes it.

    Raises:
        LabError: there is no such lab.
    """
    folder = _folders().get(name)
    if folder is None:
        near = difflib.get_close_matches(name, labs(), 1)
        hint = f"did you mean {near[0]}?" if near else "`lmwire lab list` shows all"
        raise LabError(f"no lab is called {printable(name, 60)}", hint)
    known = values(seed)
    text, plan = (fill((folder / each).read_text(encoding="utf-8"), known) for each in ("lab.toml", "plan.toml"))
    file = msgspec.toml.decode(text, type=LabFile)
    return Lab(id=name, seed=seed, plan=parse_plan(plan, f"{name}/plan.toml"), **msgspec.structs.asdict(file))
