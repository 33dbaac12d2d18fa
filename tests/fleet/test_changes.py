"""What counts as a change between two looks at a server."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from lmwire.diagnosis import Overall
from lmwire.fleet.documents import ServerState, VendorState, changes
from lmwire.report.sweep import change_line

EARLIER, NOW = datetime(2026, 11, 25, 9, tzinfo=UTC), datetime(2026, 11, 25, 10, tzinfo=UTC)


def state(
    verdict: str = "healthy",
    port: int | None = 27001,
    *,
    vendor: str = "ibmratl",
    version: str = "11.19",
    master: str = "",
) -> ServerState:
    vendors = (VendorState(vendor=vendor, verdict=verdict, state=Overall.OK, headline="", port=port),)
    return ServerState(vendors=vendors, lmgrd_version=version, master=master)


@pytest.mark.parametrize(
    ("before", "now", "found"),
    [
        (state(), state(), []),
        (state(), state("vendor-filtered"), [("ibmratl", "verdict", "healthy", "vendor-filtered")]),
        (state(), state(port=27005), [("ibmratl", "vendor port", "27001", "27005")]),
        (state(), state("lmgrd-filtered", None), [("ibmratl", "verdict", "healthy", "lmgrd-filtered")]),
        (state(), state(version="11.20"), [("", "lmgrd version", "11.19", "11.20")]),
        (state(), state(version=""), []),
        (state(master="a"), state(master="b"), [("", "triad master", "a", "b")]),
        (state(), state(vendor="adskflex"), [("adskflex", "verdict", "", "healthy")]),
    ],
)
def test_what_changed(before: ServerState, now: ServerState, found: list[tuple[str, str, str, str]]) -> None:
    made = changes("cad", before, EARLIER, now, NOW)
    assert [(one.vendor, one.what, one.before, one.now) for one in made] == found
    assert all(one.since == EARLIER and one.time == NOW for one in made)


def test_a_change_is_a_line() -> None:
    (change,) = changes("cad", state(), EARLIER, state("vendor-filtered"), NOW)
    assert change_line(change) == (
        "2026-11-25 10:00:00Z cad ibmratl: verdict vendor-filtered (before healthy, since 2026-11-25 09:00:00Z)"
    )
