"""Start a lab, send it commands, stop it: the work of the `lmwire lab` commands, without their output."""

from __future__ import annotations

import contextlib
import difflib
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from lmwire.lab import state
from lmwire.lab.catalogue import read_lab
from lmwire.lab.errors import LabError
from lmwire.lab.ipc import Grade, LabCommand, LabReply, Terms
from lmwire.lab.model import ALL, COSTS, LICENSE, Lab
from lmwire.lab.records import RunningLab
from lmwire.text import printable

__all__ = [
    "check",
    "environment",
    "hint",
    "machine",
    "measure",
    "playing",
    "points",
    "reset",
    "restart",
    "shell",
    "start",
    "stop",
]

_READY_SECONDS: Final = 60.0
_ANSWER_SECONDS: Final = 90.0
_END_SECONDS: Final = 20.0
_SAID: Final = "daemon.log"
_RC: Final = "bashrc"
_MOSEK: Final = "MOSEKLM"
"""The vendor daemon of the client in the wheel `mosek`, which reads its own variable only."""

_ANEW: Final = "run `lmwire lab stop`, then start the lab again"


def playing() -> tuple[RunningLab, Lab]:
    """Return the running lab. Raises LabError when none runs."""
    running = state.running()
    if running is None:
        raise LabError("no lab is running", "run `lmwire lab start vendor-port`; `lmwire lab list` shows all labs")
    return running, read_lab(running.lab, running.seed)


def start(name: str, seed: int, *, exam: bool = False, began: float | None = None) -> tuple[RunningLab, Lab]:
    """Start a lab in a separate process, which continues when this one ends.

    Args:
        name: the lab, as for `read_lab`.
        seed: chooses its values.
        exam: withhold hints and verdicts until it is stopped.
        began: Unix time, when its clock runs already.

    Raises:
        LabError: the lab does not exist; another lab is running; or this machine cannot run it.
    """
    lab = read_lab(name, seed)
    with state.alone():
        other = state.running()
        if other is not None:
            raise LabError(f"the lab {printable(other.lab, 200)} is already running", "stop it with `lmwire lab stop`")
        hints = state.hints_given(lab.source, seed)
        running = _start_daemon(lab, Terms(hints=hints, exam=exam, began=began or time.time()))
        state.keep(running)
    return running, lab


def reset(running: RunningLab) -> tuple[RunningLab, Lab]:
    """Build the running lab anew, broken as at first. Its clock runs on, and hints stay given."""
    stop()
    return start(running.lab, running.seed, exam=running.exam, began=running.began)


def _start_daemon(lab: Lab, terms: Terms) -> RunningLab:
    folder = Path(tempfile.mkdtemp(prefix=state.FOLDER))
    with (folder / _SAID).open("wb") as said:
        daemon = subprocess.Popen(  # noqa: S603 # our own
            # -P: a folder of the working directory is not a package of ours.
            [sys.executable, "-P", "-m", "lmwire.lab", lab.source, str(lab.seed), str(folder), _text(terms)],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},  # a zipapp is on no other path
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=said,
            start_new_session=True,
        )
    try:
        return _ready(daemon, folder)
    except BaseException:
        daemon.kill()
        daemon.wait()
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _text(terms: Terms) -> str:
    return msgspec.json.encode(terms).decode()


def _ready(daemon: subprocess.Popen[bytes], folder: Path) -> RunningLab:
    assert daemon.stdout is not None  # noqa: S101 # requested above
    with daemon.stdout as said:
        line = said.readline() if select.select([said], [], [], _READY_SECONDS)[0] else b""
    try:
        return msgspec.json.decode(line, type=RunningLab)
    except msgspec.DecodeError:
        pass
    try:
        reason = msgspec.json.decode(line, type=dict[str, str])["wrong"]
    except (msgspec.DecodeError, KeyError):
        last = (folder / _SAID).read_text(encoding="utf-8", errors="replace").strip().rpartition("\n")[2]
        reason = f"its process exited: {printable(last, 300)}" if last else "it was not ready in time"
    raise LabError(f"the lab cannot run on this machine: {reason}")


def stop() -> str:
    """Stop the running lab and all programs on its machines, and return its name.

    Raises:
        LabError: no lab is running; or this program runs on one of its machines.
    """
    running = state.running()
    if running is None:
        raise LabError("no lab is running")
    if os.environ.get(state.MARK) == running.folder:
        raise LabError(
            "this shell is on a machine of the lab, and stopping the lab would end it", "leave it first: `exit`"
        )
    with contextlib.suppress(LabError):  # it may already be stopping
        _tell(running, LabCommand("stop"))
    deadline = time.monotonic() + _END_SECONDS
    while not state.ended(running) and time.monotonic() < deadline:
        time.sleep(0.05)
    if not state.ended(running):
        with contextlib.suppress(ProcessLookupError):
            os.kill(running.pid, signal.SIGKILL)
    state.forget()
    return running.lab


