from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from lmwire.netns import Chain, Namespace, Network, NetworkError
from lmwire.netns.dns import DnsServer, DnsZone, Query, Special, View

pytestmark = pytest.mark.network

_INSIDE = View(
    {
        "licsrv": ("10.0.0.5", "2001:db8:5::5"),
        "broken": Special.SERVFAIL,
        "silent": Special.SILENCE,
        "empty": Special.NODATA,
    },
    ("192.0.2.0/28", "2001:db8:0:1::/64"),
)
_OUTSIDE = View({"licsrv": ("203.0.113.5",), "many": tuple(f"10.1.{n // 200}.{n % 200}" for n in range(300))})


@pytest.fixture
def chain(network: Network) -> Chain:
    return network.chain("client", "r1", "server")


@pytest.fixture
def server(network: Network, chain: Chain) -> Iterator[DnsServer]:
    options = ("timeout:4", "attempts:1")  # an answer may be late on a busy machine
    chain["client"].nameservers(network.address("server"), options=options)
    chain["r1"].nameservers(network.address("server", 6), search=("example",), options=options)
    with DnsServer(chain["server"], DnsZone((_INSIDE, _OUTSIDE))) as running:
        yield running


def _addresses(node: Namespace, name: str) -> set[str]:
    return {str(entry[4][0]) for entry in node.call(socket.getaddrinfo, name, 27000, type=socket.SOCK_STREAM)}


def test_a_view_answers_its_clients(chain: Chain, server: DnsServer, network: Network) -> None:
    assert _addresses(chain["client"], "licsrv") == {"10.0.0.5", "2001:db8:5::5"}
    assert _addresses(chain["r1"], "licsrv.") == {"203.0.113.5"}
    assert Query(network.address("client"), "licsrv", "A", "udp") in server.queries
    assert {query.transport for query in server.queries} == {"udp"}


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("nobody", socket.EAI_NONAME),
        ("broken", socket.EAI_AGAIN),
        ("silent", socket.EAI_AGAIN),
        ("empty", socket.EAI_NODATA),
    ],
)
@pytest.mark.usefixtures("server")
def test_the_resolver_of_the_system_sees_the_difference(chain: Chain, name: str, error: int) -> None:
    with pytest.raises(socket.gaierror) as failure:
        _addresses(chain["client"], name)
    assert failure.value.errno == error


@pytest.mark.usefixtures("server")
def test_programs_see_it_too(network: Network, chain: Chain) -> None:
    client = chain["client"]
    assert client.run(["getent", "ahostsv4", "licsrv"]).stdout.startswith("10.0.0.5 ")
    for version in (4, 6):
        at = f"@{network.address('server', version)}"
        assert client.run(["dig", "+short", at, "licsrv", "AAAA"]).stdout == "2001:db8:5::5\n"
        assert client.run(["dig", "+short", "+tcp", at, "licsrv"]).stdout == "10.0.0.5\n"
        assert "status: NXDOMAIN" in client.run(["dig", at, "nobody"]).stdout


def test_a_long_answer_comes_over_tcp(chain: Chain, server: DnsServer) -> None:
    assert len(_addresses(chain["r1"], "many.")) == 300
    assert "tcp" in {query.transport for query in server.queries}


def test_it_answers_from_the_address_that_was_asked(network: Network, chain: Chain, server: DnsServer) -> None:
    chain["server"].ip("address add 203.0.113.99/32 dev lo", "address add 2001:db8:99::1/128 dev lo")
    chain["r1"].route("203.0.113.99", network.address("server"))
    chain["r1"].route("2001:db8:99::1", network.address("server", 6))
    for at in ("@203.0.113.99", "@2001:db8:99::1"):
        assert chain["client"].run(["dig", "+short", "+tries=1", at, "licsrv"]).stdout == "10.0.0.5\n"
    assert server.queries


def test_garbage_and_idle_connections_do_no_harm(network: Network, chain: Chain, server: DnsServer) -> None:
    address = (network.address("server"), 53)

    def disturb() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            for garbage in (b"", b"\0", b"\xff" * 500, b"GET / HTTP/1.0\r\n\r\n"):
                sender.sendto(garbage, address)
        for garbage in (b"\0", b"\xff\xff" + b"x" * 1000, b"\0\x03abc", b"\0\0" * 50):
            with socket.create_connection(address, 10) as connection:
                connection.sendall(garbage)

    idle = [chain["client"].call(socket.create_connection, address, 10) for _ in range(5)]
    try:
        chain["client"].call(disturb)
        assert _addresses(chain["client"], "licsrv") == {"10.0.0.5", "2001:db8:5::5"}
        assert chain["client"].run(["dig", "+short", "+tcp", f"@{address[0]}", "licsrv"]).stdout == "10.0.0.5\n"
    finally:
        for connection in idle:
            connection.close()
    assert all(query.name in {"licsrv", ""} for query in server.queries)


def test_a_closed_server_is_gone(network: Network, chain: Chain) -> None:
    with DnsServer(chain["server"], DnsZone.of({"licsrv": "192.0.2.7"})) as server:
        with pytest.raises(NetworkError, match="cannot listen on port 53 of server"):
            DnsServer(chain["server"], DnsZone.of({}))
        assert server.queries == ()
    server.close()
    with pytest.raises(ConnectionRefusedError):
        chain["client"].call(socket.create_connection, (network.address("server"), 53), 10)
