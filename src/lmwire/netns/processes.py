"""The processes that run inside a namespace, none of which outlives it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from pathlib import Path

__all__ = ["end", "end_strays"]

_SECONDS = 5.0


def end(process: subprocess.Popen[str]) -> None:
    """Kill `process` with its process group, wait for it, and close its pipes."""
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(_SECONDS)
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream is not None:
            with contextlib.suppress(OSError):  # what was buffered has no reader any more
                stream.close()


def end_strays(net: int) -> None:
    """Kill the other processes in the network namespace of descriptor `net`: those that left their process group."""
    wanted = os.fstat(net)
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal() and int(entry.name) != os.getpid() and _is_inside(entry, wanted):
            _kill(entry, wanted)


def _is_inside(process: Path, wanted: os.stat_result) -> bool:
    try:
        return os.path.samestat((process / "ns/net").stat(), wanted)
    except OSError:  # it ended, or belongs to another user
        return False


def _kill(process: Path, wanted: os.stat_result) -> None:
    # The descriptor pins the process. If another process had taken the number, the second check would fail.
    with contextlib.suppress(ProcessLookupError):
        descriptor = os.pidfd_open(int(process.name))
        try:
            if _is_inside(process, wanted):
                signal.pidfd_send_signal(descriptor, signal.SIGKILL)
        finally:
            os.close(descriptor)
