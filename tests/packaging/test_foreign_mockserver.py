"""A folder or a package called `mockserver` that is somebody else's changes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.packaging.installing import Environment, diagnosed

pytestmark = pytest.mark.wheel

TRAP = 'raise RuntimeError("somebody else\'s mockserver was imported")'

PYTEST_FILE = """
def test_a_license(license_server):
    assert license_server.target
"""


def trapped(folder: Path, *, package: bool) -> Path:
    """Return a working directory with a folder or a package of that name in it."""
    (folder / "mockserver" / "scenarios").mkdir(parents=True)
    if package:
        (folder / "mockserver" / "__init__.py").write_text(TRAP)
    return folder


@pytest.mark.parametrize("package", [False, True])
def test_commands_work_beside_it(lmwire_installed: Environment, tmp_path: Path, *, package: bool) -> None:
    folder = trapped(tmp_path, package=package)
    lmwire = (lmwire_installed.python, "-m", "lmwire")  # this puts the working directory first
    assert lmwire_installed.run(*lmwire, "--version", folder=folder).startswith("lmwire ")
    assert "vendor-port" in lmwire_installed.run(*lmwire, "lab", "list", folder=folder)
    assert "vendor-filtered" in lmwire_installed.run("lmwire", "mock", "--list", folder=folder, first=(folder,))
    assert diagnosed(lmwire_installed, *lmwire, folder=folder) == "vendor-daemon-down"


@pytest.mark.parametrize("loaded", ["by its entry point", "by -p"])
def test_the_pytest_plugin_works_beside_it(lmwire_installed: Environment, tmp_path: Path, loaded: str) -> None:
    folder = trapped(tmp_path, package=True)
    (folder / "test_license.py").write_text(PYTEST_FILE)
    alone = () if loaded == "by its entry point" else ("-p", "lmwire.pytest_plugin", "--disable-plugin-autoload")
    command = (lmwire_installed.python, "-m", "pytest", "-q", *alone, "test_license.py")
    assert "1 passed" in lmwire_installed.run(*command, folder=folder, first=(folder,))
