"""What a recipe is made from. Hosts and addresses check themselves, so no name can become a second directive."""

from __future__ import annotations

import ipaddress
import re
from typing import Final

import msgspec

from lmwire.addresses import is_address, is_loopback
from lmwire.errors import argument
from lmwire.gateway.errors import GatewayError
from lmwire.ports import MAX_PORT
from lmwire.text import printable

__all__ = [
    "Network",
    "RecipeFacts",
    "RecipeSettings",
    "ServerFacts",
    "VendorPort",
    "check_port",
    "host_checked",
    "host_or_nothing",
    "is_here",
    "parse_network",
]

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_LONGEST: Final = 253
_LABEL: Final = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_NAME: Final = re.compile(rf"{_LABEL}(?:\.{_LABEL})*", re.ASCII)
_USER: Final = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,62})", re.ASCII)
_HERE: Final = frozenset({"localhost", "localhost.localdomain", "this_host", "any"})


def host_or_nothing(text: str) -> str:
    """Return an address or a host name in the letters that every program takes as such; else an empty text."""
    name = text.removesuffix(".") if not is_address(text) else text
    if is_address(name):
        return "" if "%" in name else name
    if len(name) > _LONGEST or not _NAME.fullmatch(name) or name.rpartition(".")[2].isdecimal():
        return ""
    return name


def host_checked(text: str, what: str) -> str:
    """Return a host as `host_or_nothing`. Raises GatewayError where that is nothing."""
    if not (host := host_or_nothing(text)):
        shown = printable(text, 60) or "an empty text"
        raise GatewayError(
            f"{what}: {shown} is neither an address nor a host name that a recipe can hold",
            "write an address, or a name of ASCII letters, digits, hyphens and dots",
        )
    return host


def is_here(host: str) -> bool:
    """Whether a name or an address leads every machine to itself."""
    return host.casefold() in _HERE or host.casefold().endswith(".localhost") or is_loopback(host)


def check_port(port: int, what: str) -> int:
    """Return a port. Raises GatewayError."""
    if not 1 <= port <= MAX_PORT:
        raise GatewayError(f"{what}: {port} is not a TCP port", f"write a port from 1 to {MAX_PORT}")
    return port


def parse_network(text: str) -> Network:
    """Return a network of clients. Raises GatewayError."""
    try:
        return ipaddress.ip_network(text)
    except ValueError as error:
        hint = "write 10.8.0.0/16, or 10.8.3.7 for one machine"
        if "host bits" in str(error):
            hint = f"write {ipaddress.ip_network(text, strict=False)}, or {text.partition('/')[0]} for one machine"
        raise GatewayError(f"{argument('allow')}: {printable(text, 60)} is not a network", hint) from None


class VendorPort(msgspec.Struct, frozen=True, kw_only=True):
    """A vendor daemon's port.

    Attributes:
        name: the vendor daemon's name; empty where it is not known. Any text.
        pinned: whether the license file names the port; None where that is not known.
        host: where it was reached, when that is not the server's own name.
    """

    name: str
    port: int
    pinned: bool | None = None
    host: str = ""

    def __post_init__(self) -> None:
        check_port(self.port, f"vendor daemon {printable(self.name, 60)}")
        if self.host:
            host_checked(self.host, "vendor daemon")


class ServerFacts(msgspec.Struct, frozen=True, kw_only=True):
    """One lmgrd, and the vendor daemons that it refers to.

    Attributes:
        host, port: as an application would name lmgrd.
        address: of `host`, where the forwarder is; empty where it is not known.
        vendors: empty where `port` is a vendor daemon's own.
        names: the hosts of lmgrd's referrals. Any text.
        called: the server's name for people, where `host` is only an address. Any text.
    """

    host: str
    port: int
    address: str = ""
    vendors: tuple[VendorPort, ...] = ()
    names: tuple[str, ...] = ()
    called: str = ""

    def __post_init__(self) -> None:
        host_checked(self.host, "license server")
        check_port(self.port, "lmgrd")
        if self.address and (not is_address(self.address) or "%" in self.address):
            raise GatewayError(f"{printable(self.address, 60)} is not an address", "write it as 192.0.2.20")


class RecipeFacts(msgspec.Struct, frozen=True, kw_only=True):
    """A license server, or the three of a triad in the order of the license path.

    Attributes:
        seen: whether a diagnosis on this machine found the ports.
        name_given: whether the referral's host is known; else it is taken from the license path.
        not_found: vendor daemons whose port the diagnosis did not find. Any text.
        trouble: the headline of the diagnosis where it failed; empty otherwise. Escaped.
    """

    target: str
    servers: tuple[ServerFacts, ...]
    seen: bool = False
    name_given: bool = True
    not_found: tuple[str, ...] = ()
    trouble: str = ""

    @property
    def is_triad(self) -> bool:
        """Whether there are three servers."""
        return len(self.servers) > 1


class RecipeSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody wants of a recipe.

    Attributes:
        via: the machine in between as clients name it, for SSH with the user before an @; empty: not known.
        listen: addresses to listen on: one, or one for each member of a triad; empty: as the kind has it.
        allow: networks that may connect; empty: no limit.
    """

    via: str = ""
    listen: tuple[str, ...] = ()
    allow: tuple[Network, ...] = ()

    def __post_init__(self) -> None:
        if self.via:
            user, at, host = self.via.rpartition("@")
            host_checked(host, argument("via"))
            if at and not _USER.fullmatch(user):
                raise GatewayError(f"{argument('via')}: {printable(user, 60)} is not a user's name")
        for address in self.listen:
            if not is_address(address) or "%" in address:
                raise GatewayError(
                    f"{argument('listen')}: {printable(address, 60)} is not an address",
                    "write an address without a port: the ports must keep their numbers",
                )

    @property
    def via_host(self) -> str:
        """The machine in between, without a user."""
        return self.via.rpartition("@")[2]
