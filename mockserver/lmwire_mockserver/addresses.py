"""Where a scenario is played: on loopback, or between two machines of a small network."""

from __future__ import annotations

import enum
import ipaddress
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

__all__ = [
    "CLIENT_ADDRESSES",
    "LOOPBACK",
    "NETWORK",
    "NETWORK_NAMES",
    "SERVER_ADDRESSES",
    "NameAnswer",
    "PortChoice",
    "ServerHost",
    "host_on",
]


class NameAnswer(enum.Enum):
    """What the name server of a network says of a name instead of addresses."""

    NXDOMAIN = "nxdomain"
    """There is no such name."""
    SERVFAIL = "servfail"
    """It cannot tell."""
    SILENT = "silent"
    """It never answers."""


class PortChoice(enum.Enum):
    """Which ports servers take when nobody names one."""

    ANY = "any"
    """Whatever is free."""
    SCENARIO = "scenario"
    """Those of the scenario: 27000 for lmgrd, 27001 for the vendor daemon, and so on by twos."""


@dataclass(frozen=True, slots=True)
class ServerHost:
    """The machine that runs the servers: its addresses, names and ports.

    Attributes:
        bind: the address they listen on.
        server: what clients and referrals call the machine; fills `{server}`.
        address: the machine's address; fills `{address}`.
        ports: which ports they take.
    """

    bind: str
    server: str
    address: str
    ports: PortChoice = PortChoice.ANY

    @property
    def is_network(self) -> bool:
        """Whether the scenario's ports are to be had, hence its firewall rules and names too."""
        return self.ports is PortChoice.SCENARIO


LOOPBACK: Final = ServerHost(bind="127.0.0.1", server="127.0.0.1", address="127.0.0.1")


def host_on(bind: str, ports: PortChoice = PortChoice.ANY) -> ServerHost:
    """Return the host of a server that listens on `bind`.

    It goes by that address; where it listens on all, by this machine's name, as a real lmgrd does.
    """
    if not ipaddress.ip_address(bind).is_unspecified:
        return ServerHost(bind=bind, server=bind, address=bind, ports=ports)
    address = "::1" if ":" in bind else "127.0.0.1"
    return ServerHost(bind=bind, server=socket.gethostname(), address=address, ports=ports)


NETWORK: Final = ServerHost(bind="::", server="licsrv.example", address="192.0.2.20", ports=PortChoice.SCENARIO)
"""The server's side of the network that `where = "network"` needs; "::" takes IPv4 as well."""

CLIENT_ADDRESSES: Final = ("192.0.2.10", "2001:db8::10")
SERVER_ADDRESSES: Final = ("192.0.2.20", "2001:db8::20")
"""Of the two machines on that network's one link. The name server is the server."""

NETWORK_NAMES: Final[Mapping[str, tuple[str, ...] | NameAnswer]] = {
    "licsrv.example": ("192.0.2.20",),
    "licsrv6.example": ("2001:db8::20",),
    "dual.example": ("2001:db8::99", "192.0.2.20"),  # nobody has the first
    "natted-inner.example": ("192.0.2.99",),  # nobody has it
    "gone.example": ("192.0.2.98",),  # nor this one
    "loopname.example": ("127.0.1.1",),
    "inner.corp.invalid": NameAnswer.NXDOMAIN,
}
"""What the name server knows in every scenario; a scenario may add to it."""
