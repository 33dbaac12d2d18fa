"""Wine, which runs the Windows clients: where it is, what it needs, and a Windows machine of its own for each run.

Debian has it in the packages `wine64` and `gcc-mingw-w64-x86-64`. The first use makes a Windows drive of 700 MB in the
cache. Each run works on a copy of it, with a Wine server of its own: that server opens the sockets, so it has to live
in the client's network namespace.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.referee.errors import RefereeError
from tests.referee.wheels import cache, locked

__all__ = ["Wine", "find_wine", "missing_for_windows"]

_SOURCE: Final = Path(__file__).with_name("on_windows.c")
_FOLDERS: Final = ("/usr/lib/wine", "/opt/wine-stable/bin")
_SECONDS: Final = 180.0
"""How long the making of a drive or a program may take."""
_SETTINGS: Final = {
    # Wine is not to offer its downloads of .NET and of a browser, nor to make menu entries.
    "WINEDLLOVERRIDES": "mscoree,mshtml=;winemenubuilder.exe=d",
    "WINEDEBUG": "-all",
    "WINEARCH": "win64",
}


@dataclass(frozen=True, slots=True)
class Wine:
    """The programs that a Windows client needs.

    Attributes:
        loader: starts Windows programs.
        server: Wine's server.
        compiler: makes Windows programs.
    """

    loader: str
    server: str
    compiler: str

    @contextlib.contextmanager
    def drive(self) -> Iterator[dict[str, str]]:
        """Give a Windows drive for one run, and yield the environment that selects it; end all that runs on it."""
        master = self._master()
        with tempfile.TemporaryDirectory(prefix="drive-", dir=cache()) as directory:
            machine = _machine(directory)
            # Debian's Wine names its server's directory in the file `wineserver`; every run has its own.
            shutil.copytree(
                master,
                machine["WINEPREFIX"],
                symlinks=True,
                copy_function=_copy,
                ignore=shutil.ignore_patterns("wineserver"),
            )
            try:
                yield machine
            finally:
                self._end(machine)

    def program(self) -> Path:
        """Return the Windows program around the client; compile it first if necessary."""
        built = cache() / f"on_windows-{hashlib.sha256(_SOURCE.read_bytes()).hexdigest()[:12]}.exe"
        if not built.exists():
            with locked(), tempfile.TemporaryDirectory(prefix="compiling-", dir=cache()) as directory:
                target = Path(directory) / built.name
                _run([self.compiler, "-O1", "-Wall", "-o", os.fspath(target), os.fspath(_SOURCE)], {})
                target.rename(built)
        return built

    def _master(self) -> Path:
        """Return the drive that the others are copies of; make it first if necessary."""
        version = _run([self.loader, "--version"], {}).split()[0]
        master = cache() / f"prefix-{version}"
        if not master.exists():
            with locked():
                if not master.exists():
                    self._make(master)
        return master

    def _make(self, master: Path) -> None:
        with tempfile.TemporaryDirectory(prefix="making-", dir=cache()) as directory:
            machine = _machine(directory)
            _run([self.loader, "wineboot", "--init"], machine)
            _run([self.server, "--wait"], machine)
            Path(machine["WINEPREFIX"]).rename(master)  # complete or not there at all

    def _end(self, machine: dict[str, str]) -> None:
        """Kill what still runs on a drive."""
        subprocess.run(  # noqa: S603 - Wine's own way to do that
            [self.server, "--kill"],
            env=_environment(machine),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_SECONDS,
            check=False,  # status 2 where nothing runs any more
        )


def find_wine() -> Wine | None:
    """Return Wine where it and its compiler are installed."""
    loader, server, compiler = _loader(), _program("wineserver"), _program("x86_64-w64-mingw32-gcc")
    if loader is None or server is None or compiler is None:
        return None
    return Wine(loader, server, compiler)


def missing_for_windows() -> str:
    """Say which programs the Windows clients lack here; empty where nothing lacks."""
    wanted = {
        "Wine (Debian: wine64)": _loader() and _program("wineserver"),
        "MinGW (Debian: gcc-mingw-w64-x86-64)": _program("x86_64-w64-mingw32-gcc"),
    }
    return " and ".join(name for name, found in wanted.items() if found is None)


def _machine(directory: str) -> dict[str, str]:
    """Return the environment of a Windows drive in `directory`, where Wine's server has its files, too."""
    return {"WINEPREFIX": f"{directory}/prefix", "TMPDIR": directory, **_SETTINGS}


def _copy(source: str, target: str) -> None:
    """Link what is on drive C:, which nobody changes. Copy the registry: Wine writes it in place where it is linked."""
    if "drive_c" in Path(target).parts:
        os.link(source, target)
    else:
        shutil.copy2(source, target)


def _loader() -> str | None:
    return _program("wine64") or _program("wine")


def _program(name: str) -> str | None:
    return shutil.which(name) or shutil.which(name, path=os.pathsep.join(_FOLDERS))


def _environment(extra: dict[str, str]) -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", os.defpath), "HOME": os.fspath(cache()), **extra}


def _run(command: list[str], extra: dict[str, str]) -> str:
    done = subprocess.run(  # noqa: S603 - Wine or the compiler
        command,
        env=_environment(extra),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    if done.returncode:
        raise RefereeError(f"{command[0]} failed: {done.stderr[-2000:]}")
    return done.stdout
