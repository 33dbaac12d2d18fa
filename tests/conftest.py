"""What holds for all tests."""

from __future__ import annotations

from hypothesis import settings

# Bounds on time belong to the tests that are about time: all of them share two cores with tests that load them.
settings.register_profile("lmwire", deadline=None)
settings.load_profile("lmwire")
