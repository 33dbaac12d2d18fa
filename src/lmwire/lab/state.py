"""What is kept on disk: which lab runs, where its machines are, and what was achieved so far."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from lmwire.lab.errors import LabError
from lmwire.text import printable

__all__ = [
    "FOLDER",
    "MARK",
    "Achieved",
    "Running",
    "achieved",
    "alone",
    "ended",
    "forget",
    "hints_given",
    "home",
    "keep",
    "note_achieved",
    "note_hints",
    "running",
    "start_identity",
]

HOME: Final = "LMWIRE_LAB_HOME"
FOLDER: Final = "lmwire-lab-"
"""What a lab's own folder is called, in the system's folder for temporary files."""

MARK: Final = "LMWIRE_LAB"
"""In the environment of all that runs in a lab's shells: the lab's folder."""

_RUNNING: Final = "running.json"
_ACHIEVED: Final = "achieved.json"
_HINTS: Final = "hints.json"
_LOCK: Final = "lock"

_DEAD: Final = frozenset("ZX")  # proc_pid_stat(5): nobody has asked for its exit status yet
_STARTED: Final = 18  # the same; counted from the field after the state

_T = TypeVar("_T")


class Running(msgspec.Struct, frozen=True, kw_only=True):
    """A lab that is being played.

    Attributes:
        lab, seed: which; the lab as `lmwire lab start` was told, its folder made absolute.
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
    if found is not None and ended(found):
        forget()
        return None
    return found


def ended(running: Running) -> bool:
    """Whether the process that held its network is no more, however it came to its end."""
    return start_identity(running.pid) != running.born


def keep(state: Running) -> None:
    """Write down that this lab is being played."""
    _write(_RUNNING, msgspec.json.encode(state))


def forget() -> None:
    """Write down that none is, and remove what is left of the one that was: files, and programs in its shells.

    Its process removes its machines when it ends. When it was killed, the kernel does, but for those machines in which
    a program of the learner still runs: these programs are killed here, and known by their environment.
    """
    found = _read(_RUNNING, Running)
    if found is not None and Path(found.folder).name.startswith(FOLDER):
        _end_programs(found.folder)
        shutil.rmtree(found.folder, ignore_errors=True)
    (home() / _RUNNING).unlink(missing_ok=True)


def _end_programs(folder: str) -> None:
    """Kill what runs in the lab's shells. A program in this process's own network is none of them."""
    mark = f"{MARK}={folder}".encode()
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal() and _is_marked(entry, mark):
            # The descriptor pins the process: had the number been given away meanwhile, the second look would tell.
            with contextlib.suppress(ProcessLookupError), _pinned(int(entry.name)) as descriptor:
                if _is_marked(entry, mark):
                    signal.pidfd_send_signal(descriptor, signal.SIGKILL)


def _is_marked(process: Path, mark: bytes) -> bool:
    try:
        here = os.path.samestat((process / "ns/net").stat(), Path("/proc/self/ns/net").stat())
        return not here and mark in (process / "environ").read_bytes().split(b"\0")
    except OSError:  # it ended, or is not ours to look at
        return False


@contextlib.contextmanager
def _pinned(pid: int) -> Iterator[int]:
    descriptor = os.pidfd_open(pid)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def achieved() -> dict[str, Achieved]:
    """Return lab → the best that was made of it."""
    return _read(_ACHIEVED, dict[str, Achieved]) or {}


def note_achieved(lab: str, new: Achieved) -> None:
    """Keep a result, if it is better than the one before."""
    known = achieved()
    if lab not in known or known[lab].points < new.points:
        _write(_ACHIEVED, msgspec.json.encode({**known, lab: new}))


def hints_given(lab: str, seed: int) -> int:
    """Return how many hints were given for a lab with this seed, ever: they can't be unread by starting it anew."""
    return (_read(_HINTS, dict[str, int]) or {}).get(f"{lab} {seed}", 0)


def note_hints(lab: str, seed: int, hints: int) -> None:
    """Write down how many hints were given."""
    _write(_HINTS, msgspec.json.encode({**(_read(_HINTS, dict[str, int]) or {}), f"{lab} {seed}": hints}))


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Keep others of this user from starting a lab meanwhile. Raises LabError when one is about to."""
    folder = home()
    with _writable(folder):
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / _LOCK).open("wb")
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LabError("a lab is just being started", "`lmwire lab story` shows it when it is there") from None
        yield


@contextlib.contextmanager
def _writable(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        hint = f"set {HOME} to a folder in which you may write"
        raise LabError(f"{printable(str(folder), 200)} can't be written: {error.strerror}", hint) from error


def start_identity(pid: int) -> int:
    """Return when a process was started, in the kernel's ticks; 0 when there is none, or only its exit status."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="latin-1")
    except OSError:
        return 0
    state, *rest = text.rpartition(")")[2].split()
    return 0 if state in _DEAD else int(rest[_STARTED])


def _read(name: str, kind: type[_T]) -> _T | None:
    try:
        return msgspec.json.decode((home() / name).read_bytes(), type=kind)
    except (OSError, msgspec.DecodeError):  # none, or damaged: then there is nothing to rely on
        return None


def _write(name: str, data: bytes) -> None:
    """Write a file in one step, so that nobody ever reads half of it. Raises LabError when it can't be written."""
    folder = home()
    with _writable(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, delete=False) as file:
            file.write(data)
        Path(file.name).replace(folder / name)
