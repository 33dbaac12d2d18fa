"""Starts and ends the process of a client: on this machine, or wherever a test wants it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Sequence
from typing import Protocol

__all__ = ["Popen", "end", "start_here"]


class Popen(Protocol):
    """What starts a program in a session of its own, with text streams; `Namespace.popen` is one."""

    def __call__(
        self, argv: Sequence[str], /, *, cwd: str, env: dict[str, str], stdout: int, stderr: int
    ) -> subprocess.Popen[str]: ...


def start_here(
    argv: Sequence[str], /, *, cwd: str, env: dict[str, str], stdout: int, stderr: int
) -> subprocess.Popen[str]:
    return subprocess.Popen(  # noqa: S603 - a program of the harness or of a test
        argv,
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=stderr,
        text=True,
        start_new_session=True,
    )


def end(process: subprocess.Popen[str]) -> None:
    """Kill the process and its session, if they still run."""
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()
