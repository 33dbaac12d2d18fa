"""What fools a hasty probe, and what it costs to be sure: single networks beside the random ones."""

from __future__ import annotations

import pytest

from lmwire.defaults import CONNECT_WAIT
from lmwire.evidence import Connect, Evidence, Leg
from tests.networks.plan import Fault, Name, Pause, Plan, SynLimit
from tests.networks.run import run

pytestmark = pytest.mark.network

DROPPED = (Fault(place="r1", port=27001, direction="there", stage="syn", kind="drop"),)


def filtered(evidence: Evidence) -> list[Leg]:
    return [leg for leg in evidence.legs if leg.connect is Connect.FILTERED]


@pytest.mark.parametrize(
    "plan",
    [
        Plan(routers=1, faults=DROPPED),
        Plan(routers=1, families=(4, 6), target=Name(answer=("server4", "server6")), faults=DROPPED),
        Plan(routers=1, referral=Name(text="inner.test", answer="nxdomain"), faults=DROPPED),
    ],
    ids=["by one address", "by both IP versions", "by the fallback"],
)
def test_on_a_good_path_a_filtered_port_is_told_in_a_second(plan: Plan) -> None:
    legs = filtered(run(plan).evidence)
    assert legs
    for leg in legs:
        assert leg.attempts == 5
        assert 1.3 <= leg.connect_seconds < 2.5


@pytest.mark.parametrize(
    "plan",
    [
        Plan(routers=1, faults=DROPPED, delays=(0.0, 0.06)),
        Plan(routers=1, pause=Pause(place="r1", port=27001, scope="path", seconds=15)),
        Plan(routers=1, limit=SynLimit(place="r1", per_minute=1)),
        Plan(routers=1, families=(4, 6), referral=Name(text="six.test", answer=("server6",)), faults=DROPPED),
    ],
    ids=["slow", "lossy", "limited", "another address"],
)
def test_on_any_other_path_the_wait_is_as_long_as_ever(plan: Plan) -> None:
    assert max(leg.connect_seconds for leg in filtered(run(plan).evidence)) >= CONNECT_WAIT


@pytest.mark.parametrize(
    "plan",
    [
        Plan(routers=1, pause=Pause(place="server", port=27001, seconds=0.9)),
        Plan(routers=1, pause=Pause(place="r1", port=27001, scope="path", seconds=2.5)),
        Plan(routers=1, limit=SynLimit(place="r1", per_minute=30)),
    ],
    ids=["the server accepts late", "a burst of loss", "few SYNs a second"],
)
def test_a_port_that_only_takes_its_time_is_not_filtered(plan: Plan) -> None:
    assert run(plan).verdict.id == "healthy"


def test_a_port_that_accepts_after_two_seconds_needs_a_wait_of_ones_own() -> None:
    """The known limit: to this side, a full backlog is a filter. Who sets the wait of a client sees what it sees."""
    plan = Plan(routers=1, pause=Pause(place="server", port=27001, seconds=2.0))
    assert run(plan).verdict.id == "vendor-filtered"
    assert run(plan, connect_wait=10.0).verdict.id == "healthy"
