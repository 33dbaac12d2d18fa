"""The addresses, names and ports of a scenario: on loopback, or between two machines of a small network."""

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
    """An answer of the network's name server instead of addresses."""

    NXDOMAIN = "nxdomain"
    """The name does not exist."""
    SERVFAIL = "servfail"
    """The name server failed."""
    SILENT = "silent"
    """It never answers."""


class PortChoice(enum.Enum):
    """The ports of servers when the caller gives none."""

    ANY = "any"
    """Any free port."""
    SCENARIO = "scenario"
    """Those of the scenario: 27000 for lmgrd, 27001 for the vendor daemon, and so on by twos."""


@dataclass(frozen=True, slots=True)
class ServerHost:
    """The machine that runs the servers: its addresses, names and ports.

    Attributes:
        bind: the address they listen on.
        server: the machine's name for clients and referrals; fills `{server}`.
        address: the machine's address; fills `{address}`.
        ports: the choice of their ports.
    """

    bind: str
    server: str
    address: str
    ports: PortChoice = PortChoice.ANY

    @property
    def is_network(self) -> bool:
        """Whether it has the scenario's ports, and thus its firewall rules and names."""
        return self.ports is PortChoice.SCENARIO


LOOPBACK: Final = ServerHost(bind="127.0.0.1", server="127.0.0.1", address="127.0.0.1")


def host_on(bind: str, ports: PortChoice = PortChoice.ANY) -> ServerHost:
    """Return the host of a server that listens on `bind`.

    Its name is that address. On all addresses it is this machine's name, as with a real lmgrd.
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
    "dual.example": ("2001:db8::99", "192.0.2.20"),  # no machine has the first
    "natted-inner.example": ("192.0.2.99",),  # no machine has it
    "gone.example": ("192.0.2.98",),  # no machine has it
    "loopname.example": ("127.0.1.1",),
    "inner.corp.invalid": NameAnswer.NXDOMAIN,
}
"""The name server's answers in every scenario; a scenario may add some."""
