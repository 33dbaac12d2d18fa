"""The files that labs keep on disk: the running lab, its machines, and the results so far."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import shutil
import signal
import stat
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from lmwire.lab.errors import LabError
from lmwire.lab.model import COSTS
from lmwire.lab.records import Achieved, RunningLab, seal_of
from lmwire.text import printable

__all__ = [
    "FOLDER",
    "MARK",
    "achieved",
    "alone",
    "ended",
    "forget",
    "forget_results",
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
"""The name of a lab's folder in the system's temporary folder."""

MARK: Final = "LMWIRE_LAB"
"""The environment variable of a lab's shells that has the lab's folder."""

_RUNNING: Final = "running.json"
_ACHIEVED: Final = "achieved.json"
_HINTS: Final = "hints.json"
_SEAL: Final = "seal"
_LOCK: Final = "lock"

_OTHERS_WRITE: Final = stat.S_IWGRP | stat.S_IWOTH

_DEAD: Final = frozenset("ZX")  # proc_pid_stat(5): a zombie or dead process
_STARTED: Final = 18  # proc_pid_stat(5); counted from the field after the state

_T = TypeVar("_T")


def home() -> Path:
    """Return the folder of these files; it may not exist yet."""
    given = os.environ.get(HOME)
    if given:
        return Path(given)
    state = os.environ.get("XDG_STATE_HOME")
    return (Path(state) if state else Path.home() / ".local" / "state") / "lmwire" / "lab"


def running() -> RunningLab | None:
    """Return the running lab, if its process still runs. Remove the traces of a dead one."""
    found = _read(_RUNNING, RunningLab)
    if found is not None and ended(found):
        forget()
        return None
    return found


def ended(running: RunningLab) -> bool:
    """Whether the process with its network has ended."""
    return start_identity(running.pid) != running.born


def keep(state: RunningLab) -> None:
    """Record the running lab."""
    _write(_RUNNING, msgspec.json.encode(state))


def forget() -> None:
    """Record that no lab runs, and remove the last one's files and the programs in its shells.

    A lab's process removes its machines when it ends. If it was killed, the kernel removes them, except machines on
    which a program of the learner still runs. This function finds such programs by their environment and kills them.
    """
    found = _read(_RUNNING, RunningLab)
    if found is not None and Path(found.folder).name.startswith(FOLDER):
        _end_programs(found.folder)
        shutil.rmtree(found.folder, ignore_errors=True)
    (home() / _RUNNING).unlink(missing_ok=True)


def _end_programs(folder: str) -> None:
    """Kill the programs in the lab's shells. It spares programs in this process's own network."""
    mark = f"{MARK}={folder}".encode()
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal() and _is_marked(entry, mark):
            # The descriptor fixes the process; the second look detects a reused pid.
            with contextlib.suppress(ProcessLookupError), _pinned(int(entry.name)) as descriptor:
                if _is_marked(entry, mark):
                    signal.pidfd_send_signal(descriptor, signal.SIGKILL)


def _is_marked(process: Path, mark: bytes) -> bool:
    try:
        here = os.path.samestat((process / "ns/net").stat(), Path("/proc/self/ns/net").stat())
        return not here and mark in (process / "environ").read_bytes().split(b"\0")
    except OSError:  # it ended, or belongs to another user
        return False


@contextlib.contextmanager
def _pinned(pid: int) -> Iterator[int]:
    descriptor = os.pidfd_open(pid)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def achieved() -> dict[str, Achieved]:
    """Return lab → its best result; without results that were changed by hand."""
    found = _read(_ACHIEVED, dict[str, Achieved]) or {}
    return {lab: each for lab, each in found.items() if each.is_sealed(lab)}


def note_achieved(lab: str, new: Achieved) -> None:
    """Keep a result if it has more points than the last one, or as many in less time."""
    known = achieved()
    best = known.get(lab)
    if best is None or (best.points, -best.seconds) < (new.points, -new.seconds):
        _write(_ACHIEVED, msgspec.json.encode({**known, lab: new.sealed(lab)}))


def hints_given(lab: str, seed: int) -> int:
    """Return the number of hints ever given for a lab with this seed. A new start does not reset it.

    Where the file was changed by hand, all hints count as given.
    """
    known = _read(_HINTS, dict[str, int | str]) or {}
    given = known.get(f"{lab} {seed}", 0)
    if not isinstance(given, int) or known.get(_SEAL, _seal_of({})) != _seal_of(known):
        return len(COSTS)
    return given


def note_hints(lab: str, seed: int, hints: int) -> None:
    """Record the number of hints given."""
    known = {**(_read(_HINTS, dict[str, int | str]) or {}), f"{lab} {seed}": hints}
    _write(_HINTS, msgspec.json.encode({**known, _SEAL: _seal_of(known)}))


def _seal_of(hints: Mapping[str, int | str]) -> str:
    return seal_of(sorted((name, given) for name, given in hints.items() if name != _SEAL))


def forget_results() -> None:
    """Forget all points and hints."""
    for name in (_ACHIEVED, _HINTS):
        (home() / name).unlink(missing_ok=True)


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Prevent other commands of this user from starting a lab. Raises LabError when one is already starting."""
    folder = _own_home()
    with _writable(folder):
        descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "rb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LabError("another lab is starting", "`lmwire lab story` shows it when it is ready") from None
        yield


@contextlib.contextmanager
def _writable(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        hint = f"set {HOME} to a folder that you can write to"
        raise LabError(f"{printable(str(folder), 200)} cannot be written: {error.strerror}", hint) from error


def start_identity(pid: int) -> int:
    """Return the start time of a process in kernel ticks; 0 for no process or a zombie."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="latin-1")
    except OSError:
        return 0
    state, *rest = text.rpartition(")")[2].split()
    return 0 if state in _DEAD else int(rest[_STARTED])


def _read(name: str, kind: type[_T]) -> _T | None:
    file = home() / name
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise _untrusted(file, "is a symbolic link") from None
        return None
    with os.fdopen(descriptor, "rb") as opened:
        _trust(home(), home().stat())
        _trust(file, os.fstat(descriptor))
        try:
            return msgspec.json.decode(opened.read(), type=kind)
        except (OSError, msgspec.DecodeError):  # damaged: treat it as empty
            return None


def _write(name: str, data: bytes) -> None:
    """Write a file atomically, so that no reader sees half of it. Raises LabError when it cannot be written."""
    folder = _own_home()
    with _writable(folder):
        with tempfile.NamedTemporaryFile(dir=folder, delete=False) as file:
            file.write(data)
        Path(file.name).replace(folder / name)


def _own_home() -> Path:
    """Return the folder, made where there is none. Raises LabError when it is not this user's alone."""
    folder = home()
    with _writable(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.stat()
    _trust(folder, found)
    return folder


def _trust(path: Path, found: os.stat_result) -> None:
    """Raise LabError unless only this user can have written `path`: what it says is run and killed as this user."""
    if found.st_uid != os.geteuid():
        raise _untrusted(path, "belongs to another user")
    if found.st_mode & _OTHERS_WRITE:
        raise _untrusted(path, "can be written by other users")


def _untrusted(path: Path, why: str) -> LabError:
    hint = f"remove it, or set {HOME} to a folder that only you can write to"
    return LabError(f"{printable(str(path), 200)} {why}: lmwire does not use it", hint)
