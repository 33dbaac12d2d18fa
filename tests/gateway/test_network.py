"""A gateway between network namespaces: the client has no way to the server but the gateway."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from lmwire.gateway.plan import GatewayPlan, GatewayServer, Limits, Mode
from lmwire.netns import Namespace, Network
from lmwire.netns.links import LinkEnd
from lmwire.wire import HelloAnswer
from lmwire_mockserver.scenario import scenario
from lmwire_mockserver.server import AsyncMockServer
from lmwire_mockserver.threaded import ThreadedMock
from tests.gateway.running import Running, running
from tests.gateway.talking import HELLO, read_message, reset
from tests.referee.clients import NEWEST, VENDOR
from tests.referee.running import run_client

pytestmark = [pytest.mark.network, pytest.mark.slow]

SECONDS = 10.0
KNOWN = 1.0
"""Seconds within which an end that TCP tells must be known."""

SOON = Limits(keepalive=1.0, dead_after=3.0)


def address_of(end: LinkEnd) -> str:
    """Return the IPv4 address of an end."""
    found = end.address(4)
    assert found is not None
    return str(found.ip)


@dataclass
class Site:
    """A client, a gateway, a router, a server. The client's only link is to the gateway, which forwards nothing."""

    network: Network
    client: Namespace
    middle: Namespace
    router: Namespace
    server: Namespace

    @property
    def gateway_address(self) -> str:
        """The gateway's, on the client's side."""
        return address_of(self.network.links[0].b)

    @property
    def server_address(self) -> str:
        """The license server's."""
        return self.network.address("server")

    def plan(self, host: str = "", *, mode: Mode = Mode.ONE_PORT, limits: Limits | None = None) -> GatewayPlan:
        """Return a plan for the server, by address or by a name."""
        server = GatewayServer(server=f"27000@{host or self.server_address}", listen="0.0.0.0:27000", mode=mode)
        return GatewayPlan(servers=(server,), limits=limits or Limits())

    def connect(self) -> socket.socket:
        """Connect the client to the gateway."""
        return self.client.call(socket.create_connection, (self.gateway_address, 27000), SECONDS)

    def session(self) -> socket.socket:
        """Connect, and get a vendor daemon's answer."""
        sock = self.connect()
        sock.sendall(HELLO)
        assert isinstance(read_message(sock), HelloAnswer)
        return sock


@pytest.fixture(name="site")
def _site() -> Iterator[Site]:
    with Network() as network:
        client, middle, router, server = (
            network.host("client"),
            network.host("middle"),
            network.router("router"),
            network.host("server"),
        )
        network.link(client, middle, net6=None)
        network.link(middle, router, net6=None)
        network.link(router, server, net6=None)
        middle.route("0.0.0.0/0", address_of(network.links[1].b))
        server.route("0.0.0.0/0", address_of(network.links[2].a))
        yield Site(network, client, middle, router, server)


@contextlib.contextmanager
def licensed(
    site: Site, *, vendor_port: int = 27001, referral_host: str = "", vendor: str = "ibmratl"
) -> Iterator[ThreadedMock]:
    """Run the license server, on the ports that servers have."""
    mock = AsyncMockServer(
        scenario("healthy"),
        bind="0.0.0.0",
        lmgrd_port=27000,
        vendor_ports=(vendor_port,),
        vendors=(vendor,),
        referral_host=referral_host or site.server_address,
    )
    with ThreadedMock(mock, inside=site.server) as threaded:
        yield threaded


@pytest.mark.real_client
@pytest.mark.parametrize("mode", Mode)
def test_a_client_without_a_way_to_the_server_is_served(site: Site, mode: Mode) -> None:
    with licensed(site, vendor=VENDOR), running(site.plan(mode=mode), inside=site.middle) as gateway:
        report = run_client(NEWEST, f"27000@{site.gateway_address}", popen=site.client.popen)
        assert report.first.code == "-5,414"
        assert all(record.client.user for record in gateway.ended(1) if record.asked)
        direct = run_client(NEWEST, f"27000@{site.server_address}", popen=site.client.popen)
        assert direct.first.code == "-15,570"


def test_the_vendor_daemon_moves_and_the_license_server_restarts(site: Site) -> None:
    with running(site.plan(), inside=site.middle) as gateway:
        for port in (27001, 27002, 27001):
            with licensed(site, vendor_port=port), site.session():
                pass
        moves = gateway.moves
    assert [(before, now) for _, _, before, now in moves] == [(None, 27001), (27001, 27002), (27002, 27001)]


def test_a_referral_to_a_name_that_only_the_server_knows_leads_to_the_servers_own_address(site: Site) -> None:
    with licensed(site, referral_host="licsrv.inner.invalid"), running(site.plan(), inside=site.middle), site.session():
        pass


