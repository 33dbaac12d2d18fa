"""Devices that answer for others, several paths, NAT: what is there is named, and only what was seen is certain."""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from typing import Any, Final

import pytest

from lmwire.netns import Network, Stop
from lmwire_mockserver.scenario import Lmgrd, Servers, Vendor
from lmwire_mockserver.server import AsyncMockServer
from lmwire_mockserver.threaded import ThreadedMock
from tests.cli.running import clean
from tests.hops.rules import LMGRD, serving
from tests.hops.walker import NOBODY

pytestmark = pytest.mark.network

_PORT: Final = 27001
_DROP: Final = f"table inet t {{\nchain f {{\ntype filter hook forward priority 0\ntcp dport {_PORT} drop\n}}\n}}\n"


def _run(network: Network, *arguments: str, root: bool = False) -> subprocess.CompletedProcess[str]:
    words = ["locate", *arguments, "--timeout", "0.4"]
    user = () if root else NOBODY
    return network["client"].run([*user, sys.executable, "-m", "lmwire", *words], env=clean(), timeout=60)


def _path(network: Network, *arguments: str, status: int = 1, root: bool = False) -> dict[str, Any]:
    ended = _run(network, *arguments, "--format", "json", root=root)
    assert (ended.returncode, ended.stderr) == (status, "")
    (path,) = json.loads(ended.stdout)["paths"]
    return dict(path)


def _places(path: dict[str, Any]) -> list[tuple[str, str]]:
    return [(place["kind"], place["address"]) for place in path["judged"]["suspects"]]


def _target(network: Network, host: str = "") -> tuple[str, ...]:
    return f"{LMGRD}@{host or network.address('server')}", "--vendor", "ibmratl", "-4"


@pytest.fixture
def diamond() -> Iterator[Network]:
    """client - r1 - (ra, rb) - r2 - server; answers come back over ra."""
    with Network() as network:
        for name in ("client", "server"):
            network.host(name)
        for name in ("r1", "ra", "rb", "r2"):
            network.router(name)
        for one, other in (("client", "r1"), ("r1", "ra"), ("r1", "rb"), ("ra", "r2"), ("rb", "r2"), ("r2", "server")):
            network.link(network[one], network[other])
        network.route_all()
        network["client"].hosts({"licsrv": network.address("server")})
        with serving(network, []):
            yield network


def _next_hops(network: Network) -> tuple[str, str]:
    """The addresses of ra and rb that r1 sees."""
    first, second = (str(network.links[number].b.ipv4).partition("/")[0] for number in (1, 2))
    return first, second


def test_a_port_with_its_own_path_is_blocked_by_the_router_on_that_path(diamond: Network) -> None:
    ra, rb = _next_hops(diamond)
    server = diamond.address("server")
    diamond["r1"].ip(
        f"route replace {server}/32 via {ra}",
        f"rule add ipproto tcp dport {_PORT} lookup 50",
        f"route add {server}/32 via {rb} table 50",
    )
    diamond["rb"].nft(_DROP)
    path = _path(diamond, *_target(diamond))
    assert path["judged"]["diverging"] == [2]
    assert _places(path)[0] == ("hop, forwarding", rb)
    assert path["judged"]["sure"] == "likely"
    assert not any(address == ra for _, address in _places(path))
    assert f"hop 2 ({rb})" in path["told"]["headline"]


@pytest.mark.parametrize("root", [False, True], ids=["connects", "raw"])
def test_one_of_two_equal_paths_that_drops_the_port_is_noticed(diamond: Network, root: bool) -> None:
    ra, rb = _next_hops(diamond)
    diamond["r1"].sysctl("net.ipv4.fib_multipath_hash_policy", 1)
    diamond["r1"].ip(f"route replace {diamond.address('server')}/32 nexthop via {ra} nexthop via {rb}")
    diamond["rb"].nft(_DROP)
    path = _path(diamond, *_target(diamond), *(["--raw"] if root else []), root=root)
    checks = path["trace"]["checks"]
    assert path["judged"]["way"] == "partly open"
    assert path["judged"]["sure"] != "certain"
    assert 0 < checks["accepted"] < checks["connects"]
    assert checks["sources"] == 16
    assert "16 source ports" in path["told"]["headline"]
    assert rb in {address for _, address in _places(path)}


def test_two_equal_paths_that_both_pass_are_open(diamond: Network) -> None:
    ra, rb = _next_hops(diamond)
    diamond["r1"].sysctl("net.ipv4.fib_multipath_hash_policy", 1)
    diamond["r1"].ip(f"route replace {diamond.address('server')}/32 nexthop via {ra} nexthop via {rb}")
    path = _path(diamond, *_target(diamond), status=0)
    assert (path["judged"]["way"], path["judged"]["sure"]) == ("open", "certain")
    assert path["trace"]["checks"]["passed"] == 16


@pytest.fixture
def chain() -> Iterator[Network]:
    with Network() as network:
        network.chain("client", "r1", "r2", "r3", "server")
        network["client"].hosts({"licsrv": network.address("server")})
        yield network


