"""docs/library.md: each program runs as it stands, and one of each function runs with nothing but the wheel."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

import lmwire

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "library.md").read_text(encoding="utf-8")
PROGRAMS = {
    f"{heading.splitlines()[0]} {number}": program
    for heading in PAGE.split("\n## ")[1:]
    for number, program in enumerate(re.findall(r"```python\n(.*?)```", heading, re.DOTALL), 1)
}
PRINTED = {
    "Errors 1": ["the entry has a second @", "write 27000@licsrv"],
    "Diagnose a license path 1": ["critical", "vendor-refused critical", "- "],
    "Diagnose a license path 2": ["ok"],
    "Find the hop that blocks a port 1": [""],
    "Diagnose a capture 1": ["192.0.2.10 27000@licsrv.example vendor-filtered"],
    "Explain an error 1": ["-15,570:115 yes ", "lmwire diagnose"],
    "Read a license file 1": ["licsrv 27000", "ibmratl 27001"],
    "Read a debug log 1": ["licsrv 27000", "ibmratl 27001"],
    "Write firewall rules 1": ["tcp dport 27001"],
    "Play a license server 1": ["lmgrd ", "MLM ("],
}
"""Program → what its output holds, in this order."""


def test_every_function_is_shown_and_every_program_is_known() -> None:
    assert PROGRAMS.keys() == PRINTED.keys()
    for name in lmwire.__all__:
        if name[0].islower():
            assert f"lmwire.{name}(" in "".join(PROGRAMS.values()), name


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "captures").symlink_to(ROOT / "captures")
    return tmp_path


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_of_the_page_runs(name: str, folder: Path) -> None:
    _check(name, _run([sys.executable], PROGRAMS[name], folder))


def _run(python: list[str], program: str, folder: Path, **environment: str) -> str:
    env = {name: value for name, value in os.environ.items() if "LICENSE" not in name and name != "PYTHONPATH"}
    ended = subprocess.run(  # noqa: S603 # our own page
        [*python, "-W", "error", "-c", program],
        cwd=folder,
        env={**env, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    return ended.stdout


def _check(name: str, printed: str) -> None:
    position = 0
    for words in PRINTED[name]:
        assert words in printed[position:], printed
        position = printed.index(words, position) + len(words)


@pytest.fixture(scope="session")
def clean_python(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """A Python that has lmwire's wheel, and what it depends on, but not this repository."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "-w",
        str(folder),
        ".",
    ]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True, timeout=120)  # noqa: S603 # pip
    (wheel,) = folder.glob("lmwire-*.whl")
    venv.create(folder / "venv", with_pip=False, symlinks=True)
    python = next((folder / "venv").glob("bin/python"))
    shown = subprocess.run(  # noqa: S603 # its own
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        capture_output=True,
        text=True,
        check=True,
    )
    site = Path(shown.stdout.strip())
    with zipfile.ZipFile(wheel) as unpacked:
        unpacked.extractall(site)
    ours = ("lmwire", "_lmwire", "__editable__")
    for found in Path(sysconfig.get_path("purelib")).iterdir():
        if found.suffix != ".pth" and not found.name.startswith(ours):
            (site / found.name).symlink_to(found)
    return [str(python), "-I"]


@pytest.mark.wheel
@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_runs_with_nothing_but_the_wheel(name: str, folder: Path, clean_python: list[str]) -> None:
    where = "import lmwire; assert not lmwire.__file__.startswith({!r}), lmwire.__file__\n"
    printed = _run(clean_python, where.format(str(ROOT)) + PROGRAMS[name], folder)
    _check(name, printed)