def test_a_referral_to_an_address_that_is_dead_here_falls_back_in_time_for_the_client(site: Site) -> None:
    with (
        licensed(site, referral_host="203.0.113.77"),
        running(site.plan(), inside=site.middle) as gateway,
        site.session(),
    ):
        (session,) = gateway.call(lambda: [one.record() for one in gateway.gateway.sessions])
    assert session.connect_seconds is not None
    assert session.connect_seconds < 3
    assert session.vendor_daemon == f"{site.server_address}:27001"


def test_a_name_that_does_not_resolve_at_the_gateway_is_told(site: Site) -> None:
    with running(site.plan("licsrv.invalid"), inside=site.middle) as gateway, site.connect() as client:
        client.sendall(HELLO)
        with pytest.raises(ConnectionResetError):
            client.recv(1)
        (record,) = gateway.ended(1)
    assert record.failure == "name-unresolvable"
    assert record.ended == "27000@licsrv.invalid: the name licsrv.invalid does not resolve"


FORGETFUL = """
table inet forgetful {
  chain forward { type filter hook forward priority filter; policy drop;
    ct state established,related accept
    tcp flags syn / syn,ack,fin,rst ct state new accept
  }
}
"""


@pytest.mark.parametrize(("limits", "survives"), [(SOON, True), (Limits(keepalive=100.0, dead_after=200.0), False)])
def test_keepalive_saves_a_session_from_a_firewall_that_forgets(site: Site, limits: Limits, *, survives: bool) -> None:
    site.router.nft(FORGETFUL)
    site.router.sysctl("net.netfilter.nf_conntrack_tcp_timeout_established", 2)
    site.router.sysctl("net.netfilter.nf_conntrack_tcp_loose", 0)
    with licensed(site), running(site.plan(limits=limits), inside=site.middle), site.session() as client:
        silence = time.monotonic() + 4
        client.settimeout(silence - time.monotonic())
        with pytest.raises(TimeoutError):  # nothing comes
            client.recv(1)
        client.settimeout(2)
        client.sendall(HELLO)
        if survives:
            assert isinstance(read_message(client), HelloAnswer)
        else:
            with pytest.raises(TimeoutError):
                read_message(client)


def test_each_end_hears_of_the_others_end_at_once(site: Site) -> None:
    with licensed(site) as mock, running(site.plan(), inside=site.middle) as gateway:
        for end in (socket.socket.close, reset):
            count = mock.mock.total
            client = site.session()
            began = time.monotonic()
            end(client)
            mock.wait_for_conversations(count + 1, SECONDS)
            assert time.monotonic() - began < KNOWN
        gateway.ended(2)
        with site.session() as client:
            client.settimeout(SECONDS)
            began = time.monotonic()
            mock.__exit__(None, None, None)  # the server's process is gone: the kernel resets its connections
            with contextlib.suppress(ConnectionResetError):
                assert client.recv(1) == b""
            assert time.monotonic() - began < KNOWN


@pytest.mark.parametrize("far", ["client", "server"])
def test_a_pulled_cable_is_known_within_the_keepalive_time(site: Site, far: str) -> None:
    with licensed(site), running(site.plan(limits=SOON), inside=site.middle) as gateway:
        client = site.session()
        if far == "client":
            site.client.ip(f"link set {site.network.links[0].a.interface} down")
        else:
            site.server.ip(f"link set {site.network.links[2].b.interface} down")
        began = time.monotonic()
        (record,) = gateway.ended(1)
        taken = time.monotonic() - began
        client.close()
    assert record.ended == f"the {far} does not answer any more"
    assert taken < SOON.dead_after + 2


def test_both_modes_serve_where_the_gateway_is_behind_a_nat(site: Site) -> None:
    """The clients' side of the gateway has a name of its own: --advertise."""
    for mode in Mode:
        server = GatewayServer(
            server=f"27000@{site.server_address}",
            listen="0.0.0.0:27000",
            mode=mode,
            advertise=site.gateway_address if mode is Mode.REFERRAL else "",
        )
        with licensed(site), running(GatewayPlan(servers=(server,)), inside=site.middle) as gateway:
            assert_served(site, gateway, mode)


def assert_served(site: Site, gateway: Running, mode: Mode) -> None:
    with site.connect() as client:
        client.sendall(HELLO)
        message = read_message(client)
    if mode is Mode.REFERRAL:
        with site.client.call(socket.create_connection, (message.host, message.port), SECONDS) as vendor:  # type: ignore[union-attr]
            vendor.sendall(HELLO)
            message = read_message(vendor)
    assert isinstance(message, HelloAnswer)
    gateway.ended(1)
