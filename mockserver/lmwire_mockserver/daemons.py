"""Every daemon of a scenario with its reserved port, and its facts about the others."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Generic, Self, TypeVar

import msgspec

from lmwire.wire import Referral
from lmwire_mockserver.addresses import ServerHost
from lmwire_mockserver.behaviour import DaemonFacts
from lmwire_mockserver.conversation import DaemonKind
from lmwire_mockserver.listeners import Port
from lmwire_mockserver.scenario import DaemonSettings, Listen, Lmgrd, Servers, Vendor

__all__ = ["DaemonPort", "Daemons", "renamed"]

_LMGRD_PORT: Final = 27000
_VENDOR_PORT: Final = 27001
_STEP: Final = 2

_D = TypeVar("_D", bound=DaemonSettings)


@dataclass(frozen=True, slots=True)
class DaemonPort(Generic[_D]):
    """A daemon and its port."""

    setting: _D
    port: Port


@dataclass(frozen=True, slots=True)
class Daemons:
    """All daemons, their ports reserved.

    Attributes:
        host: the machine that they run on.
        lmgrds, vendors: in the scenario's order.
        referral_host: the host of every lmgrd's referral; None leaves it to the scenario.
        quorum: whether the lmgrds are a set that serves only while more than half of it is up.
    """

    host: ServerHost
    lmgrds: tuple[DaemonPort[Lmgrd], ...]
    vendors: tuple[DaemonPort[Vendor], ...]
    referral_host: str | None = None
    quorum: bool = False

    @classmethod
    def reserve(
        cls,
        servers: Servers,
        host: ServerHost,
        *,
        lmgrd_port: int | None = None,
        vendor_ports: Sequence[int] = (),
        vendors: Sequence[str] = (),
        referral_host: str | None = None,
    ) -> Self:
        """Take all ports before anything listens, so that lmgrd knows where to refer to.

        Arguments are those of `MockServer`.

        Raises:
            ListenError: the mock cannot take one of them; it then holds none.
        """
        with contextlib.ExitStack() as taken:

            def take(daemon: DaemonSettings, index: int, usual: int, given: Sequence[int]) -> Port:
                if index < len(given):
                    number = given[index]
                else:
                    number = (daemon.port or usual + _STEP * index) if host.is_network else 0
                down = isinstance(daemon, Vendor) and daemon.down
                port = Port(host.bind, number, Listen.CLOSED if down else daemon.listen)
                taken.callback(port.close)
                return port

            own = () if lmgrd_port is None else (lmgrd_port,)
            reserved = cls(
                host=host,
                lmgrds=tuple(
                    DaemonPort(lmgrd, take(lmgrd, index, _LMGRD_PORT, own))
                    for index, lmgrd in enumerate(servers.lmgrds)
                ),
                vendors=tuple(
                    DaemonPort(vendor, take(vendor, index, _VENDOR_PORT, vendor_ports))
                    for index, vendor in enumerate(renamed(servers.vendors, vendors))
                ),
                referral_host=referral_host,
                quorum=servers.quorum,
            )
            taken.pop_all()
            return reserved

    @property
    def ports(self) -> tuple[Port, ...]:
        """Every port held."""
        return (*(daemon.port for daemon in self.lmgrds), *(daemon.port for daemon in self.vendors))

    def facts(self) -> Iterator[tuple[DaemonFacts, Port]]:
        """Yield the facts of each daemon, and its port."""
        server = self.host.server
        for lmgrd in self.lmgrds:
            own = Referral(host=server, port=lmgrd.port.number)
            facts = DaemonFacts(
                role=DaemonKind.LMGRD,
                name="lmgrd",
                setting=lmgrd.setting,
                host=server,
                referrals=self._referrals(lmgrd),
                own=own,
                master=self.fill(lmgrd.setting.master),
                quorum=self._has_quorum,
            )
            yield facts, lmgrd.port
        for vendor in self.vendors:
            own = Referral(host=server, port=vendor.port.number)
            yield DaemonFacts(DaemonKind.VENDOR, vendor.setting.name, vendor.setting, server, {}, own), vendor.port

    @property
    def _has_quorum(self) -> bool:
        up = sum(lmgrd.setting.listen is Listen.OPEN for lmgrd in self.lmgrds)
        return not self.quorum or up > len(self.lmgrds) // 2

    def _referrals(self, lmgrd: DaemonPort[Lmgrd]) -> dict[str, Referral | None]:
        host = self.fill(lmgrd.setting.referral_host) if self.referral_host is None else self.referral_host
        wanted = lmgrd.setting.referral_port
        number = lmgrd.port.number if wanted == "lmgrd" else wanted
        return {
            daemon.setting.name: None
            if daemon.setting.down
            else Referral(host=host, port=daemon.port.number if number is None else number)
            for daemon in self.vendors
        }

    def fill(self, template: str, *, brackets: bool = False) -> str:
        """Return `template` with its placeholders filled in; `brackets` go around an IPv6 address of the server."""
        values = {"server": self.host.server, "address": self.host.address}
        if brackets:
            values = {name: f"[{value}]" if ":" in value else value for name, value in values.items()}
        numbers = {
            "lmgrd_port": [daemon.port.number for daemon in self.lmgrds],
            "vendor_port": [daemon.port.number for daemon in self.vendors],
        }
        for name, found in numbers.items():
            values |= {name if index == 1 else f"{name}_{index}": str(number) for index, number in enumerate(found, 1)}
        return template.format_map(values)

    def close(self) -> None:
        """Give every port back."""
        for port in self.ports:
            port.close()


def renamed(vendors: tuple[Vendor, ...], names: Sequence[str]) -> tuple[Vendor, ...]:
    """Return `vendors` with `names` instead of their own, in order; more names are more healthy vendor daemons."""
    more = tuple(Vendor(name=name) for name in names[len(vendors) :])
    named = [msgspec.structs.replace(vendor, name=name) for vendor, name in zip(vendors, names, strict=False)]
    return (*named, *vendors[len(names) :], *more)
