"""Rule sets made by hand, and names that nobody wants in a script."""

from __future__ import annotations

from typing import Any, Final

from lmwire.firewall import FirewallPlace, Language
from lmwire.firewall.model import LMGRD, Pin, Rule, RuleSet, parse_sources

__all__ = [
    "BOTH",
    "EVERYBODY",
    "HOSTILE",
    "INTO",
    "MOVING",
    "NAMED",
    "PLACES",
    "PLAIN",
    "SERVER",
    "SERVER6",
    "TRIAD",
    "rules",
    "sources",
]

SERVER: Final = "192.0.2.20"
SERVER6: Final = "2001:db8:2::20"

INTO: Final = {
    Language.AWS_CLI: "sg-0123456789abcdef0",
    Language.AZURE: "licensing/licsrv-nsg",
    Language.GCP: "default/license-server",
    Language.NETWORKPOLICY: "app=license-server",
    Language.PFSENSE: "lan",
}
"""What must be said of formats for which nothing is usual."""

PLACES: Final = [
    (language, place)
    for language, places in {
        Language.TICKET: (FirewallPlace.ROUTER,),
        Language.NFTABLES: (FirewallPlace.SERVER, FirewallPlace.ROUTER),
        Language.IPTABLES: (FirewallPlace.SERVER, FirewallPlace.ROUTER),
        Language.FIREWALLD: (FirewallPlace.SERVER, FirewallPlace.ROUTER),
        Language.UFW: (FirewallPlace.SERVER, FirewallPlace.ROUTER),
        Language.POWERSHELL: (FirewallPlace.SERVER,),
        Language.NETSH: (FirewallPlace.SERVER,),
        Language.AWS_CLI: (FirewallPlace.SERVER,),
        Language.TERRAFORM: (FirewallPlace.SERVER,),
        Language.AZURE: (FirewallPlace.ROUTER,),
        Language.GCP: (FirewallPlace.SERVER,),
        Language.NETWORKPOLICY: (FirewallPlace.SERVER,),
        Language.CISCO_ASA: (FirewallPlace.ROUTER,),
        Language.CISCO_IOS: (FirewallPlace.ROUTER,),
        Language.JUNIPER_SRX: (FirewallPlace.ROUTER,),
        Language.FORTIGATE: (FirewallPlace.ROUTER,),
        Language.PALO_ALTO: (FirewallPlace.ROUTER,),
        Language.CHECK_POINT: (FirewallPlace.ROUTER,),
        Language.PFSENSE: (FirewallPlace.ROUTER,),
        Language.MIKROTIK: (FirewallPlace.ROUTER,),
        Language.ANSIBLE: (FirewallPlace.SERVER,),
    }.items()
    for place in places
]
"""Every language at every place where such a firewall stands."""


def sources(*texts: str) -> dict[str, Any]:
    networks, anybody = parse_sources(texts)
    return {"sources": networks, "anybody": anybody}


def rules(*daemons: tuple[str, int], server: str = "licsrv", to: str = SERVER, pin: Pin = Pin.FIXED) -> list[Rule]:
    return [
        Rule(server=server, to=to, port=port, daemon=daemon, pin=Pin.FIXED if daemon == LMGRD else pin)
        for daemon, port in daemons
    ]


_USUAL: Final = ((LMGRD, 27000), ("ibmratl", 27001))

PLAIN: Final = RuleSet(rules=tuple(rules(*_USUAL)), **sources("10.20.0.0/16"))
"""One network, one server, both ports pinned."""

BOTH: Final = RuleSet(
    rules=(*rules(*_USUAL), *rules(*_USUAL, to=SERVER6)),
    **sources("10.20.0.0/16", "10.30.7.41", "2001:db8:20::/48"),
)
"""Two IPv4 sources and one of IPv6, to a server with an address of each."""

MOVING: Final = RuleSet(rules=tuple(rules((LMGRD, 27000), ("MLM", 40001), pin=Pin.MOVES)), **sources("10.20.0.0/16"))
"""A vendor daemon whose port the license file does not pin."""

EVERYBODY: Final = RuleSet(rules=PLAIN.rules, **sources("any"))

TRIAD: Final = RuleSet(
    rules=tuple(
        rule for number in (1, 2, 3) for rule in rules(*_USUAL, server=f"lic{number}", to=f"192.0.2.{20 + number}")
    ),
    **sources("10.20.0.0/16"),
)

NAMED: Final = RuleSet(rules=tuple(rules(*_USUAL, to="licsrv")), **sources("10.20.0.0/16", "2001:db8:20::/48"))
"""A server of which only the name is known."""

HOSTILE: Final = (
    "a'b",
    'a"b',
    "a`id`b",
    "$(touch owned)",
    "${PATH}",
    "%PATH%",
    "%{if true}x%{endif}",
    "a;touch owned",
    "a&&touch owned",
    "a|touch owned",
    "a&b",
    "a>owned",
    "a<b",
    "a\nb",
    "a\r\nb",
    "a\rb",
    "a\x00b",
    "a\x0bb\x0cc",
    "a\x85b",
    "a\u2028b",
    "a\u2029b",
    "\u202ea",
    "\u2066a\u2069",
    "\u200ba",
    "-a",
    "--help",
    "-rf /",
    "@file",
    "a\\",
    'a\\"b',
    "a\\nb",
    "a#b",
    "# a",
    "! a",
    "a^b",
    "a!b!",
    "a*b?[c]",
    "{{a}}",
    "{a,b}",
    "~root",
    "a=b",
    "a: b\n  - c",
    "'; DROP TABLE a; --",
    "''",
    '""',
    "\u2018a\u2019",
    "\u201ca\u201d",
    "</script><b>",
    "](http://evil) | x | y",
    "a\x1b[31mb",
    "\ud800a",
    "\N{FULLWIDTH SEMICOLON}touch owned",
    "\N{GREEK QUESTION MARK}a",
    "x" * 5000,
    "é" * 300,
    "",
    " ",
    "\t",
    "rem\nshutdown",
    "COMMIT\n*nat",
    'lmgrd" accept; flush ruleset; add comment "',
    "any exit\nconf t",
)
"""Names that a file, a server or a user might come up with."""
