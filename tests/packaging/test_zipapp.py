"""lmwire runs from a zipapp: whatever it reads of its own is read from inside the archive."""

from __future__ import annotations

import shutil
import zipapp
import zipfile
from pathlib import Path

import pytest

from lmwire.capture.dissect.dissector import dissector
from lmwire.lab.catalogue import labs
from lmwire.ruletest.example import example
from lmwire_mockserver.scenario import scenarios
from tests.packaging.installing import Environment, diagnosed

pytestmark = pytest.mark.wheel

MAIN = "from lmwire.__main__ import main\nmain()\n"


@pytest.fixture(scope="module")
def archive(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """lmwire's wheel as one file. What it requires has compiled parts, and stays outside."""
    folder = tmp_path_factory.mktemp("zipapp")
    (wheel,) = (shared / "wheels").glob("lmwire-*.whl")
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(folder / "unpacked")
    (folder / "unpacked" / "__main__.py").write_text(MAIN)
    zipapp.create_archive(folder / "unpacked", folder / "app.pyz")
    shutil.rmtree(folder / "unpacked")
    return folder / "app.pyz"


@pytest.fixture(scope="module")
def bare(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """An environment in which no lmwire is installed."""
    return Environment.made(tmp_path_factory.mktemp("environment"), shared / "libraries", shared / "wheels")


def test_it_reads_its_files_from_inside_the_archive(bare: Environment, archive: Path, tmp_path: Path) -> None:
    def said(*arguments: str) -> str:
        return bare.run(bare.python, str(archive), *arguments, folder=tmp_path)

    assert said("--version").startswith("lmwire ")
    listed = said("mock", "--list")
    assert [scenario.id for scenario in scenarios() if scenario.id not in listed] == []
    assert [line.split()[1] for line in said("lab", "list").splitlines() if line.startswith("·")] == list(labs())
    assert said("firewall", "test", "--example") == example()
    assert said("capture", "dissector") == dissector()
    assert "vendor port" in said("explain", "-96")
    assert "IBM" in said("explain", "ibmratl")
    assert diagnosed(bare, bare.python, str(archive), folder=tmp_path) == "vendor-daemon-down"


@pytest.mark.network
def test_a_lab_is_played_from_the_archive(bare: Environment, archive: Path, tmp_path: Path) -> None:
    def said(*arguments: str) -> str:
        return bare.run(bare.python, str(archive), *arguments, folder=tmp_path, LMWIRE_LAB_HOME=str(tmp_path / "home"))

    said("lab", "start", labs()[0])
    try:
        assert "vendor" in said("lab", "story")
    finally:
        said("lab", "stop")
