"""Whatever a server does: a verdict within the deadline, 64 MB more than idle at most, nothing raw, nothing run."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from lmwire.diagnosis import SPECS
from tests.hostile.servers import HOSTILE, serving

pytestmark = pytest.mark.slow

MORE_THAN_IDLE = 64 * 1024  # kilobytes
DEADLINE = 16.0  # connect 4 s, answer 10 s, and the start of a process on a busy machine


@dataclass(frozen=True)
class Run:
    seconds: float
    kilobytes: int
    status: int
    out: str
    err: str


def _run(target: str, tmp_path: Path, options: tuple[str, ...]) -> Run:
    out, err = tmp_path / "out", tmp_path / "err"
    began = time.monotonic()
    with out.open("wb") as stdout, err.open("wb") as stderr:
        # `os.wait4` on exactly this process: its own peak memory, not that of all children so far.
        pid = os.posix_spawn(
            sys.executable,
            [sys.executable, "-m", "lmwire", "diagnose", target, "--vendor", "ibmratl", *options],
            {**os.environ, "COLUMNS": "80"},
            file_actions=[(os.POSIX_SPAWN_DUP2, stdout.fileno(), 1), (os.POSIX_SPAWN_DUP2, stderr.fileno(), 2)],
        )
        _, status, usage = os.wait4(pid, 0)
    return Run(
        seconds=time.monotonic() - began,
        kilobytes=usage.ru_maxrss,
        status=os.waitstatus_to_exitcode(status),
        out=out.read_text(encoding="utf-8"),
        err=err.read_text(encoding="utf-8"),
    )


async def diagnose(target: str, tmp_path: Path, *options: str) -> Run:
    return await asyncio.to_thread(_run, target, tmp_path, options)


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_verdict_in_time_and_bounds(name: str, tmp_path: Path) -> None:
    talk, verdicts = HOSTILE[name]
    idle = await diagnose("1@127.0.0.1", tmp_path, "--format", "json")
    async with serving(talk) as port:
        run = await diagnose(f"{port}@127.0.0.1", tmp_path, "--format", "json")
    found = json.loads(run.out)["diagnoses"][0]["verdict"]["id"]
    assert found in verdicts, run.out
    assert found in SPECS
    assert run.seconds < DEADLINE
    assert run.kilobytes < idle.kilobytes + MORE_THAN_IDLE
    assert run.err == ""
    assert all(character == "\n" or character.isprintable() for character in run.out)
    assert run.out.isascii()


@pytest.mark.parametrize("name", [name for name in HOSTILE if "referral" in name or "escapes" in name])
@pytest.mark.parametrize("style", ["text", "markdown", "junit"])
async def test_nothing_raw_reaches_the_terminal(name: str, style: str, tmp_path: Path) -> None:
    talk, _ = HOSTILE[name]
    async with serving(talk) as port:
        run = await diagnose(f"{port}@127.0.0.1", tmp_path, "--format", style, "--answer-timeout", "1")
    assert run.status == 1
    assert all(character == "\n" or character.isprintable() for character in run.out)
    assert not list(Path.cwd().glob("owned"))


async def test_a_circle_is_not_walked_twice(tmp_path: Path) -> None:
    asked = 0

    async def count(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int) -> None:
        nonlocal asked
        asked += 1
        await HOSTILE["refers in a circle"][0](reader, writer, port)

    async with serving(count) as port:
        await diagnose(f"{port}@127.0.0.1", tmp_path, "--format", "json")
    # lmgrd, the vendor daemon where the referral leads, and lmgrd's own address is lmgrd itself: asked twice at most.
    assert asked <= 3
