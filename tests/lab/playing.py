"""Labs in their own process, as `lmwire lab start` makes them, each with a home of its own."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from lmwire.lab import Lab, read_lab
from lmwire.lab.control import check, shell
from lmwire.lab.ipc import Grade
from lmwire.lab.state import HOME, RunningLab
from tests.cli.running import COMMAND, clean

__all__ = ["OPEN", "Played", "lmwire", "playing"]

OPEN = "nft flush ruleset"
_SECONDS = 60.0


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
