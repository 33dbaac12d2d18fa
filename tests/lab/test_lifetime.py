"""However a lab ends, nothing of it is left, also when a learner's program still runs on a machine of it."""

from __future__ import annotations

import os
import select
import signal
import subprocess
from pathlib import Path

import msgspec
import pytest

from lmwire.lab import read_lab
from lmwire.lab.control import shell
from lmwire.lab.records import RunningLab
from lmwire.lab.state import HOME, ended
from tests.cli.running import clean
from tests.lab.playing import lmwire

pytestmark = pytest.mark.network

_SECONDS = 20.0


def _outside() -> tuple[set[str], str, str, str]:
    """What a lab must not change: interfaces, mounts, named namespaces, rules."""
    names, rules = (
        subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603 # these two
        for command in (["ip", "netns", "list"], ["nft", "list", "ruleset"])
    )
    interfaces = {path.name for path in Path("/sys/class/net").iterdir()}
    return interfaces, Path("/proc/self/mountinfo").read_text(encoding="utf-8"), names, rules


def _start(home: Path) -> RunningLab:
    started = lmwire(home, "lab", "start", "nat")
    assert started.returncode == 0, started.stderr
    return msgspec.json.decode((home / "running.json").read_bytes(), type=RunningLab)


def _program(running: RunningLab, home: Path) -> subprocess.Popen[str]:
    """A program that a learner forgot on a machine; it is there once it has said so."""
    argv, more = shell(running, read_lab(running.lab), "edge", ("sh", "-c", "echo here; sleep 1000"))
    program = subprocess.Popen(  # noqa: S603 # in a namespace of the lab
        argv, env=clean(**{HOME: str(home)}, **more), stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert program.stdout is not None
    assert program.stdout.readline() == "here\n"
    return program


def _signal(running: RunningLab, number: signal.Signals) -> None:
    """Send a signal to the lab's process, and wait for its end."""
    daemon = os.pidfd_open(running.pid)
    try:
        signal.pidfd_send_signal(daemon, number)
        assert select.select([daemon], [], [], _SECONDS)[0]
    finally:
        os.close(daemon)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_after_a_signal_the_next_command_cleans_up(number: signal.Signals, tmp_path: Path) -> None:
    before = _outside()
    running = _start(tmp_path)
    with _program(running, tmp_path) as program:
        _signal(running, number)
        assert ended(running)
        assert Path(running.folder).exists()
        listed = lmwire(tmp_path, "lab", "list")
        assert program.wait(_SECONDS) == -signal.SIGKILL
    assert "running" not in listed.stdout
    assert not Path(running.folder).exists()
    assert _outside() == before
    again = _start(tmp_path)
    assert again.pid != running.pid
    assert lmwire(tmp_path, "lab", "stop").returncode == 0


def test_stop_ends_what_runs_on_the_machines(tmp_path: Path) -> None:
    before = _outside()
    running = _start(tmp_path)
    with _program(running, tmp_path) as program:
        stopped = lmwire(tmp_path, "lab", "stop")
        assert program.wait(_SECONDS) == -signal.SIGKILL
    assert (stopped.returncode, stopped.stderr) == (0, "lmwire: lab nat stopped\n")
    assert not Path(running.folder).exists()
    assert ended(running)
    assert _outside() == before


def test_a_program_of_somebody_else_with_the_same_environment_is_left_alone(tmp_path: Path) -> None:
    running = _start(tmp_path)
    with subprocess.Popen(
        ["sleep", "1000"],  # noqa: S607 # outside: in the network of this test
        env={"LMWIRE_LAB": running.folder, "PATH": os.environ["PATH"]},
    ) as program:
        try:
            _signal(running, signal.SIGKILL)
            assert lmwire(tmp_path, "lab", "list").returncode == 0
            assert program.poll() is None
        finally:
            program.kill()
