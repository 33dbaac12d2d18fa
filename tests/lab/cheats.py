"""Ways to full points that repair nothing. Each is a shell script for one machine after the other.

Every cheat was tried against a running lab, and most gave all points once. `says` is a part of the sentence that now
tells why it does not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from tests.lab.cheat_steps import (
    Step,
    after,
    cable,
    client_mock,
    clients_nat,
    facts_of,
    flush,
    forward,
    masquerade,
    mock,
    nft,
    nothing,
    resolver,
    router_mock,
    router_relay,
    solution,
    swap,
    tunnel,
)
from tests.lab.playing import Played

__all__ = ["CHEATS", "Cheat"]


@dataclass(frozen=True)
class Cheat:
    """A cheat: what to do, and a part of the sentence that denies the points."""

    name: str
    steps: Callable[[Played], list[Step]]
    says: str


_ANYWHERE: Final = (
    Cheat("a mock on each client", client_mock, "Something answers in place of"),
    Cheat("a mock on the router", router_mock, "Something answers in place of"),
    Cheat("a relay on the router", router_relay, "a relay or a NAT is between them"),
    Cheat("a tunnel into the server", tunnel, "a relay or a NAT is between them"),
    Cheat("a cable around the firewall", cable, " is new on "),
    Cheat("masquerading besides", masquerade, "a relay or a NAT is between them"),
    Cheat("all rules flushed", flush, ""),
    Cheat("ports swapped", swap, "moved from port"),
    Cheat("another resolver", resolver, "/etc/resolv.conf of"),
    Cheat("rules on the client", clients_nat, "were changed (`nft list ruleset`)"),
)


_PORT_IS_TOLD: Final = ("masquerading besides", "another resolver", "rules on the client", "ports swapped")
"""Cheats after which a port is pinned; after the others, the check's restart moves it."""

_FORWARD: Final = "insert rule inet filter forward"
_BLOCKED: Final = "they must stay blocked"
_PROXY: Final = "The proxy must still take all other traffic"
_INSPECTS: Final = "The inspection must still drop unknown data"
_INPUT: Final = "insert rule inet host input"
_ACCEPT_INPUT: Final = "chain inet host input { policy accept; }"
_INSPECT: Final = "insert rule inet ids inspect"
_PIN: Final = "has no port= on the VENDOR line"
_FOLLOW: Final = (
    '(setsid sh -c \'while sleep 0.02; do p=$(grep -o "tcp_port [0-9]*" "$LMWIRE_LAB/cadlic/lmgrd.log" | tail -1 | '
    'cut -d" " -f2); [ "$p" = "$o" ] || nft insert rule inet filter forward ip daddr SERVER tcp dport $p accept; '
    "o=$p; done' >/dev/null 2>&1 &)"
)

_OPEN_BUT_CLOSED: Final = (
    Cheat(
        "policy accept, closed ports dropped",
        nft("ROUTER", forward("policy accept; tcp dport { CLOSED } drop;")),
        _BLOCKED,
    ),
    Cheat("all ports from 27000 upwards", nft("ROUTER", f"{_FORWARD} tcp dport 27000-30999 accept"), _BLOCKED),
    Cheat("ephemeral ports", nft("ROUTER", f"{_FORWARD} ip daddr SERVER tcp dport 32768-65535 accept"), _BLOCKED),
    Cheat(
        "everything but the closed ports",
        nft("ROUTER", f"{_FORWARD} tcp dport != {{ CLOSED }} accept"),
        _BLOCKED,
    ),
)  # fmt: skip

