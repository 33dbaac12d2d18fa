from __future__ import annotations

import socket
from collections.abc import Callable

import pytest

from lmwire.netns import Namespace, Network, NetworkError

_IP_RECVTTL = 12  # linux/in.h

pytestmark = pytest.mark.network

Talk = Callable[[Namespace, Namespace, str, bytes], bytes]


@pytest.mark.parametrize("version", [4, 6])
@pytest.mark.parametrize("routers", [[], ["r1"], ["r1", "r2", "r3"]], ids=len)
def test_both_ends_of_a_chain_reach_each_other(network: Network, talk: Talk, routers: list[str], version: int) -> None:
    chain = network.chain("client", *routers, "server")
    client, server = chain["client"], chain["server"]
    assert talk(client, server, network.address("server", version), b"there") == b"there"
    assert talk(server, client, network.address("client", version), b"back") == b"back"


def test_every_router_is_one_hop(network: Network) -> None:
    network.chain("client", "r1", "r2", "r3", "server")

    def times_to_live() -> int:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
            receiver.setsockopt(socket.IPPROTO_IP, _IP_RECVTTL, 1)
            receiver.settimeout(10)
            receiver.bind((network.address("server"), 0))
            network["client"].call(send, receiver.getsockname())
            control = receiver.recvmsg(100, 100)[1]
            return int.from_bytes(control[0][2], "little")

    def send(target: tuple[str, int]) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, 64)
            sender.sendto(b"x", target)

    assert network["server"].call(times_to_live) == 61


@pytest.mark.parametrize(("version", "absent"), [(4, 6), (6, 4)])
def test_a_chain_of_one_family_has_no_address_of_the_other(network: Network, version: int, absent: int) -> None:
    network.chain("client", "r1", "server", ipv4=version == 4, ipv6=version == 6)
    assert network.address("server", version)
    with pytest.raises(NetworkError, match=f"server has no IPv{absent} address"):
        network.address("server", absent)


def test_addresses_are_taken_from_the_ranges_for_documentation(network: Network) -> None:
    links = network.chain("client", "r1", "r2", "server").links
    assert [str(link.a.ipv4) for link in links] == ["192.0.2.1/28", "198.51.100.1/28", "203.0.113.1/28"]
    assert [str(link.b.ipv6) for link in links] == ["2001:db8:0:1::2/64", "2001:db8:0:2::2/64", "2001:db8:0:3::2/64"]


def test_addresses_can_be_given(network: Network, talk: Talk) -> None:
    a, b = network.host("dev"), network.host("b")  # words of `ip` itself are names like others
    first = network.link(a, b, net4="10.9.8.0/30", net6=None)
    second = network.link(a, b, net4=("10.1.0.7/24", "10.1.0.1/24"), net6=("fd00::7/64", "fd00::1/64"))
    assert (first.a.interface, second.a.interface, second.b.interface) == ("b", "b-2", "dev-2")
    for address in ("10.9.8.2", "10.1.0.1", "fd00::1"):
        assert talk(a, b, address, b"hello") == b"hello"


@pytest.mark.parametrize("net4", ["10.0.0.0/32", "10.0.0.5/24", "2001:db8::/64", ("10.0.0.1", "nonsense")])
def test_addresses_that_cannot_be_are_refused(network: Network, net4: str | tuple[str, str]) -> None:
    with pytest.raises(NetworkError, match="no IPv4 addresses for a link"):
        network.link(network.host("a"), network.host("b"), net4=net4)


def test_a_branch_is_reached_by_the_fewest_routers(network: Network, talk: Talk) -> None:
    network.chain("client", "r1", "r2", "r3", "server")
    network.chain(network["r2"], "dns")
    network.chain(network["r1"], network["r3"])
    for name in ("client", "server"):
        for version in (4, 6):
            assert talk(network[name], network["dns"], network.address("dns", version), b"?") == b"?"
    route = network["r1"].run(["ip", "route", "get", network.address("server")]).stdout
    assert " dev r3 " in route


def test_a_router_says_that_it_knows_no_route(network: Network) -> None:
    client = network.chain("client", "r1", "server")["client"]

    def connect() -> None:
        socket.create_connection(("10.255.255.1", 27000), 10).close()

    with pytest.raises(OSError, match=r"Network is unreachable|No route to host"):
        client.call(connect)


def test_names_are_unique_and_short(network: Network) -> None:
    network.host("a")
    with pytest.raises(NetworkError, match="already"):
        network.router("a")
    for name in ("lo", "", "Upper", "a.b", "thirteen-char", "../x"):
        with pytest.raises(NetworkError, match="is not a host name"):
            network.host(name)
    with pytest.raises(NetworkError, match="itself"):
        network.link(network["a"], network["a"])


def test_captures_show_whole_checksums(network: Network, talk: Talk) -> None:
    client, server = network.chain("client", "server").nodes
    packets = client.call(socket.socket, socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x0800))  # ETH_P_IP
    with packets:
        packets.settimeout(10)
        talk(client, server, network.address("server"), b"x" * 20_000)
        for _ in range(8):
            packet = packets.recv(65_536)
            assert len(packet) <= 1500
            assert _checksum_is_right(packet)


def _checksum_is_right(packet: bytes) -> bool:
    segment = packet[(packet[0] & 15) * 4 : int.from_bytes(packet[2:4])]
    summed = packet[12:20] + bytes([0, packet[9]]) + len(segment).to_bytes(2) + segment
    summed += bytes(len(summed) % 2)
    total = sum(int.from_bytes(summed[at : at + 2]) for at in range(0, len(summed), 2))
    return total > 0 and total % 0xFFFF == 0
