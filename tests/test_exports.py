"""The public names of each room are pinned: taking one away is a decision, not an accident."""

from __future__ import annotations

import importlib

import pytest

ROOMS = [
    "lmwire.wire",
    "lmwire.session",
    "lmwire.licensepath",
    "lmwire.evidence",
    "lmwire.probe",
    "lmwire.diagnosis",
    "lmwire.report",
    "lmwire.cli",
]


@pytest.mark.parametrize("room", ROOMS)
def test_every_public_name_exists_and_is_sorted(room: str) -> None:
    module = importlib.import_module(room)
    assert module.__all__ == sorted(module.__all__, key=lambda name: (not name.isupper(), not name[0].isupper(), name))
    for name in module.__all__:
        assert hasattr(module, name)
