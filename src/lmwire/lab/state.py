"""What is kept on disk: which lab runs, where its machines are, and what was achieved so far."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Final, TypeVar

import msgspec

__all__ = [
    "FOLDER",
    "Achieved",
    "Running",
    "achieved",
    "forget",
    "home",
    "keep",
    "note_achieved",
    "running",
    "start_identity",
]

HOME: Final = "LMWIRE_LAB_HOME"
FOLDER: Final = "lmwire-lab-"
"""What a lab's own folder is called, in the system's folder for temporary files."""

_RUNNING: Final = "running.json"
_ACHIEVED: Final = "achieved.json"

_T = TypeVar("_T")


class Running(msgspec.Struct, frozen=True, kw_only=True):
    """A lab that is being played.

    Attributes:
        lab, seed: which.
        pid, born: the process that holds its network, and when it was started, since numbers are used again.
        folder: where its servers have their files, its resolvers their names.
        socket: where that process takes orders.
        prefixes: machine → the words before a command that run it there.
        hints: how many were given.
        began: Unix time.
    """

    lab: str
    seed: int
    pid: int
    born: int
    folder: str
    socket: str
    prefixes: dict[str, tuple[str, ...]]
    hints: int = 0
    began: float


class Achieved(msgspec.Struct, frozen=True, kw_only=True):
    """The best that was made of a lab.

    Attributes:
        points: of 100.
        hints: that were needed.
        seconds: from start to the check that succeeded.
        seed: of that run.
    """

    points: int
    hints: int
    seconds: float
    seed: int


def home() -> Path:
    """Return the folder of all this; it need not exist yet."""
    given = os.environ.get(HOME)
    if given:
        return Path(given)
    state = os.environ.get("XDG_STATE_HOME")
    return (Path(state) if state else Path.home() / ".local" / "state") / "lmwire" / "lab"


def running() -> Running | None:
    """Return the lab that is being played, if its process still lives; what is left of a dead one is forgotten."""
    found = _read(_RUNNING, Running)
    if found is not None and start_identity(found.pid) != found.born:
        forget()  # it was killed: the kernel has removed its network, and we remove its files
        return None
    return found


def keep(state: Running) -> None:
    """Write down that this lab is being played."""
    _write(_RUNNING, msgspec.json.encode(state))


def forget() -> None:
    """Write down that none is, and remove the files of the one that was."""
    found = _read(_RUNNING, Running)
    if found is not None and Path(found.folder).name.startswith(FOLDER):
        shutil.rmtree(found.folder, ignore_errors=True)
    (home() / _RUNNING).unlink(missing_ok=True)


def achieved() -> dict[str, Achieved]:
    """Return lab → the best that was made of it."""
    return _read(_ACHIEVED, dict[str, Achieved]) or {}


def note_achieved(lab: str, new: Achieved) -> None:
    """Keep a result, if it is better than the one before."""
    known = achieved()
    if lab not in known or known[lab].points < new.points:
        _write(_ACHIEVED, msgspec.json.encode({**known, lab: new}))


def start_identity(pid: int) -> int:
    """Return when a process was started, in the kernel's ticks; 0 when there is none."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="latin-1")
    except OSError:
        return 0
    return int(text.rpartition(")")[2].split()[19])


def _read(name: str, kind: type[_T]) -> _T | None:
    try:
        return msgspec.json.decode((home() / name).read_bytes(), type=kind)
    except (OSError, msgspec.DecodeError):  # none, or damaged: then there is nothing to rely on
        return None


def _write(name: str, data: bytes) -> None:
    """Write a file in one step, so that nobody ever reads half of it."""
    folder = home()
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=folder, delete=False) as file:
        file.write(data)
    Path(file.name).replace(folder / name)
