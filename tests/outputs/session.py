"""A session: commands of lmwire on one machine, and a file for what each of them printed and wrote."""

from __future__ import annotations

import contextlib
import hashlib
import shlex
import signal
import subprocess
import sys
import tempfile
import time
import types
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from tests.outputs.machine import HERE, Machine

__all__ = ["CAPTURES", "INPUTS", "Running", "Session", "Setting"]

INPUTS: Final = Path(__file__).resolve().parent / "inputs"
CAPTURES: Final = Path(__file__).resolve().parents[2] / "captures"
_SECONDS: Final = 300
_REST: Final = 0.5
"""Seconds for a program to tell of what has just ended, before it is stopped."""


@dataclass(frozen=True)
class Setting:
    """What is recorded, and where to.

    Attributes:
        lmwire: the command.
        folder: where the outputs go.
        extra: a folder of more license files, logs and dialogs, or None.
    """

    lmwire: Path
    folder: Path
    extra: Path | None = None

    @property
    def python(self) -> str:
        """The interpreter that lmwire is installed for."""
        return str(self.lmwire.with_name("python"))

    def listed(self, *words: str) -> str:
        """What `lmwire WORDS` prints: what there is to record."""
        command = [str(self.lmwire), *words]
        return subprocess.run(  # noqa: S603 # the lmwire that is recorded
            command, capture_output=True, text=True, check=True, env=self.environment
        ).stdout

    @property
    def environment(self) -> dict[str, str]:
        """The environment of all commands: nothing of ours but the search path for programs."""
        return {
            "PATH": f"{self.lmwire.parent}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": f"{HERE}/.home",
            "TMPDIR": f"{HERE}/.tmp",
            "LMWIRE_LAB_HOME": f"{HERE}/.lab",
            "USER": "alice",
            "LOGNAME": "alice",
            "LANG": "C.UTF-8",
            "TZ": "UTC",
            "TERM": "xterm",
            "COLUMNS": "80",
        }


class Session:
    """Commands on one machine, one after another; each makes a file `folder/NAME.txt`.

    Args:
        setting: what is recorded.
        name: the folder of its outputs, such as `scenarios/healthy`.
    """

    def __init__(self, setting: Setting, name: str) -> None:
        self._setting = setting
        self._target = setting.folder / name
        self._stack = contextlib.ExitStack()
        self.scratch = Path()
        self._machine: Machine | None = None
        self._files: dict[str, bytes] = {}

    def __enter__(self) -> Self:
        self.scratch = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="outputs-")))
        for name in (".home", ".tmp"):
            (self.scratch / name).mkdir()
        for name, place in (("inputs", INPUTS), ("captures", CAPTURES), ("extra", self._setting.extra)):
            if place is not None:
                (self.scratch / name).symlink_to(place.resolve())
        self._machine = self.another("client.example")
        self._target.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: types.TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)

    @property
    def machine(self) -> Machine:
        """Where commands run unless another machine is named."""
        if self._machine is None:
            raise RuntimeError("enter the session first")
        return self._machine

    def another(self, name: str) -> Machine:
        """Return one more machine, which lasts as long as the session."""
        return self._stack.enter_context(Machine(self.scratch, name, self._setting.environment))

    def write(self, name: str, data: str) -> str:
        """Write an input of this session; return its name."""
        (self.scratch / name).write_text(data, encoding="utf-8")
        self._files[name] = data.encode()
        return name

    def run(
        self,
        name: str,
        *words: str,
        given: bytes = b"",
        more: Mapping[str, str] | None = None,
        module: bool = False,
    ) -> bytes:
        """Run `lmwire WORDS` (or `python -m lmwire WORDS`), record all that came of it, return the standard output."""
        running = self.start(name, *words, more=more, module=module)
        return running.end(given)

    def start(
        self,
        name: str,
        *words: str,
        on: Machine | None = None,
        more: Mapping[str, str] | None = None,
        module: bool = False,
    ) -> Running:
        """Start `lmwire WORDS`, and record it when it has ended."""
        begin = [self._setting.python, "-m", "lmwire"] if module else [str(self._setting.lmwire)]
        process = (on or self.machine).popen([*begin, *words], more)
        self._stack.callback(process.kill)  # if a session fails
        shown = [f"{key}={value}" for key, value in (more or {}).items()]
        shown += ["python", "-m", "lmwire"] if module else ["lmwire"]
        return Running(self, name, f"$ {shlex.join([*shown, *words])}", process)

    def record(self, name: str, line: str, status: int, out: bytes, err: bytes) -> None:
        """Write the file of one command."""
        parts = [line, f"--- exit status {status}", "--- standard output", _text(out), "--- standard error", _text(err)]
        for file, data in self._new_files():
            parts += [f"--- file {file}", _text(data)]
        text = "\n".join(parts)
        path = self._target / f"{name}.txt"
        if path.exists():
            raise RuntimeError(f"{path} is recorded twice")
        path.write_bytes(text.encode("utf-8", "surrogateescape"))

    def _new_files(self) -> list[tuple[str, bytes]]:
        found = []
        for path in sorted(self.scratch.iterdir()):
            if path.is_symlink() or not path.is_file():
                continue
            data = path.read_bytes()
            if self._files.get(path.name) != data:
                self._files[path.name] = data
                found.append((path.name, data))
        return found


class Running:
    """A command that has been started."""

    def __init__(self, session: Session, name: str, line: str, process: subprocess.Popen[bytes]) -> None:
        self._session = session
        self._name = name
        self._line = line
        self._process = process
        self._first = b""
        self._noted = b""

    def first_line(self) -> bytes:
        """Wait for the next line that it prints."""
        if self._process.stdout is not None:
            self._first += self._process.stdout.readline()
        return self._first

    def first_note(self) -> None:
        """Wait for the next line of its standard error."""
        if self._process.stderr is not None:
            self._noted += self._process.stderr.readline()

    def end(self, given: bytes = b"", *, stop: bool = False) -> bytes:
        """Wait until it ends, or `stop` it; record it; return its standard output."""
        if stop:
            time.sleep(_REST)
            self._process.send_signal(signal.SIGTERM)
        try:
            out, err = self._process.communicate(given, timeout=_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            out, err = self._process.communicate()
            sys.stderr.write(f"{self._line}: took more than {_SECONDS} s\n")
        self._session.record(self._name, self._line, self._process.returncode, self._first + out, self._noted + err)
        return self._first + out


def _text(data: bytes) -> str:
    """What can be read as it is; of what can't be, the size and a hash."""
    if b"\0" in data:
        return f"{len(data)} bytes, {hashlib.sha256(data).hexdigest()}"
    return data.decode("utf-8", "surrogateescape")
