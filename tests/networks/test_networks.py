"""Random networks, built and diagnosed for real. A thousand: `python -m tests.networks --count 1000`."""

from __future__ import annotations

import pytest

from tests.networks.coverage import spread
from tests.networks.pool import check_all

pytestmark = pytest.mark.network

COUNT = 100


@pytest.mark.timeout(600)
def test_a_hundred_random_networks_are_diagnosed_rightly() -> None:
    results = list(check_all(spread(COUNT)))
    wrong = [result.report() for result in results if not result.right]
    assert not wrong, "\n\n".join(wrong)
    assert len(results) == COUNT
