"""One promised figure, and how it is printed."""

from __future__ import annotations

import atexit
import functools
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

__all__ = ["Figure", "Process", "environment", "lmwire", "median_of", "run"]


@dataclass(frozen=True, slots=True)
class Figure:
    """What was measured, what was promised, and whether the one keeps the other."""

    name: str
    measured: str
    goal: str
    met: bool

    def __str__(self) -> str:
        return (
            f"{'met    ' if self.met else 'NOT MET'}  {self.name}\n         measured {self.measured}; goal {self.goal}"
        )


@dataclass(frozen=True, slots=True)
class Process:
    """One run of a whole process: wall seconds, peak resident megabytes, exit status, what it printed."""

    seconds: float
    megabytes: float
    status: int
    output: str


def lmwire(*arguments: str) -> list[str]:
    """Return the command line of lmwire under this very Python."""
    return [sys.executable, "-m", "lmwire", *arguments]


@functools.cache
def environment() -> dict[str, str]:
    """Return an environment in which Python keeps its bytecode, as it does for an installed package."""
    cache = tempfile.mkdtemp(prefix="lmwire-benchmark-")
    atexit.register(shutil.rmtree, cache, ignore_errors=True)
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return kept | {"PYTHONPYCACHEPREFIX": cache}


def run(command: Sequence[str]) -> Process:
    """Run `command` to its end, and account for it by the operating system's own figures."""
    env = environment()
    began = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=env) as process:
        output = process.stdout.read() if process.stdout else ""
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - began
    return Process(seconds, usage.ru_maxrss / 1024, process.returncode, output)


def median_of(count: int, measure: Callable[[], float]) -> float:
    """Return the median of `count` measurements, after one that is not counted."""
    measure()
    return statistics.median(measure() for _ in range(count))
