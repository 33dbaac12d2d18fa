from __future__ import annotations

import select
import socket
import struct
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from lmwire.netns import Chain, CommandError, Network

pytestmark = pytest.mark.network

_IP_RECVERR, _IPV6_RECVERR = 11, 25  # linux/in.h, linux/in6.h
_PORT = 27001


@dataclass(frozen=True, slots=True)
class Rejection:
    kind: int
    code: int
    sender: str


@pytest.fixture
def listening() -> Iterator[ExitStack]:
    with ExitStack() as sockets:
        yield sockets


@pytest.fixture
def chain(network: Network, listening: ExitStack) -> Chain:
    chain = network.chain("client", "r1", "r2", "server")
    for address, family in (
        (network.address("server"), socket.AF_INET),
        (network.address("server", 6), socket.AF_INET6),
    ):
        # A socket that listens is enough to be connected to; nobody needs to accept.
        listening.enter_context(network["server"].call(socket.create_server, (address, _PORT), family=family))
    return chain


def _table(family: str, hook: str, rule: str) -> str:
    return f"table {family} lab {{\n chain c {{\n  type {hook}\n  {rule}\n }}\n}}\n"


def _connect(address: str, seconds: float) -> None:
    socket.create_connection((address, _PORT), seconds).close()


def _rejection(address: str) -> Rejection:
    """Connect, and return the ICMP error that came back, from the socket's error queue."""
    ipv6 = ":" in address
    level, option = (socket.IPPROTO_IPV6, _IPV6_RECVERR) if ipv6 else (socket.IPPROTO_IP, _IP_RECVERR)
    with socket.socket(socket.AF_INET6 if ipv6 else socket.AF_INET) as connection:
        connection.setsockopt(level, option, 1)
        connection.setblocking(False)
        connection.connect_ex((address, _PORT))
        select.select([], [connection], [], 10)
        control = connection.recvmsg(2048, 2048, socket.MSG_ERRQUEUE)[1]
    data = next(data for where, what, data in control if (where, what) == (level, option))
    kind, code = struct.unpack_from("=4xxBB", data)
    raw = data[24:40] if ipv6 else data[20:24]
    return Rejection(kind, code, socket.inet_ntop(socket.AF_INET6 if ipv6 else socket.AF_INET, raw))


def test_without_rules_the_port_is_open(network: Network, chain: Chain) -> None:
    for version in (4, 6):
        chain["client"].call(_connect, network.address("server", version), 10)


def test_dropped_packets_get_no_answer(network: Network, chain: Chain) -> None:
    chain["r1"].nft(_table("inet", "filter hook forward priority 0", f"tcp dport {_PORT} drop"))
    with pytest.raises(TimeoutError):
        chain["client"].call(_connect, network.address("server"), 0.3)


@pytest.mark.parametrize(
    ("version", "reject", "expected"),
    [
        (4, "icmp type admin-prohibited", (3, 13)),
        (4, "icmp type host-unreachable", (3, 1)),
        (6, "icmpv6 type admin-prohibited", (1, 1)),
    ],
)
def test_an_icmp_reject_comes_from_the_router(
    network: Network, chain: Chain, version: int, reject: str, expected: tuple[int, int]
) -> None:
    rule = f"tcp dport {_PORT} reject with {reject}"
    chain["r2"].nft(_table("inet", "filter hook forward priority 0", rule))
    sender = chain.links[1].b.address(version)  # where r2 is entered
    assert sender is not None
    rejection = chain["client"].call(_rejection, network.address("server", version))
    assert rejection == Rejection(*expected, str(sender.ip))


def test_no_icmp_error_is_withheld(network: Network, chain: Chain) -> None:
    rule = "reject with icmpx type admin-prohibited"
    chain["r1"].nft(_table("inet", "filter hook forward priority 0", rule))
    for _ in range(25):
        for version in (4, 6):
            assert chain["client"].call(_rejection, network.address("server", version)).kind


def test_a_reset_refuses(network: Network, chain: Chain) -> None:
    rule = f"tcp dport {_PORT} reject with tcp reset"
    chain["r1"].nft(_table("inet", "filter hook forward priority 0", rule))
    with pytest.raises(ConnectionRefusedError):
        chain["client"].call(_connect, network.address("server"), 10)


def test_destination_nat_leads_to_the_server(network: Network, chain: Chain) -> None:
    public, private = chain.links[0].b.ipv4, network.address("server")
    assert public is not None
    with pytest.raises(ConnectionRefusedError):
        chain["client"].call(_connect, str(public.ip), 10)
    rule = f"ip daddr {public.ip} tcp dport {_PORT} dnat to {private}"
    chain["r1"].nft(_table("ip", "nat hook prerouting priority dstnat", rule))
    chain["client"].call(_connect, str(public.ip), 10)


@pytest.mark.parametrize("ipv6", [False, True])
def test_rules_of_iptables_load(network: Network, chain: Chain, *, ipv6: bool) -> None:
    rules = (
        f"*filter\n:FORWARD ACCEPT [0:0]\n-A FORWARD -p tcp --dport {_PORT} -j REJECT --reject-with tcp-reset\nCOMMIT\n"
    )
    chain["r1"].iptables_restore(rules, ipv6=ipv6)
    with pytest.raises(ConnectionRefusedError):
        chain["client"].call(_connect, network.address("server", 6 if ipv6 else 4), 10)


def test_a_refused_ruleset_names_its_line(network: Network) -> None:
    host = network.host("a")
    with pytest.raises(CommandError) as nft:
        host.nft("table inet lab {\n chain f {\n  tcp dport nonsense\x1b[31m drop\n }\n}")
    assert nft.value.command == ("nft", "-f", "-")
    assert nft.value.line == "tcp dport nonsense\x1b[31m drop"
    assert "nft -f -" in str(nft.value)
    assert "\x1b" not in str(nft.value)
    with pytest.raises(CommandError) as ip:
        host.ip("link set lo up", "address add 192.0.2.1/28 dev nothing", "link set lo down")
    assert ip.value.line == "address add 192.0.2.1/28 dev nothing"
    assert "nothing" in ip.value.stderr
    with pytest.raises(CommandError) as iptables:
        host.iptables_restore("*filter\n-A INPUT -j NOWHERE\nCOMMIT\n")
    assert iptables.value.line
