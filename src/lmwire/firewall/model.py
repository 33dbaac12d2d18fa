"""Who may open which TCP port to whom, and why: frozen values that can't hold what no firewall should be told.

Everything but the names for people (`Rule.server`, `Rule.daemon`) is checked when a value is made. Those two may be
anything that a file or a server came up with; a writer shows them through `lmwire.firewall.comments.plain` only.
"""

from __future__ import annotations

import enum
import ipaddress
import re
from typing import Final

import msgspec

from lmwire.addresses import is_address, is_loopback
from lmwire.firewall.errors import FirewallError
from lmwire.ports import MAX_PORT
from lmwire.text import printable

__all__ = [
    "LMGRD",
    "MAX_RULES",
    "MAX_SOURCES",
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
"""What `Rule.daemon` says of the first port."""

MAX_RULES: Final = 256
MAX_SOURCES: Final = 64
_MAX_HOST: Final = 253
_HOST: Final = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?")
_NOBODY: Final = frozenset({"this_host", "any", "localhost", "localhost.localdomain"})
"""What stands on a SERVER line and is no name that leads anywhere from another machine."""
_EVERYBODY: Final = (ipaddress.IPv4Network("0.0.0.0/0"), ipaddress.IPv6Network("::/0"))


class Pin(enum.Enum):
    """Whether a port is the same after the next restart of the license server."""

    FIXED = "fixed"
    """lmgrd's port, or a port that the license file pins."""
    MOVES = "moves"
    """The license file pins no port: this one is only that of now."""
    UNKNOWN = "unknown"
    """The port of now; nobody saw the license file."""


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One TCP port of one server.

    Attributes:
        server: what people call the server. May hold anything.
        to: the server's address, or its host name; empty when neither is known.
        port: 1 to 65535.
        daemon: who listens there: "lmgrd", or a vendor daemon's name; empty for a vendor daemon that nobody named.
            May hold anything.
        pin: whether the port will stay.

    Raises:
        FirewallError: `to` is neither an address nor a host name, or `port` is no port.
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
            raise FirewallError(f"{self.port} is no TCP port: 1 to {MAX_PORT} are")

    @property
    def version(self) -> int | None:
        """4 or 6, for an address; None for a name, and when nothing is known."""
        return ipaddress.ip_address(self.to).version if is_address(self.to) else None


class RuleSet(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be opened: each of `sources` may open each of `rules`, and nothing else.

    Attributes:
        sources: IPv4 and IPv6 networks, none inside another.
        anybody: that a source may be the whole Internet was asked for in so many words.

    Raises:
        FirewallError: there is no source, no rule, too many of them, or everybody as a source without `anybody`.
    """

    sources: tuple[Network, ...]
    rules: tuple[Rule, ...]
    anybody: bool = False

    def __post_init__(self) -> None:
        if not self.sources:
            raise FirewallError("no source is given", "say who may connect: --from 10.20.0.0/16")
        if len(self.sources) > MAX_SOURCES:
            raise FirewallError(f"{len(self.sources)} sources are more than {MAX_SOURCES}", "give larger networks")
        if not self.anybody and any(source.prefixlen == 0 for source in self.sources):
            raise FirewallError("the sources are the whole Internet", "write --from any if that is meant")
        if not self.rules:
            raise FirewallError("there is no port to open")
        if len(self.rules) > MAX_RULES:
            raise FirewallError(
                f"{len(self.rules)} rules are more than {MAX_RULES}", "write them for one server at a time"
            )

    def holds(self, address: str) -> bool:
        """Return whether an address is in one of the sources; a name is in none."""
        return is_address(address) and any(ipaddress.ip_address(address) in source for source in self.sources)

    def sources_of(self, version: int) -> tuple[Network, ...]:
        """Return the sources of IPv4 or of IPv6."""
        return tuple(source for source in self.sources if source.version == version)


def server_address(text: str) -> str:
    """Return `text` if it is an address or a host name that can be written to any firewall.

    Raises:
        FirewallError: it is neither.
    """
    if is_address(text) and "%" not in text:
        return text
    if len(text) > _MAX_HOST or not _HOST.fullmatch(text) or text.replace(".", "").isdecimal():
        shown = printable(text, 60) or "an empty text"
        raise FirewallError(f"{shown} is neither an address nor a host name", "give the server's: --to 192.0.2.20")
    return text


def destination(host: str) -> str:
    """Return the address or name if a client elsewhere can use it, else nothing."""
    try:
        known = server_address(host)
    except FirewallError:
        return ""
    if known.casefold() in _NOBODY or is_loopback(known):
        return ""
    return known


def parse_sources(texts: tuple[str, ...]) -> tuple[tuple[Network, ...], bool]:
    """Read networks and addresses, and return them without doublets, and whether "any" was among them.

    Raises:
        FirewallError: one is no network, or has bits set behind its prefix.
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
        raise FirewallError(f"{shown} is no network and no address", "as in 10.20.0.0/16 or 2001:db8:20::/48") from None
    raise FirewallError(f"{shown} has bits set behind its prefix", f"the network is {wider}")
