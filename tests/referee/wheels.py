"""Fetches the wheels of the clients once, and keeps the libraries that the clients need.

They are kept in `$LMWIRE_REFEREE_CACHE`, or else in `~/.cache/lmwire-referee`.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.referee.clients import Client
from tests.referee.errors import RefereeError

__all__ = ["cache", "fetch", "locked"]

_PACKAGE: Final = "mosek"
_SECONDS: Final = 300.0
"""How long one download may take; a wheel has 9 to 19 MB."""


def cache() -> Path:
    """Return the directory that keeps what was fetched or built; make it where it is missing."""
    named = os.environ.get("LMWIRE_REFEREE_CACHE", "")
    folder = Path(named) if named else Path.home() / ".cache" / "lmwire-referee"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextlib.contextmanager
def locked() -> Iterator[None]:
    """Keep other processes from fetching or building in the cache at the same time."""
    with (cache() / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def fetch(client: Client) -> tuple[Path, ...]:
    """Return the paths of the client's libraries, in the order in which to load them; fetch them first if necessary.

    Raises:
        RefereeError: the package index does not give the wheel, or gives another one.
    """
    folder = cache() / f"{_PACKAGE}-{client.release}-{client.system.value}"
    if not folder.exists():
        with locked():
            if not folder.exists():
                _fetch(client, folder)
    return tuple(folder / name for name in client.libraries)


def _fetch(client: Client, folder: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="fetching-", dir=cache()) as directory:
        wheel = _download(client, Path(directory))
        unpacked = Path(directory) / "libraries"
        unpacked.mkdir()
        with zipfile.ZipFile(wheel) as archive:
            for name in client.libraries:
                with archive.open(f"{_PACKAGE}/{name}") as source, (unpacked / name).open("wb") as target:
                    shutil.copyfileobj(source, target)
        unpacked.rename(folder)  # complete or not there at all


def _download(client: Client, directory: Path) -> Path:
    wanted = f"{_PACKAGE}=={client.release}"
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
    command += ["--python-version", client.python, "--platform", client.platform, "--dest", os.fspath(directory)]
    done = subprocess.run(  # noqa: S603 - pip of this Python
        [*command, wanted], capture_output=True, text=True, timeout=_SECONDS, check=False
    )
    wheels = list(directory.glob("*.whl"))
    if done.returncode or len(wheels) != 1:
        raise RefereeError(f"pip could not fetch {wanted} for {client.platform}: {done.stderr[-2000:]}")
    found = hashlib.sha256(wheels[0].read_bytes()).hexdigest()
    if found != client.sha256:
        raise RefereeError(f"{wheels[0].name} has SHA-256 {found}; expected {client.sha256}")
    return wheels[0]
