"""Runs one client against a license path, and says what it reported and when.

with played(scenario("vendor-refused"), vendors=(VENDOR,)) as stage:
    print(run_client(client("11.16-windows"), stage.license_path, popen=stage.popen).first.code)  # -15,10
"""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.referee.clients import VENDOR, Client, System
from tests.referee.errors import NoReportError, RefereeError
from tests.referee.processes import Popen, end, start_here
from tests.referee.reading import ReportedError, read_errors
from tests.referee.wheels import fetch
from tests.referee.wine import find_wine, missing_for_windows

__all__ = ["PATIENCE", "Report", "missing_for", "prepare", "run_client"]

PATIENCE: Final = 150.0
"""Seconds after which a client that has not come to an end counts as one that never reports."""

_ON_LINUX: Final = Path(__file__).with_name("on_linux.py")
_LOOK_EVERY: Final = 0.05
_KEPT: Final = ("PATH", "LD_LIBRARY_PATH", "LANG")
_SEPARATOR: Final = re.compile(r":(?=\d*@)")
_BRACKETS: Final = {ord(bracket): None for bracket in "[]"}


@dataclass(frozen=True, slots=True)
class Report:
    """What a client reported.

    Attributes:
        errors: every error that it reported, in order; at least one.
        first_seconds: from the application's call to the first report.
        call_seconds: from the call to its end, a second checkout included; None where it had not ended when all
            patience was over.
        process_seconds: from the start of the process to its end, its start-up included.
        text: all that the client wrote.
    """

    errors: tuple[ReportedError, ...]
    first_seconds: float
    call_seconds: float | None
    process_seconds: float
    text: str

    @property
    def first(self) -> ReportedError:
        """The error that the user reads first."""
        return self.errors[0]

    @property
    def last(self) -> ReportedError:
        """The error that the user reads last, after the application's second checkout where it makes one."""
        return self.errors[-1]


def missing_for(client: Client) -> str:
    """Say what this machine lacks to run the client; empty where it can."""
    if sys.platform != "linux" or os.uname().machine != "x86_64":
        return "Linux on x86_64"
    return missing_for_windows() if client.system is System.WINDOWS else ""


def prepare(client: Client) -> None:
    """Fetch and build all that the client needs, so that its first run takes no longer than others.

    Raises:
        RefereeError: the package index, Wine or the compiler failed.
    """
    with _command(client):
        pass


def run_client(
    client: Client,
    license_path: str,
    *,
    popen: Popen = start_here,
    patience: float = PATIENCE,
    only_first: bool = False,
) -> Report:
    """Let the client look for a license at `license_path`, and return what it reported.

    `only_first` ends the client at its first report, which saves the time of a second checkout.

    `license_path` is written as on Linux. Windows clients want `;` between servers, and Linux clients want IPv6
    addresses without brackets; both are changed here. [obs]

    Raises:
        NoReportError: the client reported nothing within `patience` seconds.
        RefereeError: the client cannot run here, or it ended without a report.
    """
    if missing := missing_for(client):
        raise RefereeError(f"client {client} needs {missing}")
    with tempfile.TemporaryDirectory(prefix="referee-") as directory, _command(client) as (command, extra):
        run = _Run(client, Path(directory), only_first=only_first)
        environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
        environment |= extra
        environment |= {
            f"{VENDOR}_LICENSE_FILE": written_for(client.system, license_path),
            "FLEXLM_DIAGNOSTICS": "3",
            "HOME": directory,
        }
        return run.watch(command, environment, popen, patience)


def written_for(system: System, license_path: str) -> str:
    """Return the license path as a client of `system` wants it."""
    bare = license_path.translate(_BRACKETS)
    return _SEPARATOR.sub(";", bare) if system is System.WINDOWS else bare


@contextlib.contextmanager
def _command(client: Client) -> Iterator[tuple[list[str], dict[str, str]]]:
    """Yield the command that runs the client, and the environment that it needs beside."""
    libraries = [os.fspath(path) for path in fetch(client)]
    if client.system is System.LINUX:
        yield [sys.executable, os.fspath(_ON_LINUX), *libraries], {}
        return
    wine = find_wine()
    if wine is None:
        raise RefereeError(f"client {client} needs {missing_for_windows()}")
    with wine.drive() as extra:
        # Wine's drive Z: is the root of this machine's file system.
        yield [wine.loader, os.fspath(wine.program()), "Z:" + libraries[-1].replace("/", "\\")], extra


class _Run:
    """One run: what the process wrote, read again and again while it lasts.

    Linux clients report on stderr. Windows clients report in flexPID.log in the working directory.
    """

    def __init__(self, client: Client, directory: Path, *, only_first: bool) -> None:
        self._client = client
        self._only_first = only_first
        self._work = directory / "work"
        self._work.mkdir()
        self._said, self._complained = directory / "stdout", directory / "stderr"
        self._called: float | None = None
        self._reported: float | None = None

    def watch(self, command: list[str], environment: dict[str, str], popen: Popen, patience: float) -> Report:
        started = time.monotonic()
        with self._said.open("w") as said, self._complained.open("w") as complained:
            process = popen(
                command,
                cwd=os.fspath(self._work),
                env=environment,
                stdout=said.fileno(),
                stderr=complained.fileno(),
            )
        try:
            over = self._watch(process, started + patience)
        finally:
            end(process)
        now, text = time.monotonic(), self._text()
        errors = read_errors(text)
        if self._called is None or self._reported is None:
            wrote = (self._said.read_text("utf-8", "replace") + text)[-2000:]
            raise (RefereeError if over else NoReportError)(f"client {self._client} reported nothing: {wrote!r}")
        call_seconds = now - self._called if over else None
        return Report(errors, self._reported - self._called, call_seconds, now - started, text)

    def _watch(self, process: subprocess.Popen[str], deadline: float) -> bool:
        """Look at what is written until the process ends or `deadline` passes; return whether it ended."""
        while True:
            over = process.poll() is not None
            now = time.monotonic()
            if self._called is None and "call" in self._said.read_text("utf-8", "replace"):
                self._called = now
            if self._reported is None and read_errors(self._text()):
                self._reported = now
            if over or now > deadline or (self._only_first and self._reported is not None):
                return over
            time.sleep(_LOOK_EVERY)

    def _text(self) -> str:
        files = [self._complained] if self._client.system is System.LINUX else sorted(self._work.glob("flex*.log"))
        return "".join(file.read_bytes().decode("utf-8", "replace") for file in files)
