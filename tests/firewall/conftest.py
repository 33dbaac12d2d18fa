"""A license server behind a firewall that drops everything but what the rules let through."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lmwire.netns import Network
from lmwire_mockserver.server import AsyncMockServer
from lmwire_mockserver.threaded import ThreadedMock
from tests.firewall.licensing import DAEMON, LMGRD_PORT, OTHER_PORT, SERVER, VENDOR_PORT, Site


@pytest.fixture
def site() -> Iterator[Site]:
    """Two clients' networks, a router and a server that listens on its two ports and a third one."""
    with Network() as network:
        router = network.router("router")
        for name in ("client", "stranger", "server"):
            network.link(network.host(name), router)
        network.route_all()
        for name in ("client", "stranger"):
            network[name].hosts({SERVER: [network.address("server", version) for version in (4, 6)]})
        mock = AsyncMockServer(
            bind="::",
            lmgrd_port=LMGRD_PORT,
            vendor_ports=(VENDOR_PORT, OTHER_PORT),
            vendors=(DAEMON, "unopened"),
            referral_host=SERVER,
        )
        with ThreadedMock(mock, inside=network["server"]):
            yield Site(network)
