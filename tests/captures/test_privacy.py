"""Nothing private is in the recorded scenarios: addresses, names, hardware, and what a file says of its maker."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from itertools import pairwise

import pytest
import scapy.layers.inet6  # noqa: F401 # scapy learns the layers that are imported
from scapy.layers.dns import DNS
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.inet6 import ICMPv6ND_NA, ICMPv6ND_NS, IPv6
from scapy.layers.l2 import ARP, Ether
from scapy.packet import Packet, Raw

from lmwire.wire import Hello, HelloAnswer, LegacyHello, RemoteProtocolError, TextAnswer, TextRequest
from lmwire_mockserver.addresses import CLIENT_ADDRESSES, SERVER_ADDRESSES
from lmwire_mockserver.scenario import scenarios
from tests.capture.dissect.tshark import decoded
from tests.captures import pcapng
from tests.captures.index import capture_of
from tests.captures.play import HOST, USER

FILES = {each.id: capture_of(each) for each in scenarios()}
DOCUMENTATION = [
    ipaddress.ip_network(network) for network in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")
]
_IP4, _IP6, _ARP = 0x0800, 0x86DD, 0x0806
_TIME_RESOLUTION = 9


def harmless(text: str) -> bool:
    address = ipaddress.ip_address(text)
    if address.is_loopback or address.is_link_local or address.is_multicast:
        return True
    return any(address in network for network in DOCUMENTATION if network.version == address.version)


def frames(name: str) -> Iterator[Packet]:
    for packet in pcapng.packets(FILES[name].read_bytes()):
        yield Ether(packet.data)


def layers(frame: Packet) -> Iterator[Packet]:
    """Yield every layer: those of a packet that an ICMP error quotes, too."""
    layer: Packet = frame
    while layer.payload:
        yield layer
        layer = layer.payload
    yield layer


@pytest.mark.parametrize("name", FILES)
def test_a_file_says_nothing_of_its_maker(name: str) -> None:
    found = list(pcapng.blocks(FILES[name].read_bytes()))
    assert sum(len(block.body) + 12 for block in found) == FILES[name].stat().st_size
    assert {block.kind for block in found} <= {pcapng.SECTION, pcapng.INTERFACE, pcapng.PACKET}
    for block in found:
        assert set(pcapng.options(block)) <= ({_TIME_RESOLUTION} if block.kind == pcapng.INTERFACE else set())
    times = [packet.time for packet in pcapng.packets(FILES[name].read_bytes())]
    assert times
    assert all(before <= after for before, after in pairwise(times))


def addresses(frame: Packet) -> Iterator[str]:
    for layer in layers(frame):
        if isinstance(layer, IP | IPv6):
            yield from (layer.src, layer.dst)
        elif isinstance(layer, ARP):
            yield from (layer.psrc, layer.pdst)
        elif isinstance(layer, ICMPv6ND_NS | ICMPv6ND_NA):
            yield layer.tgt
        elif isinstance(layer, DNS):
            yield from (answer.rdata for answer in layer.an or ())


@pytest.mark.parametrize("name", FILES)
def test_addresses_are_of_the_documentation_ranges(name: str) -> None:
    found = {address for frame in frames(name) for address in addresses(frame)}
    assert found
    assert {address for address in found if not harmless(address)} == set()


@pytest.mark.parametrize("name", FILES)
def test_link_addresses_are_nobodys_hardware(name: str) -> None:
    for frame in frames(name):
        assert frame.type in {_IP4, _IP6, _ARP}
        for text in (frame.src, frame.dst, *((frame[ARP].hwsrc, frame[ARP].hwdst) if ARP in frame else ())):
            first = int(text[:2], 16)
            assert first & 0x03 or text == "00:00:00:00:00:00", text  # locally administered, or to many


@pytest.mark.parametrize("name", FILES)
def test_only_license_traffic_and_what_explains_it_is_in_it(name: str) -> None:
    for frame in frames(name):
        known = frame.getlayer(UDP)
        assert known is None or 53 in (known.sport, known.dport)
        assert any(layer in frame for layer in (TCP, UDP, ARP, ICMP)) or frame[IPv6].nh == 58


@pytest.mark.parametrize("name", FILES)
def test_names_are_neutral(name: str) -> None:
    for frame in frames(name):
        if DNS in frame:
            for question in frame[DNS].qd:
                assert question.qname.decode().endswith((".example.", ".invalid."))
        if TCP not in frame or not isinstance(frame[TCP].payload, Raw):
            continue
        read, _ = decoded(frame[TCP].payload.load)
        for one in read:
            try:
                message = one.message()
            except RemoteProtocolError:
                continue  # damaged on purpose, and by the mock
            if isinstance(message, Hello | LegacyHello | TextRequest):
                assert (message.user, message.host) == (USER, HOST)
            elif isinstance(message, HelloAnswer | TextAnswer):
                assert getattr(message, "host", "server") in {"server", "licsrv.example", "licsrv6.example", ""}


def test_there_are_two_machines() -> None:
    talking = {frame[layer].src for name in FILES for frame in frames(name) for layer in (IP, IPv6) if layer in frame}
    assert {*CLIENT_ADDRESSES, *SERVER_ADDRESSES} <= talking
    assert {address for address in talking if not ipaddress.ip_address(address).is_loopback} == {
        *CLIENT_ADDRESSES,
        *SERVER_ADDRESSES,
    }
