"""Sources, servers and TCP ports as frozen values. Each checks itself, so no wrong value reaches a firewall.

Only the names for people (`Rule.server`, `Rule.daemon`) are not checked. They may be any text from a file or a server,
so writers show them only through `lmwire.firewall.comments.plain`.
"""

from __future__ import annotations

import enum
import ipaddress
import re
from typing import Final

import msgspec

from lmwire.addresses import is_address, is_loopback
from lmwire.errors import argument
from lmwire.firewall.errors import FirewallError
from lmwire.ports import MAX_PORT
from lmwire.text import printable

__all__ = [
    "LMGRD",
    "MAX_RULES",
    "MAX_SOURCES",
    "NOBODY",
    "Network",
    "Pin",
    "Rule",
    "RuleSet",
    "destination",
    "parse_sources",
    "server_address",
]

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

LMGRD: Final = "lmgrd"
"""`Rule.daemon` of lmgrd's port."""

MAX_RULES: Final = 256
MAX_SOURCES: Final = 64
_MAX_HOST: Final = 253
_HOST: Final = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?")
NOBODY: Final = frozenset({"this_host", "any", "localhost", "localhost.localdomain"})
"""Hosts of a SERVER line that other machines cannot use."""
_EVERYBODY: Final = (ipaddress.IPv4Network("0.0.0.0/0"), ipaddress.IPv6Network("::/0"))


class Pin(enum.Enum):
    """Whether a port stays the same at a restart of the license server."""

    FIXED = "fixed"
    """lmgrd's port, or a port that the license file pins."""
    MOVES = "moves"
    """The license file pins no port: this one is only the current port."""
    UNKNOWN = "unknown"
    """The current port; the license file is unknown."""


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One TCP port of one server.

    Attributes:
        server: the server's name for people. Any text.
        to: the server's address or host name; empty when neither is known.
        port: 1 to 65535.
        daemon: the daemon that listens: "lmgrd", or a vendor daemon's name; empty for an unknown vendor daemon. Any
            text.
        pin: whether the port stays the same.

    Raises:
        FirewallError: `to` is neither an address nor a host name, or `port` is not a port.
    """

    server: str
    to: str = ""
    port: int
    daemon: str = ""
    pin: Pin = Pin.FIXED

    def __post_init__(self) -> None:
        if self.to:
            server_address(self.to)
        if not 1 <= self.port <= MAX_PORT:
            raise FirewallError(f"{self.port} is not a TCP port", f"write a port from 1 to {MAX_PORT}")

    @property
    def version(self) -> int | None:
        """4 or 6 for an address; None for a name, and when nothing is known."""
        return ipaddress.ip_address(self.to).version if is_address(self.to) else None


class RuleSet(msgspec.Struct, frozen=True, kw_only=True):
    """The rules: each of `sources` may connect to each of `rules`, and to nothing else.

    Attributes:
        sources: IPv4 and IPv6 networks, none inside another.
        anybody: whether the user explicitly allowed the whole Internet as a source.

    Raises:
        FirewallError: no source, no rule, too many of them, or the whole Internet as a source without `anybody`.
    """

    sources: tuple[Network, ...]
    rules: tuple[Rule, ...]
    anybody: bool = False

    def __post_init__(self) -> None:
        if not self.sources:
            raise FirewallError(
                "no source is given", f"name the clients' network: {argument('sources', '10.20.0.0/16')}"
            )
        if len(self.sources) > MAX_SOURCES:
            raise FirewallError(f"{len(self.sources)} sources are more than {MAX_SOURCES}", "name larger networks")
        if not self.anybody and any(source.prefixlen == 0 for source in self.sources):
            raise FirewallError(
                "the sources are the whole Internet", f"to allow that, write {argument('sources', 'any')}"
            )
        if not self.rules:
            raise FirewallError("there is no port to open")
        if len(self.rules) > MAX_RULES:
            raise FirewallError(
                f"{len(self.rules)} rules are more than {MAX_RULES}", "write rules for one server at a time"
            )

    def holds(self, address: str) -> bool:
        """Return whether an address is in one of the sources; False for a name."""
        return is_address(address) and any(ipaddress.ip_address(address) in source for source in self.sources)

    def sources_of(self, version: int) -> tuple[Network, ...]:
        """Return the IPv4 or the IPv6 sources."""
        return tuple(source for source in self.sources if source.version == version)


def server_address(text: str) -> str:
    """Return `text` if it is an address or a host name for any firewall.

    Raises:
        FirewallError: it is neither.
    """
    if is_address(text) and "%" not in text:
        return text
    if len(text) > _MAX_HOST or not _HOST.fullmatch(text) or text.replace(".", "").isdecimal():
        shown = printable(text, 60) or "an empty text"
        raise FirewallError(
            f"{shown} is neither an address nor a host name",
            f"write the server's address: {argument('to', '192.0.2.20')}",
        )
    return text


def destination(host: str) -> str:
    """Return the address or name if other machines can use it, else an empty text."""
    try:
        known = server_address(host)
    except FirewallError:
        return ""
    if known.casefold() in NOBODY or is_loopback(known):
        return ""
    return known


def parse_sources(texts: tuple[str, ...]) -> tuple[tuple[Network, ...], bool]:
    """Read networks and addresses. Return them without duplicates, and whether "any" is among them.

    Raises:
        FirewallError: one is not a network, or has bits set after its prefix.
    """
    networks: list[Network] = []
    for text in texts:
        networks += _EVERYBODY if text.strip().casefold() == "any" else (_network(text.strip()),)
    v4 = ipaddress.collapse_addresses(each for each in networks if isinstance(each, ipaddress.IPv4Network))
    v6 = ipaddress.collapse_addresses(each for each in networks if isinstance(each, ipaddress.IPv6Network))
    return (*v4, *v6), any(text.strip().casefold() == "any" for text in texts)


def _network(text: str) -> Network:
    shown = printable(text, 60) or "an empty text"
    try:
        return ipaddress.ip_network(text)
    except ValueError:
        pass
    try:
        wider = ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise FirewallError(
            f"{shown} is neither a network nor an address", "write it as 10.20.0.0/16 or 2001:db8:20::/48"
        ) from None
    raise FirewallError(f"{shown} has bits set after its prefix", f"write the network {wider}")