def check(running: RunningLab) -> Grade:
    """Grade the repair. Raises LabError when the lab does not answer, or for an exam."""
    grade, _ = measure(running)
    if grade is None:
        raise LabError("an exam tells its result when it is stopped")
    return grade


def measure(running: RunningLab, *, finish: bool = False) -> tuple[Grade | None, Terms]:
    """Check the repair; `finish` ends an exam.

    Returns:
        The grade, None in an exam that goes on; and how the lab was played.

    Raises:
        LabError: the lab does not answer.
    """
    answer = _tell(running, LabCommand("finish" if finish else "check"))
    if answer.terms is None:
        raise LabError(f"the lab could not be checked: {answer.wrong or 'it sent no grade'}", _ANEW)
    return answer.grade, answer.terms


def restart(running: RunningLab, name: str) -> LabReply:
    """Restart a server's license service, all services, or the name servers; return the lab's answer.

    Raises:
        LabError: `name` is unknown, or a file cannot be read.
    """
    answer = _tell(running, LabCommand("restart", name))
    if answer.wrong:
        raise LabError(answer.wrong)
    return answer


def hint(running: RunningLab, lab: Lab) -> tuple[int, str]:
    """Return the next hint: its number, from 1, and its text. Raises LabError after the last one, and in an exam."""
    if running.hints >= len(lab.hints):
        raise LabError(
            "there are no more hints", "`lmwire lab check` shows the remaining problems; ask your trainer for the rest"
        )
    answer = _tell(running, LabCommand("hint"))
    if answer.terms is None:
        raise LabError(answer.wrong or "the lab gave no hint")
    number = answer.terms.hints
    state.note_hints(running.lab, running.seed, number)
    state.keep(msgspec.structs.replace(running, hints=number))
    return number, lab.hints[number - 1]


def points(hints: int) -> int:
    """Return the points of a repair after this number of hints."""
    return ALL - sum(COSTS[:hints])


def machine(running: RunningLab, lab: Lab, name: str) -> str:
    """Return the machine `name`; "client", "router" and "server" mean the first machine of that kind.

    Raises:
        LabError: no machine has the name; the hint lists the machines.
    """
    kinds = {"client": lab.clients, "router": [each.name for each in lab.plan.routers]}
    kinds["server"] = [each.name for each in lab.plan.servers if each.name not in lab.down]
    if name in running.prefixes:
        return name
    if kinds.get(name):
        return kinds[name][0]
    near = difflib.get_close_matches(name, (*running.prefixes, *kinds), 1)
    there = f"the machines are {', '.join(running.prefixes)}"
    raise LabError(f"no machine is called {printable(name, 60)}", f"write {near[0]}; {there}" if near else there)


def shell(running: RunningLab, lab: Lab, name: str, command: tuple[str, ...]) -> tuple[list[str], dict[str, str]]:
    """Return the command line of a shell, or of a command, on a machine, and the environment variables to add."""
    folder = Path(running.folder)
    own = folder / name
    more = {state.MARK: running.folder}
    aims = lab.aims().get(name)
    if aims:
        more["LM_LICENSE_FILE"] = aims[0].target
        if _MOSEK in aims[0].vendors:
            more[f"{_MOSEK}_LICENSE_FILE"] = aims[0].target
    words = list(command[1:] if command[:1] == ("--",) else command) or _shell(folder, lab, name)
    # A process that enters another mount namespace starts at its root.
    there = ["sh", "-c", 'cd "$0" && exec "$@"', str(own if (own / LICENSE).exists() else folder)]
    return [*running.prefixes[name], *there, *words], more


def _shell(folder: Path, lab: Lab, name: str) -> list[str]:
    bash = shutil.which("bash")
    if bash is None:
        return ["sh"]
    rc = folder / f"{_RC}-{name}"
    rc.write_text(f'[ -f ~/.bashrc ] && . ~/.bashrc\nPS1="(lab {lab.id}) {name}# "\n', encoding="utf-8")
    return [bash, "--rcfile", str(rc), "-i"]


def _tell(running: RunningLab, order: LabCommand) -> LabReply:
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(_ANSWER_SECONDS)
            connection.connect(running.socket)
            connection.sendall(msgspec.json.encode(order) + b"\n")
            with connection.makefile("rb") as answer:
                return msgspec.json.decode(answer.readline(), type=LabReply)
    except (OSError, msgspec.DecodeError) as error:
        raise LabError(f"the lab does not answer: {error}", _ANEW) from error


def environment(now: Mapping[str, str], more: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a shell: this process's, without its license paths."""
    kept = {name: value for name, value in now.items() if not name.endswith(("LICENSE_FILE", "LIC_FILE"))}
    return {**kept, **more}
