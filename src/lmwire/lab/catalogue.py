"""Read labs from their folders: those that come with lmwire, and the user's own."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterator
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

import msgspec

from lmwire.diagnosis import SPECS
from lmwire.evidence import is_address
from lmwire.lab.errors import LabError
from lmwire.lab.model import NAMES, Lab, LabFile
from lmwire.lab.seed_values import fill, values
from lmwire.ports import MAX_PORT
from lmwire.ruletest import PlanError, parse_plan, require_network
from lmwire.text import file_trouble, printable
from lmwire.toml_trouble import toml_trouble
from lmwire_mockserver.errors import MockError
from lmwire_mockserver.scenario import scenario

__all__ = ["labs", "problems", "read_lab"]

_FILES: Final = ("lab.toml", "plan.toml")


def labs() -> tuple[str, ...]:
    """Return the ids of all labs of lmwire, the easiest first."""
    return tuple(_folders())


def _folders() -> dict[str, Traversable]:
    """Return id → folder; the folders are numbered by difficulty."""
    home = resources.files("lmwire.lab") / "labs"
    named = sorted((each for each in home.iterdir() if each.is_dir()), key=lambda each: each.name)
    return {each.name.partition("-")[2]: each for each in named if each.name[0].isdigit()}


def read_lab(name: str, seed: int = 0) -> Lab:
    """Return a lab with the values that `seed` chooses.

    Args:
        name: the id of a lab of lmwire; or, with a slash in it, your own folder.
        seed: chooses names, addresses and ports.

    Raises:
        LabError: the lab does not exist, or its files are wrong.
    """
    if os.sep in name or name in {os.curdir, os.pardir}:
        path = Path(name).resolve()
        return _read(path, path.name, str(path), seed)
    folder = _folders().get(name)
    if folder is None:
        near = difflib.get_close_matches(name, labs(), 1)
        hint = f"write {near[0]}" if near else "`lmwire lab list` shows all labs"
        raise LabError(f"no lab is called {printable(name, 60)}", hint)
    return _read(folder, name, name, seed)


def _read(folder: Traversable, name: str, source: str, seed: int) -> Lab:
    known, texts = values(seed), []
    for file in _FILES:
        try:
            texts.append(fill((folder / file).read_text(encoding="utf-8"), known))
        except OSError as error:
            raise LabError(file_trouble(f"{printable(source, 200)}/{file}", error)) from error
        except UnicodeDecodeError as error:
            raise _wrong(source, file, f"is not UTF-8 at byte {error.start}; save it as UTF-8") from error
        except KeyError as error:
            raise _wrong(source, file, f"<{error.args[0]}> is not a placeholder; use <{'>, <'.join(known)}>") from error
    try:
        decoded = msgspec.toml.decode(texts[0], type=LabFile)
        plan = parse_plan(texts[1], f"{printable(source, 200)}/plan.toml")
        require_network(plan, Path(source) / _FILES[1])
    except msgspec.DecodeError as error:
        raise _wrong(source, _FILES[0], toml_trouble(str(error), texts[0])) from error
    except PlanError as error:
        raise LabError("; ".join((error.sentence, *error.details()))) from error
    lab = Lab(id=name, source=source, seed=seed, plan=plan, **msgspec.structs.asdict(decoded))
    if found := list(problems(lab)):
        raise _wrong(source, _FILES[0], "; ".join(found))
    return lab


def _wrong(source: str, file: str, what: str) -> LabError:
    return LabError(f"{printable(source, 200)}/{file}: {printable(what, 600)}")


def problems(lab: Lab) -> Iterator[str]:
    """Yield the contradictions between a lab and its plan; each starts with the key."""
    plan = lab.plan
    zones, routers, servers = ([each.name for each in kind] for kind in (plan.zones, plan.routers, plan.servers))
    machines = [*zones, *routers, *servers]
    yield from (f"plan: two machines have the name {name}" for name in set(machines) if machines.count(name) > 1)
    yield from (f"plan: a server must not have the name {NAMES}" for name in servers if name == NAMES)
    for key, names, there in (
        ("broken", lab.broken, lab.clients),
        ("unpinned", lab.unpinned, servers),
        ("down", lab.down, servers),
        ("services", [each.on for each in lab.services], machines),
        ("closed", [each.zone for each in lab.closed], zones),
        ("unannounced", [each.zone for each in lab.unannounced], zones),
        ("names", [each.zone for each in lab.names], zones),
        ("half", [each.on for each in lab.half], lab.machines),
        ("solution", [each.on for each in lab.solution], lab.machines),
    ):
        yield from (f"{key}: {name} is not one of {', '.join(there)}" for name in names if name not in there)
    ports = [each.port for each in lab.services] + [port for each in lab.closed for port in each.ports]
    yield from (f"services, closed: {port} is not a port" for port in ports if not 0 < port <= MAX_PORT)
    known = {*zones, *servers}
    yield from (
        f"unannounced: {each.address} is not an address, a zone or a server"
        for each in lab.unannounced
        if each.address not in known and not is_address(each.address)
    )
    yield from (f"broken: {verdict} is not a verdict" for verdict in lab.broken.values() if verdict not in SPECS)
    if lab.scenario:
        try:
            scenario(lab.scenario)
        except MockError as error:
            yield f"scenario: {error.one_line}"
