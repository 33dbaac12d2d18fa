"""The command as people run it: as nobody, through three routers; and what it says where it can't work."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lmwire.hops import connect_probe
from lmwire.netns import Network
from lmwire.testing import LicenseServer
from lmwire_mockserver.conversation import DaemonKind
from tests.cli.running import clean, invoke
from tests.hops.rules import Rule, load, serving, short
from tests.hops.walker import NOBODY, walk

_PORT, _BESIDE, _LOST, _CLOSED = 27001, 30_001, 30_002, 30_999
_RULES = [
    Rule(_PORT, "r2", "forward", "drop"),
    Rule(_BESIDE, "server", "input", "rst"),
    Rule(_LOST, "r1", "forward", "drop"),
    Rule(_LOST + 1, "r1", "forward", "drop"),
]


@pytest.fixture(scope="module")
def network() -> Iterator[Network]:
    with Network() as network:
        network.chain("client", "r1", "r2", "r3", "server")
        network["client"].hosts({"licsrv": network.address("server")})
        load(network, _RULES)
        with serving(network, [_BESIDE]):
            yield network


def run(network: Network, *arguments: str, root: bool = False) -> subprocess.CompletedProcess[str]:
    user = () if root else NOBODY
    return network["client"].run([*user, sys.executable, "-m", "lmwire", "locate", *arguments], env=clean(), timeout=60)


@pytest.mark.network
def test_lmgrd_is_asked_for_the_port_and_the_hop_is_named(network: Network) -> None:
    ended = run(network, "27000@licsrv", "--vendor", "ibmratl", "--timeout", "0.4")
    assert (ended.returncode, ended.stderr) == (1, "")
    assert "TCP 27001 is dropped between hop 2 (198.51.100.2) and hop 3 (203.0.113.2)." in ended.stdout
    assert ended.stdout in Path("docs/locate.md").read_text(encoding="utf-8")  # what users are shown is what it says


@pytest.mark.network
def test_the_same_as_json_with_the_vendor_daemons_that_lmgrd_lists(network: Network) -> None:
    # The referral's name leads to IPv4; lmgrd's own address is looked at, too.
    address = network.address("server", 6)
    ended = run(network, f"27000@[{address}]", "--timeout", "0.4", "--format", "json")
    paths = [path for path in json.loads(ended.stdout)["paths"] if path["trace"]["address"] == address]
    assert ended.returncode == 1
    assert [path["aim"]["vendor"] for path in paths] == ["ibmratl"]
    assert [place["kind"] for place in paths[0]["judged"]["suspects"]] == ["hop, forwarding", "hop, receiving"]
    assert paths[0]["judged"]["parted"] == 3


@pytest.mark.network
def test_a_port_can_be_given_and_is_reset_by_the_server(network: Network) -> None:
    ended = run(network, "27000@licsrv", "--port", str(_BESIDE), "--timeout", "0.4", "--format", "markdown")
    assert ended.returncode == 1
    assert "**TCP 30001 is reset at the server itself (192.0.2.18), not on the path to it.**" in ended.stdout
    assert "lmwire locate 27000@licsrv --port 30001\n" in ended.stdout


@pytest.mark.network
def test_status_0_when_nothing_blocks(network: Network) -> None:
    ended = run(network, "27000@licsrv", "--port", "27000", "--control", str(_PORT), "--timeout", "0.4")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "Nothing blocks TCP 27000" in ended.stdout


@pytest.mark.network
def test_lmgrd_that_is_not_reached_is_looked_for_without_a_port_to_compare_with(network: Network) -> None:
    ended = run(network, f"{_CLOSED}@licsrv", "--vendor", "ibmratl", "--timeout", "0.4")
    assert ended.returncode == 1
    assert f"TCP {_CLOSED} is reset at the server itself" in ended.stdout
    assert "Likely: the server itself (192.0.2.18)" in ended.stdout


@pytest.mark.network
def test_raw_packets_tell_the_same(network: Network) -> None:
    ended = run(network, "27000@licsrv", "--port", str(_PORT), "--raw", "--timeout", "0.4", root=True)
    assert (ended.returncode, ended.stderr) == (1, "")
    assert f"TCP {_PORT} is dropped between hop 2" in ended.stdout
    traces = walk(network, [_PORT, _BESIDE], 0.4, "raw")
    assert {at: short(trace)[1] for at, trace in traces.items()} == {
        (version, port): suspects
        for version in (4, 6)
        for port, suspects in ((_PORT, ["out 2", "in 3"]), (_BESIDE, ["server"]))
    }


@pytest.mark.network
def test_raw_packets_need_root(network: Network) -> None:
    ended = run(network, "27000@licsrv", "--port", "27001", "--raw")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "run it as root, or use connects" in ended.stderr


@pytest.mark.network
def test_two_ports_that_both_vanish_tell_nothing_about_where(network: Network) -> None:
    ended = run(network, "27000@licsrv", "--port", str(_LOST), "--control", str(_LOST + 1), "--timeout", "0.2")
    assert ended.returncode == 1
    shown = " ".join(ended.stdout.split())
    assert "no working port to compare with" in shown
    assert "The last hop that answers is hop 1 (192.0.2.2)" in shown
    assert "--control PORT" in shown


@pytest.mark.network
def test_a_nat_that_does_not_forward_the_port_is_recognized() -> None:
    with Network() as network:
        network.chain("client", "r1", "r2", "server")
        public, inside = str(network.links[1].b.ipv4).partition("/")[0], network.address("server")
        line = f"ip daddr {public} tcp dport 27000 dnat to {inside}"
        network["r2"].nft(f"table ip t {{\nchain c {{\ntype nat hook prerouting priority dstnat\n{line}\n}}\n}}\n")
        with serving(network, []):
            ended = run(network, f"27000@{public}", "--port", str(_PORT), "--timeout", "0.4")
    assert ended.returncode == 1
    shown = " ".join(ended.stdout.split())
    assert f"TCP {_PORT} is reset by hop 2 ({public})" in shown
    assert f"On hop 2 ({public}), a NAT, forward TCP {_PORT} to the license server" in shown


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("27000@localhost", "--port", "27001"), "this machine itself"),
        (("27000@a,27000@b,27000@c",), "names 3 servers"),
        (("@licsrv", "--port", "27001"), "lmgrd's port must be in the target"),
        (("27000@licsrv", "--port", "0"), "must be from 1 to 65535, not 0"),
        (("27000@licsrv", "--max-hops", "65"), "must be from 1 to 64, not 65"),
        (("27000@licsrv", "--timeout", "nan"), "must be above 0 and at most 3600 seconds, not nan"),
        (("27000@licsrv", "-4", "-6"), "exclude each other"),
        (("27000@[::1",), "["),
        ((), "Missing argument"),
    ],
)
def test_wrong_usage(arguments: tuple[str, ...], said: str) -> None:
    shown = invoke("locate", *arguments)
    assert (shown.exit_code, shown.stdout) == (2, "")
    assert said in shown.stderr


def test_a_server_without_an_address_to_look_at() -> None:
    shown = invoke("locate", "27000@192.0.2.1", "--port", "27001", "-6")
    assert shown.exit_code == 1
    assert "lmwire found no address to test for 192.0.2.1" in " ".join(shown.stdout.split())


def test_lmgrd_is_asked_and_the_vendor_daemon_is_not_waited_for() -> None:
    with LicenseServer(vendor="ibmratl") as server:
        shown = invoke("locate", server.target, "--vendor", "ibmratl")
        assert "this machine itself" in shown.stderr
    assert [conversation.role for conversation in server.conversations] == [DaemonKind.LMGRD]


@pytest.mark.network
def test_an_address_that_nobody_has_is_no_blocked_port() -> None:
    with Network() as network:
        network.chain("client", "server")
        near = str(network.links[0].a.ipv4.network[9])
        ended = run(network, f"27000@{near}", "--port", str(_PORT), "--timeout", "0.7")
    assert (ended.returncode, ended.stderr) == (1, "")
    shown = " ".join(ended.stdout.split())
    assert f"This machine cannot reach {near}." in shown
    assert f"check the address {near}" in shown


def test_a_system_that_does_not_tell_who_sent_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connect_probe, "TELLS_ICMP", False)
    shown = invoke("locate", "27000@licsrv", "--port", "27001")
    assert (shown.exit_code, shown.stdout) == (2, "")
    assert "on a Linux machine" in shown.stderr
