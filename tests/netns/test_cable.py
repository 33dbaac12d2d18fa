from __future__ import annotations

import itertools
import socket
import time
from collections.abc import Callable

import pytest

from lmwire.netns import Cable, Namespace, Network

pytestmark = pytest.mark.network

Talk = Callable[[Namespace, Namespace, str, bytes], bytes]


def _cable(network: Network) -> Cable:
    cable = network.links[0].cable
    assert cable is not None
    return cable


def _round_trips(address: str, port: int, count: int) -> list[float]:
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.settimeout(20)
        sender.connect((address, port))
        seconds = []
        for _ in range(count):
            start = time.monotonic()
            sender.send(b"?")
            with pytest.raises(ConnectionRefusedError):  # the ICMP error of a closed port is an answer too
                sender.recv(1)
            seconds.append(time.monotonic() - start)
        return seconds


@pytest.mark.parametrize("version", [4, 6])
@pytest.mark.parametrize("delay", [0.03, (0.06, 0.0)], ids=["both ways", "one way"])
def test_a_delay_is_neither_shorter_nor_much_longer(
    network: Network, delay: float | tuple[float, float], version: int
) -> None:
    client, _ = network.chain("client", "server", delay=delay).nodes
    first, *others = client.call(_round_trips, network.address("server", version), 9, 6)
    assert first >= 0.06  # and the other end's hardware address had to be asked for
    assert min(others) >= 0.06
    assert min(others) < 0.3


def test_delays_of_a_chain_add_up(network: Network) -> None:
    client, *_ = network.chain("client", "r1", "server", delay=0.02).nodes
    assert min(client.call(_round_trips, network.address("server"), 9, 3)) >= 0.08


def test_a_plain_link_has_no_cable(network: Network) -> None:
    assert network.chain("client", "server").links[0].cable is None


@pytest.mark.parametrize("version", [4, 6])
def test_tcp_survives_a_lossy_link(network: Network, talk: Talk, version: int) -> None:
    client, server = network.chain("client", "server", loss=0.2, seed=3).nodes
    payload = bytes(range(256)) * 60
    assert talk(client, server, network.address("server", version), payload) == payload
    assert sum(_cable(network).lost) > 0


def test_even_the_worst_wire_only_delays(network: Network, talk: Talk) -> None:
    client, server = network.chain("client", "server", loss=(1.0, 0.0)).nodes
    assert talk(client, server, network.address("server"), b"hello") == b"hello"
    lost_there, lost_back = _cable(network).lost
    assert lost_there > 0
    assert lost_back == 0


def test_a_removed_device_does_not_keep_the_forwarder_awake(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    rounds = itertools.count()
    seconds_to_wait = Cable._seconds_to_wait

    def counted(cable: Cable) -> float | None:
        next(rounds)
        return seconds_to_wait(cable)

    monkeypatch.setattr(Cable, "_seconds_to_wait", counted)
    client, _ = network.chain("client", "server", delay=0.001).nodes
    client.ip("link delete dev server")
    for _ in range(20):
        client.run(["true"])
    assert next(rounds) < 200
