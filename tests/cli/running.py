"""Running the command line: in this process for what needs no process, else as a child."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import click
from click.testing import CliRunner, Result

from lmwire.cli import app, main
from lmwire.cli.manual import LazyGroup

__all__ = ["COMMAND", "Ended", "clean", "commands", "examples", "invoke", "run"]

COMMAND = (sys.executable, "-m", "lmwire")


@dataclass(frozen=True)
class Ended:
    """How a child ended, and what it wrote."""

    status: int
    out: str
    err: str


def clean(**more: str) -> dict[str, str]:
    """An environment without anybody's license path and colours; this process's import path goes along."""
    unwanted = ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LMWIRE_DEBUG")
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in unwanted and not name.endswith(("LICENSE_FILE", "LIC_FILE", "LICENSE_SERVER"))
    }
    return {**kept, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), **more}


async def run(*arguments: str, env: Mapping[str, str] | None = None, given: str = "") -> Ended:
    """Run lmwire as a child and wait for its end."""
    child = await asyncio.create_subprocess_exec(
        *COMMAND,
        *arguments,
        env=dict(env) if env is not None else clean(),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await child.communicate(given.encode())
    assert child.returncode is not None
    return Ended(child.returncode, out.decode(), err.decode())


class _Main(click.Group):
    """What the runner calls: our own `main`, which tells errors in its own way."""

    def main(self, args: Any = None, **_: Any) -> NoReturn:  # type: ignore[override]
        main(args)


def invoke(*arguments: str, given: str | bytes | None = None, env: Mapping[str, str | None] | None = None) -> Result:
    """Run lmwire in this process."""
    return CliRunner().invoke(_Main(app.name), list(arguments), input=given, env=env)


def commands(group: click.Command) -> dict[str, click.Command]:
    """Load the commands of a group; a command that is not a group has none."""
    if not isinstance(group, LazyGroup):
        return {}
    context = click.Context(group)
    found = {name: group.get_command(context, name) for name in group.list_commands(context)}
    return {name: command for name, command in found.items() if command is not None}


def examples(epilog: str | None) -> Sequence[str]:
    """Return the command lines of a help's examples."""
    lines = (line.strip() for line in (epilog or "").splitlines())
    return [line for line in lines if line.startswith("lmwire ")]
