"""Rules at a place of a network, and who they make a suspect of."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from lmwire.hops.judging import judge
from lmwire.hops.model import Judged, Place, PlaceKind, Trace
from lmwire.netns import Network
from lmwire_mockserver.scenario import Lmgrd, Servers, Vendor
from lmwire_mockserver.server import AsyncMockServer
from lmwire_mockserver.threaded import ThreadedMock

__all__ = ["ACTIONS", "LMGRD", "Rule", "load", "serving", "short"]

LMGRD: Final = 27000
ACTIONS: Final = {
    "drop": "drop",
    "prohibited": "reject with icmpx type admin-prohibited",
    "unreachable": "reject with icmpx type port-unreachable",
    "rst": "reject with tcp reset",
}
_SHORT: Final = {
    PlaceKind.THIS_MACHINE: "client",
    PlaceKind.HOP_OUT: "out",
    PlaceKind.HOP_IN: "in",
    PlaceKind.HOP: "hop",
    PlaceKind.FARTHER: "farther",
    PlaceKind.SERVER: "server",
    PlaceKind.WAY_BACK: "back",
}


@dataclass(frozen=True)
class Rule:
    """What is done, at a place's hook, with the packets of one port, on the way there or back."""

    port: int
    node: str
    hook: str
    action: str
    back: bool = False

    def __str__(self) -> str:
        return f"{self.node} {self.hook} {self.action}{' back' if self.back else ''}"


def load(network: Network, rules: Iterable[Rule], hiding: Iterable[str] = ()) -> None:
    """Load the rules, and let the routers `hiding` say nothing of lives that end with them; all else is removed."""
    chains: dict[str, dict[str, list[str]]] = {node.name: {} for node in network.nodes}
    for rule in rules:
        line = f"tcp {'sport' if rule.back else 'dport'} {rule.port} {ACTIONS[rule.action]}"
        chains[rule.node].setdefault(rule.hook, []).append(line)
    for name in hiding:
        quiet = ["icmp type time-exceeded drop", "icmpv6 type time-exceeded drop"]
        chains[name].setdefault("output", []).extend(quiet)
    for name, hooks in chains.items():
        body = "".join(
            "\n".join([f"chain {hook} {{", f"type filter hook {hook} priority 0", *lines, "}", ""])
            for hook, lines in hooks.items()
        )
        network[name].nft(f"flush ruleset\ntable inet t {{\n{body}}}\n")


@contextlib.contextmanager
def serving(network: Network, ports: Iterable[int]) -> Iterator[None]:
    """Let `server` have an lmgrd, and listen on each of `ports`."""
    mock = AsyncMockServer(
        Servers(lmgrds=(Lmgrd(),), vendors=(Vendor(name="ibmratl"),)),
        bind="::",
        lmgrd_port=LMGRD,
        vendor_ports=(27001,),
        referral_host="licsrv",
    )
    with contextlib.ExitStack() as stack:
        stack.enter_context(ThreadedMock(mock, inside=network["server"]))
        for port in ports:
            listener = network["server"].call(
                socket.create_server, ("::", port), family=socket.AF_INET6, dualstack_ipv6=True
            )
            stack.enter_context(listener)
        yield


def short(trace: Trace) -> tuple[Judged, list[str]]:
    """Return the judgement, and its suspects as `client`, `in 1`, `out 2`, `hop 2`, `server`, `back`."""
    judged = judge(trace)
    return judged, [_name(place) for place in judged.suspects]


def _name(place: Place) -> str:
    name = _SHORT[place.kind]
    return f"{name} {place.hop}" if name in {"in", "out", "hop"} else name
