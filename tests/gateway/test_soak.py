"""A few seconds of the soak, whose command runs a quarter of an hour."""

from __future__ import annotations

import pytest

from tests.gateway.soak import soak


@pytest.mark.slow
def test_sessions_that_come_and_go_leave_nothing_behind() -> None:
    sessions, descriptors, megabytes = soak(4.0)
    assert sessions > 50
    assert descriptors <= 0
    assert megabytes < 16
