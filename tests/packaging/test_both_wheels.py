"""`lmwire` and PyPI's `mockserver-client`, whose package is called `mockserver`, live in one environment."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.packaging.installing import Environment

pytestmark = pytest.mark.wheel

OURS, OTHER = "lmwire", "mockserver-client"

PYTEST_FILE = """
def test_both(license_server):
    from mockserver import MockServerClient
    assert license_server.target
"""


def check_ours(environment: Environment, folder: Path) -> None:
    assert environment.run("lmwire", "--version", folder=folder).startswith("lmwire ")
    assert "vendor-filtered" in environment.run("lmwire", "mock", "--list", folder=folder)
    said = environment.run(environment.python, "-c", "import lmwire_mockserver as m; print(m.__file__)", folder=folder)
    assert Path(said.strip()).is_relative_to(environment.folder)


def check_other(environment: Environment, folder: Path) -> None:
    code = "import mockserver as m; print(m.MockServerClient.__name__, m.__file__)"
    name, _, file = environment.run(environment.python, "-c", code, folder=folder).strip().partition(" ")
    assert name == "MockServerClient"
    assert Path(file).is_relative_to(environment.folder)


@pytest.mark.parametrize(("first", "second"), [(OURS, OTHER), (OTHER, OURS)])
def test_either_may_be_installed_first_and_either_removed(
    environment: Environment, tmp_path: Path, first: str, second: str
) -> None:
    for name in (first, second):
        environment.install(*(("--no-deps",) if name == OURS else ()), name)
    check_ours(environment, tmp_path)
    check_other(environment, tmp_path)
    (tmp_path / "test_both.py").write_text(PYTEST_FILE)
    ended = environment.run(environment.python, "-m", "pytest", "-q", "-p", "no:cacheprovider", folder=tmp_path)
    assert "1 passed" in ended
    environment.uninstall(first)
    {OURS: check_other, OTHER: check_ours}[first](environment, tmp_path)
