"""Which paths are worth a look, and what becomes of those that can't be looked at."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from lmwire.evidence import Evidence
from lmwire.hops.connect_probe import own_address
from lmwire.hops.errors import LocateError
from lmwire.hops.hop_trace import TraceLimits
from lmwire.hops.locate_paths import MOST, Prober, aims_of, locate
from lmwire.hops.model import ConnectTry, Fate, Seen
from lmwire.hops.result import Aim, Location
from tests.evidence_maker import SERVER, evidence, lmgrd, walk


class Open:
    """Every port that is announced accepts at once."""

    async def try_all(self, connects: Sequence[ConnectTry], wait: float) -> list[Seen]:
        return [Seen(fate=Fate.ACCEPTED if wait and connect.port < 30_000 else Fate.RESET) for connect in connects]

    async def leaves(self, port: int, wait: float) -> bool | None:
        return bool(port and wait)


def aim(port: int = 27001, address: str = SERVER, control: int | None = 27000) -> Aim:
    return Aim(address=address, port=port, control=control, vendor="ibmratl")


@pytest.mark.parametrize(
    ("seen", "named", "control", "expected"),
    [
        (walk(), [SERVER], None, [aim()]),
        (walk(), [SERVER], 22, [aim(control=22)]),
        (walk(), ["192.0.2.77"], None, [aim(address="192.0.2.77"), aim()]),
        (walk(), [], None, [aim()]),  # the name does not resolve
        (walk(), [SERVER], 27001, [aim(control=None)]),
        (walk(port=27000), [SERVER], None, []),  # it points back at lmgrd
        (walk(port=27000), ["192.0.2.77"], None, [aim(27000, "192.0.2.77", None)]),
        (walk(port=0), [SERVER], None, []),
        (evidence(lmgrd("filtered")), [], None, [aim(27000, control=None)]),
        (evidence(lmgrd("filtered")), [], 22, [aim(27000, control=22)]),
        (
            evidence(*(lmgrd("filtered", port=port) for port in range(27000, 27010)), port=None),
            [],
            None,
            [aim(27000, control=None)],
        ),
        (evidence(lmgrd("silent")), [], None, []),
        (evidence(), [], None, []),
    ],
)
def test_where_to_look(seen: Evidence, named: list[str], control: int | None, expected: list[Aim]) -> None:
    assert list(aims_of(seen, named, control)) == expected


async def test_what_can_t_be_looked_at_is_told_and_the_rest_is_looked_at() -> None:
    def prober(address: str) -> Prober:
        if address == "192.0.2.77":
            raise LocateError("not that one")
        return Prober(Open(), "192.0.2.1")

    paths, notes = await locate([aim(address="192.0.2.77"), aim()], TraceLimits(), prober)
    assert [one.aim for one in paths] == [aim()]
    assert notes == ("not that one",)
    assert not Location.of("27000@licsrv", paths, notes).blocked


async def test_no_more_paths_are_walked_than_a_few() -> None:
    aims = [aim(port) for port in range(27001, 27101)]
    paths, notes = await locate(aims, TraceLimits(), lambda _address: Prober(Open(), ""))
    assert len(paths) == MOST
    assert len(notes) == 1


def test_nothing_seen_is_not_open() -> None:
    assert Location.of("27000@licsrv", ()).blocked


@pytest.mark.parametrize("address", ["169.254.7.7", "fe80::1%eth0"])
def test_no_router_is_on_the_way_to_a_neighbour(address: str) -> None:
    with pytest.raises(LocateError, match="no router is on the path: check the firewalls of both machines"):
        own_address(address)


@pytest.mark.parametrize("address", ["127.0.0.1", "127.3.4.5", "::1", "::ffff:127.0.0.1", "0.0.0.0", "::"])
def test_this_machine_has_no_way_to_itself(address: str) -> None:
    with pytest.raises(LocateError, match="this machine itself"):
        own_address(address)
