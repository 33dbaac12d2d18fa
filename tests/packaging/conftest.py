"""The wheels, built and fetched once for all workers."""

from __future__ import annotations

import fcntl
import os
import sysconfig
from pathlib import Path

import pytest

from tests.packaging.installing import ROOT, Environment, pip


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheels, and with links to the libraries: one for all workers."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "packaging"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "done").exists():
            pip("wheel", "--no-deps", "--wheel-dir", str(folder / "wheels"), str(ROOT))
            pip("download", "--dest", str(folder / "wheels"), "mockserver-client")
            _link_libraries(folder / "libraries")
            (folder / "done").touch()
    return folder


def _link_libraries(folder: Path) -> None:
    """Link to what is installed here, except for lmwire itself, which is installed from its sources."""
    folder.mkdir()
    for entry in Path(sysconfig.get_path("purelib")).iterdir():
        if entry.suffix != ".pth" and not entry.name.startswith(("lmwire", "_lmwire")):
            (folder / entry.name).symlink_to(entry)


@pytest.fixture
def environment(shared: Path, tmp_path: Path) -> Environment:
    """A fresh environment without lmwire."""
    return Environment.made(tmp_path / "environment", shared / "libraries", shared / "wheels")


@pytest.fixture(scope="module")
def lmwire_installed(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """An environment with lmwire's wheel, for all tests of a module."""
    made = Environment.made(tmp_path_factory.mktemp("environment"), shared / "libraries", shared / "wheels")
    made.install("--no-deps", "lmwire")
    return made
