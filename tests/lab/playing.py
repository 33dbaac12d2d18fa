"""Labs in their own process, as `lmwire lab start` makes them, each with a home of its own."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from lmwire.lab import Lab, read_lab
from lmwire.lab.control import check, shell
from lmwire.lab.daemon import LabDaemon
from lmwire.lab.ipc import Grade, LabCommand
from lmwire.lab.records import RunningLab
from lmwire.lab.state import HOME
from tests.cli.running import COMMAND, clean

__all__ = ["OPEN", "Played", "PlayedHere", "lmwire", "playing", "playing_here"]

OPEN = "nft flush ruleset"
_SECONDS = 30.0


def lmwire(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 # ours
        [*COMMAND, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=clean(**{HOME: str(home)}),
        timeout=_SECONDS,
        stdin=subprocess.DEVNULL,
    )


@dataclass(frozen=True)
class Played:
    lab: Lab
    running: RunningLab
    home: Path

    def run(self, machine: str, *command: str) -> subprocess.CompletedProcess[str]:
        argv, more = shell(self.running, self.lab, machine, command)
        environment = clean(**{HOME: str(self.home)}, **more)
        return subprocess.run(  # noqa: S603 # in a namespace of the lab
            argv, env=environment, capture_output=True, text=True, check=False, timeout=_SECONDS
        )

    def check(self) -> Grade:
        return check(self.running)


@dataclass(frozen=True)
class PlayedHere(Played):
    """A lab whose process is this one: without the seconds that commands take to start."""

    daemon: LabDaemon

    def run(self, machine: str, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command there; what it orders of the lab's process is done after it."""
        quiet = [re.sub(r"lmwire lab restart( dns)?", "true", word) for word in command]
        ours = f"{shlex.join(COMMAND)} "
        done = super().run(machine, *(re.sub(r"(?<![\w/-])lmwire (?=mock|license)", ours, word) for word in quiet))
        text = " ".join(command)
        if "lmwire lab restart" in text:
            answer = self.daemon.obey(LabCommand("restart", "dns" if "lab restart dns" in text else ""))
            assert not answer.wrong, answer.wrong
        return done

    def check(self) -> Grade:
        answer = self.daemon.obey(LabCommand("check"))
        assert answer.grade is not None, answer.wrong
        return answer.grade


@contextlib.contextmanager
def playing_here(name: str, seed: int, folder: Path) -> Iterator[PlayedHere]:
    folder.mkdir()
    lab = read_lab(name, seed)
    with LabDaemon(lab, folder) as daemon:
        running = RunningLab(
            lab=lab.source,
            seed=seed,
            pid=os.getpid(),
            born=0,
            folder=str(folder),
            socket="",
            prefixes={machine: daemon.nodes[machine].prefix for machine in lab.machines},
            began=0.0,
        )
        yield PlayedHere(lab, running, folder, daemon)


@contextlib.contextmanager
def playing(name: str, seed: int, home: Path) -> Iterator[Played]:
    started = lmwire(home, "lab", "start", name, "--seed", str(seed))
    assert started.returncode == 0, started.stderr
    try:
        running = msgspec.json.decode((home / "running.json").read_bytes(), type=RunningLab)
        yield Played(read_lab(running.lab, seed), running, home)
    finally:
        stopped = lmwire(home, "lab", "stop")
    assert stopped.returncode == 0, stopped.stderr
