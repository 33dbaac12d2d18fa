"""Scenarios between two namespaces: names, ports and rules are in place, and gone afterwards."""

from __future__ import annotations

import asyncio
import errno
import socket

import pytest

from lmwire.netns import Namespace
from lmwire.session import Answered, Referred
from lmwire_mockserver.addresses import SERVER_ADDRESSES
from lmwire_mockserver.scenario import scenario
from lmwire_mockserver.scenario_network import ScenarioNetwork
from tests.mockserver.talking import hello

pytestmark = pytest.mark.network

SERVER, SERVER6 = SERVER_ADDRESSES


def ask(client: Namespace, port: int, host: str = SERVER) -> object:
    return client.call(lambda: asyncio.run(hello(port, host=host)))


def connect(client: Namespace, port: int, seconds: float = 5.0) -> int:
    """Return the error number of a connect from the client; 0 when it succeeds."""

    def attempt() -> int:
        with socket.socket() as sock:
            sock.settimeout(seconds)
            try:
                sock.connect((SERVER, port))
            except TimeoutError:
                return errno.ETIMEDOUT
            except OSError as error:
                return error.errno or -1
            return 0

    return client.call(attempt)


def test_a_client_walks_over_the_usual_ports_by_name_and_address() -> None:
    with ScenarioNetwork(scenario("healthy")) as stage:
        assert stage.license_path == "27000@licsrv.example"
        found = stage.client.run(["getent", "ahostsv4", "licsrv.example"]).stdout
        assert found.split()[0] == SERVER
        for host in (SERVER, SERVER6):
            event = ask(stage.client, 27000, host)
            assert isinstance(event, Referred)
            assert (event.message.host, event.message.port) == ("licsrv.example", 27001)
            assert isinstance(ask(stage.client, 27001, host), Answered)
        peers = [seen.peer for seen in stage.mock.wait_for_conversations(4)]
        assert peers == ["192.0.2.10", "192.0.2.10", "2001:db8::10", "2001:db8::10"]


def test_a_name_that_does_not_exist_does_not_exist() -> None:
    with ScenarioNetwork(scenario("referral-unresolvable")) as stage:
        assert stage.client.run(["getent", "ahosts", "inner.corp.invalid"]).returncode == 2


def test_the_server_may_go_by_another_name() -> None:
    with ScenarioNetwork(scenario("ipv6-only")) as stage:
        assert stage.license_path == "27000@licsrv6.example"
        assert stage.client.run(["getent", "ahosts", "licsrv6.example"]).stdout.split()[0] == SERVER6


@pytest.mark.parametrize(
    ("name", "lmgrd", "vendor"),
    [
        ("vendor-rejected-icmp", 0, errno.EHOSTUNREACH),
        ("vendor-rejected-rst", 0, errno.ECONNREFUSED),
        ("lmgrd-rejected-icmp", errno.EHOSTUNREACH, 0),
        ("vendor-denied", 0, errno.EHOSTUNREACH),
        ("vendor-denied-by-policy", 0, errno.EACCES),
        ("lmgrd-denied-by-policy", errno.EACCES, 0),
        ("vendor-unreachable", 0, errno.ENETUNREACH),
        ("vendor-filtered", 0, errno.ETIMEDOUT),
        ("vendor-refused", 0, errno.ECONNREFUSED),
        ("data-blackhole-vendor", 0, 0),
    ],
)
def test_the_rules_of_a_scenario_are_in_force(name: str, lmgrd: int, vendor: int) -> None:
    with ScenarioNetwork(scenario(name)) as stage:
        assert connect(stage.client, 27000) == lmgrd
        assert connect(stage.client, 27001, seconds=1.5) == vendor


def test_payload_is_lost_where_the_scenario_says_so() -> None:
    with ScenarioNetwork(scenario("data-blackhole-vendor")) as stage:
        assert isinstance(ask(stage.client, 27000), Referred)
        with pytest.raises(TimeoutError):
            stage.client.call(lambda: asyncio.run(asyncio.wait_for(hello(27001, host=SERVER), 1.0)))


def test_ports_may_be_the_scenarios_own() -> None:
    with ScenarioNetwork(scenario("dynamic-port-643")) as stage:
        assert stage.server_mock.vendors == {"ibmratl": 643}


def test_what_was_not_entered_says_so() -> None:
    stage = ScenarioNetwork(scenario("healthy"))
    with pytest.raises(RuntimeError, match="enter the network with `with` first"):
        _ = stage.client
    with pytest.raises(RuntimeError, match="enter the network with `with` first"):
        _ = stage.mock
