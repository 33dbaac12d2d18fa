"""Ten seconds of fuzzing find nothing; and the fuzzer does find what is there to find."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzz import __main__ as fuzz
from tests.fuzz.mutate import LARGEST, mutated
from tests.fuzz.targets import TARGETS, seeds_of


@pytest.mark.slow
def test_ten_seconds_find_nothing() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzz", "10", "4711"], capture_output=True, text=True, timeout=120, check=False
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert done.stdout.endswith("; 0 findings\n")


@pytest.mark.parametrize("name", TARGETS)
def test_every_target_has_seeds_that_it_reads(name: str, tmp_path: Path) -> None:
    chance = random.Random(1)  # noqa: S311 # repeatable, and nobody's secret
    seeds = seeds_of(name)
    assert seeds
    assert fuzz._tried(name, mutated(chance, seeds), tmp_path) == ""
    assert all(len(mutated(chance, seeds)) <= LARGEST for _ in range(200))


def test_an_error_that_is_not_lmwire_s_own_is_found(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(data: bytes, _folder: Path) -> None:
        raise KeyError(len(data))

    monkeypatch.setitem(TARGETS, "path", broken)
    assert fuzz._fuzz(0.2, 1, ["path"], tmp_path) == 1
    assert "KeyError" in capsys.readouterr().out
    (saved,) = tmp_path.iterdir()
    assert saved.name.startswith("path-")
