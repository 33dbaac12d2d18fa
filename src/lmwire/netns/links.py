"""Links between two namespaces: their ends, their addresses, and the commands that make them."""

from __future__ import annotations

import ipaddress
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Interface, IPv6Interface

from lmwire.netns.cable import Cable
from lmwire.netns.errors import NetworkError
from lmwire.netns.namespace import Namespace

__all__ = ["Addresses", "Link", "LinkEnd", "Subnets"]

Interface = IPv4Interface | IPv6Interface

Addresses = str | tuple[str, str] | None
"""How a link is addressed in one family: "auto", a subnet ("10.0.0.0/24", whose first two hosts are taken), the two
addresses with their prefix lengths ("10.0.0.7/24", "10.0.0.1/24"), or None for none."""

# RFC 5737 and RFC 3849: ranges for documentation, which no real network has.
_DOCUMENTATION4 = ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")
_DOCUMENTATION6 = "2001:db8::/32"
_PREFIX4, _PREFIX6 = 28, 64

_FIRST_INDEX = 100  # of our interfaces; the kernel may give itself lower ones


@dataclass(frozen=True, slots=True)
class LinkEnd:
    """One end of a link: an interface of a namespace, and its addresses."""

    node: Namespace
    interface: str
    ipv4: IPv4Interface | None
    ipv6: IPv6Interface | None

    def address(self, version: int) -> Interface | None:
        """Return the address of IP version 4 or 6, with its prefix length."""
        return {4: self.ipv4, 6: self.ipv6}[version]


@dataclass(frozen=True, slots=True)
class Link:
    """A wire between two namespaces; `cable` forwards when it has delay or loss, else it is a veth pair.

    Links of a network are numbered from 0.
    """

    number: int
    a: LinkEnd
    b: LinkEnd
    cable: Cable | None = None

    def end(self, node: Namespace) -> LinkEnd:
        """Return the end at `node`; KeyError when it has none."""
        return {self.a.node: self.a, self.b.node: self.b}[node]

    def peer(self, node: Namespace) -> LinkEnd:
        """Return the end across from `node`; KeyError when it has none."""
        return {self.a.node: self.b, self.b.node: self.a}[node]

    def commands(self, node: Namespace) -> Iterator[str]:
        """Yield the lines of `ip -batch` for `node`; those of `a` come first, as they make the interfaces."""
        end = self.end(node)
        if end is self.a and self.cable is None:
            # The numbers differ, because the kernel takes two ends with the same number for one interface: it would
            # then notice only up to a second later that the link is up.
            index, far = _FIRST_INDEX + 2 * self.number, self.b
            yield (
                f"link add name {end.interface} index {index} type veth"
                f" peer name {far.interface} index {index + 1} netns {far.node.net_path}"
            )
        if end.ipv4 is not None:
            yield f"address add {end.ipv4} dev {end.interface}"
        if end.ipv6 is not None:
            yield f"address add {end.ipv6} dev {end.interface} nodad"
        yield f"link set dev {end.interface} up"


class Subnets:
    """Hands out subnets of the documentation ranges, the first three of IPv4 from three different ranges."""

    def __init__(self) -> None:
        ranges = [ipaddress.IPv4Network(text).subnets(new_prefix=_PREFIX4) for text in _DOCUMENTATION4]
        self._ipv4 = itertools.chain.from_iterable(zip(*ranges, strict=True))
        self._ipv6 = ipaddress.IPv6Network(_DOCUMENTATION6).subnets(new_prefix=_PREFIX6)
        next(self._ipv6)  # 2001:db8::/64 reads badly beside 2001:db8:0:1::/64

    def ipv4(self, wanted: Addresses) -> tuple[IPv4Interface | None, IPv4Interface | None]:
        """Return the addresses of both ends; raises NetworkError for text that is not an address."""
        if wanted is None:
            return None, None
        try:
            first, second = _ends(str(_next(self._ipv4)) if wanted == "auto" else wanted)
            return IPv4Interface(first), IPv4Interface(second)
        except ValueError as error:
            raise NetworkError(f"no IPv4 addresses for a link: {error}") from error

    def ipv6(self, wanted: Addresses) -> tuple[IPv6Interface | None, IPv6Interface | None]:
        """Return the addresses of both ends; raises NetworkError for text that is not an address."""
        if wanted is None:
            return None, None
        try:
            first, second = _ends(str(_next(self._ipv6)) if wanted == "auto" else wanted)
            return IPv6Interface(first), IPv6Interface(second)
        except ValueError as error:
            raise NetworkError(f"no IPv6 addresses for a link: {error}") from error


def _next(subnets: Iterator[ipaddress.IPv4Network] | Iterator[ipaddress.IPv6Network]) -> object:
    for subnet in subnets:
        return subnet
    raise NetworkError("the documentation ranges are used up; give the link's addresses")


def _ends(wanted: str | tuple[str, str]) -> tuple[str, str]:
    if not isinstance(wanted, str):
        return wanted
    network = ipaddress.ip_network(wanted)
    hosts = [f"{host}/{network.prefixlen}" for host in itertools.islice(network.hosts(), 2)]
    if len(hosts) != 2:  # noqa: PLR2004 - a link has two ends
        raise ValueError(f"{wanted} has no room for two hosts")
    return hosts[0], hosts[1]
