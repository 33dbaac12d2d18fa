"""`lmwire firewall rules`: every language, at the server and at a router, in IPv4, IPv6 and both."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any, Final

from tests.outputs.session import Session, Setting

__all__ = ["LANGUAGES", "jobs"]

LANGUAGES: Final = (
    "ticket", "nftables", "iptables", "firewalld", "ufw", "powershell", "netsh", "aws-cli", "terraform", "azure", "gcp",
    "networkpolicy", "cisco-asa", "cisco-ios", "juniper-srx", "fortigate", "palo-alto", "check-point", "pfsense",
    "mikrotik", "ansible",
)  # fmt: skip
_INTO: Final = {
    "aws-cli": "sg-0123456789abcdef0",
    "azure": "licensing/licsrv-nsg",
    "gcp": "default/license-server",
    "networkpolicy": "app=license-server",
    "pfsense": "lan",
}
"""What must be said of formats for which nothing is usual."""
_PORTS: Final = ("--port", "27000", "--port", "27001:ibmratl")
_FOUR: Final = ("--from", "10.20.0.0/16", "--to", "192.0.2.20")
_SIX: Final = ("--from", "2001:db8:20::/48", "--to", "2001:db8:2::20")
_TRIAD: Final = ("--from", "10.20.0.0/16", *(f"--to=lic{n}=192.0.2.2{n}" for n in (1, 2, 3)))
PINNED: Final = "SERVER licsrv 0123456789ab 27000\nVENDOR ibmratl port=27001\n"
UNPINNED: Final = "SERVER licsrv 0123456789ab 27000\nVENDOR ibmratl\n"


def jobs(_: Setting) -> Iterator[tuple[str, Any]]:
    """Name the languages."""
    for language in LANGUAGES:
        yield language, partial(_language, language=language)
    yield "inputs", _inputs


def _language(session: Session, language: str) -> None:
    into = ("--into", _INTO[language]) if language in _INTO else ()
    for name, words in {
        "usual": _FOUR,
        "server": (*_FOUR, "--at", "server"),
        "router": (*_FOUR, "--at", "router"),
        "ipv6": _SIX,
        "ipv6-router": (*_SIX, "--at", "router"),
        "both": (*_FOUR, *_SIX),
        "anybody": ("--from", "any", "--to", "192.0.2.20"),
        "triad": _TRIAD,
        "name-only": ("--from", "10.20.0.0/16"),
    }.items():
        session.run(name, "firewall", "rules", *_PORTS, *words, *into, "--format", language)


def _inputs(session: Session) -> None:
    """All inputs but plain ports, and what is wrong with them."""
    pinned, unpinned = session.write("pinned.lic", PINNED), session.write("unpinned.lic", UNPINNED)
    log = "inputs/logs/unpinned.log"
    session.run("diagnosis", "capture", "analyze", "captures/vendor-filtered.pcapng", "-f", "json", "-o", "d.json")
    usual = ("--from", "10.20.0.0/16")
    for name, words in {
        "pinned": (pinned, *usual),
        "unpinned": (unpinned, *usual),
        "unpinned-and-log": (unpinned, "--log", log, *usual),
        "log": ("--log", log, *usual, "-f", "nftables"),
        "moved-log": ("--log", "inputs/logs/moved.log", *usual),
        "log-of-lmadmin": ("--log", "inputs/logs/lmadmin.log", *usual),
        "from-diagnosis": ("--from-diagnosis", "d.json", *usual),
        "from-diagnosis-nftables": ("--from-diagnosis", "d.json", *usual, "-f", "nftables"),
        "low-port": ("--port", "643:ibmratl", *usual, "-f", "nftables"),
        "resolve": (pinned, "--resolve", *usual, "-f", "cisco-asa"),
        "no-address": (pinned, *usual, "-f", "cisco-asa"),
        "triad-file": ("inputs/licenses/triad.lic", *usual),
        "corpus": ("inputs/licenses/four-ports.lic", *usual),
        "no-source": (pinned,),
        "all-as-network": (pinned, "--from", "0.0.0.0/0"),
        "no-input": usual,
        "missing": ("missing.lic", *usual),
        "both": (pinned, "--from-diagnosis", "d.json", *usual),
        "not-json": ("--from-diagnosis", pinned, *usual),
        "other-server": (pinned, "--server", "other", *usual),
        "into-nothing": (pinned, "--into", "x", "-f", "netsh", *usual),
        "into-nonsense": (pinned, "--into", "x;y", "-f", "iptables", *usual),
        "wrong-place": (pinned, "--at", "router", "-f", "netsh", *usual),
        "other-port": (pinned, "--port", "27005:ibmratl", *usual),
        "wrong-address": (pinned, "--to", "a b", *usual),
        "wrong-source": (pinned, "--from", "10.20.0.0/99"),
        "output": (pinned, *usual, "-f", "ufw", "-o", "rules.sh"),
    }.items():
        session.run(name, "firewall", "rules", *words)