def _accept(stop: Stop, listener: socket.socket) -> None:
    """Accept everybody and say nothing."""
    kept = []
    listener.settimeout(0.1)
    with listener:
        while not stop.is_set():
            try:
                kept.append(listener.accept()[0])
            except TimeoutError:
                continue
    for one in kept:
        one.close()


_SYN_PROXY: Final = f"""table inet t {{
chain raw {{
type filter hook prerouting priority -300
tcp dport {{ {LMGRD}, {_PORT} }} tcp flags syn notrack
}}
chain f {{
type filter hook forward priority 0
tcp dport {{ {LMGRD}, {_PORT} }} ct state {{ invalid, untracked }} synproxy mss 1460 wscale 7 timestamp sack-perm
ct state invalid drop
}}
}}
"""


@pytest.mark.parametrize("dropped", [True, False])
def test_a_proxy_for_the_handshakes_of_both_ports_proves_nothing(chain: Network, dropped: bool) -> None:
    chain["r2"].sysctl("net.netfilter.nf_conntrack_tcp_loose", 0)
    chain["r2"].nft(_SYN_PROXY)
    if dropped:
        chain["r3"].nft(_DROP)
    with serving(chain, []):
        path = _path(chain, *_target(chain), status=int(dropped))
    told = (path["judged"]["way"], path["judged"]["sure"], path["trace"]["checks"]["reply"])
    expected = ("handshake only", "not known", "no answer") if dropped else ("open", "certain", "FlexNet")
    assert told == expected


def test_a_device_that_accepts_every_port_is_found_out_by_a_port_that_nobody_announces(chain: Network) -> None:
    side = chain["r2"].call(socket.create_server, ("0.0.0.0", 3128))  # inside the namespace
    chain["r2"].thread(_accept, side)
    line = "iifname r1 tcp dport 1024-65535 redirect to :3128"
    chain["r2"].nft(f"table ip n {{\nchain p {{\ntype nat hook prerouting priority -100\n{line}\n}}\n}}\n")
    path = _path(chain, *_target(chain), "--port", str(_PORT))
    checks = path["trace"]["checks"]
    assert (path["judged"]["way"], path["judged"]["sure"]) == ("handshake only", "not known")
    assert checks["stray_accepts"]
    assert f"but so does TCP {checks['stray_port']}" in path["told"]["headline"]


def test_a_program_that_is_not_a_license_server_is_open_and_not_certain(chain: Network) -> None:
    def greet(stop: Stop, listener: socket.socket) -> None:
        listener.settimeout(0.1)
        with listener:
            while not stop.is_set():
                with contextlib.suppress(OSError), listener.accept()[0] as one:
                    one.sendall(b"SSH-2.0-x\r\n")

    side = chain["server"].call(socket.create_server, ("0.0.0.0", 30_022))  # inside the namespace
    chain["server"].thread(greet, side)
    with serving(chain, []):
        path = _path(chain, *_target(chain), "--port", "30022", status=0)
    assert (path["judged"]["way"], path["judged"]["sure"]) == ("open", "likely")


@pytest.mark.parametrize("hook", ["input", "prerouting"])
def test_a_nat_that_drops_what_it_does_not_forward_is_named(chain: Network, hook: str) -> None:
    public, inside = str(chain.links[1].b.ipv4).partition("/")[0], chain.address("server")
    chain["r2"].nft(
        f"table ip n {{\nchain p {{\ntype nat hook prerouting priority -100\n"
        f"ip daddr {public} tcp dport {LMGRD} dnat to {inside}\n}}\n}}\n"
        f"table inet h {{\nchain f {{\ntype filter hook {hook} priority 0\ntcp dport {_PORT} drop\n}}\n}}\n"
    )
    mock = AsyncMockServer(
        Servers(lmgrds=(Lmgrd(),), vendors=(Vendor(name="ibmratl"),)),
        bind="0.0.0.0",  # inside the namespace
        lmgrd_port=LMGRD,
        vendor_ports=(_PORT,),
        referral_host=public,
    )
    with ThreadedMock(mock, inside=chain["server"]):
        path = _path(chain, *_target(chain, public))
    assert _places(path)[0] == ("hop, NAT", public)
    assert path["judged"]["sure"] == "likely"
    assert path["told"]["headline"] == f"TCP {_PORT} is dropped by hop 2 ({public}), a NAT."
    assert path["told"]["remedies"][0].startswith(f"On hop 2 ({public}), a NAT, forward TCP {_PORT}")


def test_a_referral_to_loopback_is_told_and_not_an_error(chain: Network) -> None:
    mock = AsyncMockServer(
        Servers(lmgrds=(Lmgrd(),), vendors=(Vendor(name="ibmratl"),)),
        bind="0.0.0.0",  # inside the namespace
        lmgrd_port=LMGRD,
        referral_host="127.0.0.1",
    )
    with ThreadedMock(mock, inside=chain["server"]):
        ended = _run(chain, *_target(chain))
    assert (ended.returncode, ended.stderr) == (1, "")
    shown = " ".join(ended.stdout.split())
    assert "lmgrd refers clients to 127.0.0.1, which is the client's own machine" in shown