CHEATS: Final[dict[str, tuple[Cheat, ...]]] = {
    "vendor-port": (
        *_ANYWHERE,
        *_OPEN_BUT_CLOSED,
        Cheat("no server in the rule", nft("ROUTER", f"{_FORWARD} tcp dport PORT accept"), _BLOCKED),
    ),
    "moved-port": (
        *(replace(each, says=_PIN) if each.name not in _PORT_IS_TOLD else each for each in _ANYWHERE),
        *_OPEN_BUT_CLOSED,
        Cheat("rules follow the log", after(nothing, ("ROUTER", _FOLLOW)), _PIN),
        Cheat(
            "all but what is closed, and a pin",
            after(solution, ("ROUTER", f"nft '{_FORWARD} ip daddr SERVER tcp dport != {{ CLOSED }} accept'")),
            _BLOCKED,
        ),
    ),
    "nat": (
        *_ANYWHERE,
        *_OPEN_BUT_CLOSED,
        Cheat(
            "all ports forwarded but the edge's own",
            nft("ROUTER", "insert rule ip nat prerouting tcp dport != { 22, 8080 } dnat to SERVER"),
            _BLOCKED,
        ),
        Cheat(
            "no NAT: the inner address opened",
            after(
                nft("ROUTER", f"{_FORWARD} ip daddr SERVER tcp dport {{ PORTS }} accept"),
                ("home", "echo 'SERVER license.eng.example cadlic.intra.eng.example' >> /etc/hosts"),
            ),
            "is open, but must stay blocked",
        ),
    ),
    "split-dns": (
        *_ANYWHERE,
        *_OPEN_BUT_CLOSED,
        Cheat(
            "hosts files instead of the name servers",
            after(
                nothing,
                *((zone, "echo '198.51.100.1 cadlic.eng.example' >> /etc/hosts") for zone in ("partner", "reseller")),
            ),
            "Its name server must answer 198.51.100.1 for cadlic.eng.example",
        ),
        Cheat(
            "the inner address opened",
            nft("ROUTER", f"{_FORWARD} ip daddr SERVER tcp dport {{ PORTS }} accept"),
            "is open, but must stay blocked",
        ),
        Cheat(
            "the inner address refused at once",
            nft("ROUTER", f"{_FORWARD} ip daddr SERVER tcp dport {{ PORTS }} reject with tcp reset"),
            "",
        ),
    ),
    "proxy": (
        *_ANYWHERE,
        Cheat("the proxy removed", nft("ROUTER", "flush table ip proxy"), _PROXY),
        Cheat(
            "the daemon on the proxy's port",
            after(
                nothing,
                ("SERVER", "lmwire license pin license.lic adskflex=3128 --in-place && lmwire lab restart"),
            ),
            "adskflex moved from port 27006 to 3128",
        ),
        Cheat(
            "the whole server excepted",
            nft("ROUTER", "insert rule ip proxy prerouting ip daddr SERVER accept"),
            _PROXY,
        ),
        Cheat(
            "a range excepted",
            nft("ROUTER", "insert rule ip proxy prerouting tcp dport 27000-31000 accept"),
            _PROXY,
        ),
        Cheat(
            "only the web goes to the proxy",
            nft(
                "ROUTER",
                "flush table ip proxy",
                'add rule ip proxy prerouting iifname != "eth2" tcp dport { 80, 443, 8080 } redirect to :3128',
            ),
            _PROXY,
        ),
        Cheat(
            "past the proxy and its rules",
            nft("ROUTER", forward("policy accept; tcp dport 22 drop;")),
            _PROXY,
        ),
    ),
    "inspection": (
        *_ANYWHERE,
        Cheat(
            "no inspection at all",
            nft("ROUTER", "delete table inet ids", forward("policy accept; tcp dport { 23, 8080 } drop;")),
            _INSPECTS,
        ),
        Cheat(
            "everything of the server",
            nft(
                "ROUTER",
                f"{_INSPECT} ip daddr SERVER tcp dport != {{ 23, 8080 }} accept",
                f"{_INSPECT} ip saddr SERVER accept",
            ),
            _INSPECTS,
        ),
        Cheat(
            "only the answers of the server",
            nft("ROUTER", f"{_INSPECT} ip daddr SERVER tcp dport PORT accept", f"{_INSPECT} ip saddr SERVER accept"),
            _INSPECTS,
        ),
        Cheat(
            "the sizes of a hello",
            nft("ROUTER", f"{_INSPECT} tcp dport != {{ 23, 8080 }} meta length 80-250 accept"),
            _INSPECTS,
        ),
        Cheat(
            "high ports",
            nft("ROUTER", f"{_INSPECT} tcp dport 27001-65535 accept", f"{_INSPECT} tcp sport 27001-65535 accept"),
            _INSPECTS,
        ),
        Cheat(
            "all ports blocked but the two",
            nft(
                "ROUTER",
                "flush chain inet ids inspect",
                "add rule inet ids inspect tcp dport { PORTS } accept",
                "add rule inet ids inspect tcp sport { PORTS } accept",
                "add rule inet ids inspect meta l4proto tcp drop",
            ),
            _INSPECTS,
        ),
    ),
    "wrong-service": (
        *_ANYWHERE,
        *_OPEN_BUT_CLOSED,
        Cheat(
            "a mock on the intranet's machine",
            lambda played: [
                Step("intranet", mock(facts_of(played.lab))),
                *nft(
                    "ROUTER",
                    "insert rule ip nat prerouting ip daddr 198.51.100.1 tcp dport PORT dnat to 10.33.54.30:PORT",
                    f"{_FORWARD} ip daddr 10.33.54.30 tcp dport PORT accept",
                )(played),
            ],
            "Something answers in place of the vendor daemon",
        ),
        Cheat(
            "everything forwarded to the server",
            nft(
                "ROUTER",
                "insert rule ip nat prerouting ip daddr 198.51.100.1 tcp dport != 22 dnat to SERVER",
                f"{_FORWARD} ip daddr SERVER tcp dport != 22 accept",
            ),
            _BLOCKED,
        ),
    ),
    "triad": (
        *(replace(each, says="") if each.name == "a relay on the router" else each for each in _ANYWHERE),
        Cheat(
            "a mock in place of the broken member",
            lambda played: [Step("cadlic1", mock(facts_of(played.lab)))],
            "Something answers in place of lmgrd on cadlic2",
        ),
        Cheat("no firewall on the member", nft("cadlic2", "flush ruleset"), "must stay blocked"),
        Cheat("all but what is closed", nft("cadlic2", f"{_INPUT} tcp dport != {{ CLOSED }} accept"), _BLOCKED),
        Cheat("all high ports", nft("cadlic2", f"{_INPUT} tcp dport 27000-65535 accept"), _BLOCKED),
        Cheat(
            "policy accept, closed ports dropped",
            nft("cadlic2", "flush chain inet host input", f"{_INPUT} tcp dport {{ CLOSED }} drop", _ACCEPT_INPUT),
            _BLOCKED,
        ),
        Cheat(
            "the third member in place of the second",
            nft(
                "ROUTER",
                "table ip n { chain p { type nat hook prerouting priority -100; "
                "ip daddr SERVER tcp dport { PORTS } dnat to 10.33.54.23; }; }",
            ),
            "Something answers in place of lmgrd on cadlic2",
        ),
    ),
}  # fmt: skip
"""Lab → the cheats that were tried against it, for seed 0."""
