"""What a plan may say: networks, the user's own rule files between them, license servers, and who must get a license.

    [[zones]]     a network with a client in it, and what its resolver answers
    [[routers]]   interfaces with the names that the rules use, the rule files, routes
    [[servers]]   lmgrd and its vendor daemons, in a zone
    [expect]      zone → server → verdict

`lmwire.ruletest.plan_file` reads one and checks what types can't say.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec

__all__ = [
    "FAILURE",
    "SERVES",
    "SPECIAL_ANSWERS",
    "Aim",
    "Dnat",
    "Interface",
    "Machine",
    "Plan",
    "Route",
    "Router",
    "Server",
    "Zone",
]

SERVES: Final = "serves"
"""Instead of a verdict's id: the application gets a license, even with a warning."""

FAILURE: Final = "failure"
"""Instead of a verdict's id: the application gets none, for whatever reason."""

SPECIAL_ANSWERS: Final = ("servfail", "silent", "nodata")
"""What a resolver may do instead of answering with addresses; a name that is not listed does not exist."""

_LMGRD: Final = 27000


class _Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of a plan."""


class Route(_Table, frozen=True, kw_only=True):
    """Where packets for `to` (a subnet, or "default") are sent: to the neighbour `via`."""

    to: str
    via: str


class Zone(_Table, frozen=True, kw_only=True):
    """A network, with a client in it.

    Attributes:
        subnets: its IPv4 and IPv6 networks; only the two-sided mode does without.
        client: the client's addresses; empty: one of each subnet that nobody else has.
        gateway: where the zone's machines send what is not for the zone, one a family; empty: the first router here.
        routes: further routes of the client.
        sees: all that its resolver answers: name → addresses, or "servfail", "silent", "nodata". None: every server's
            name with its addresses.
    """

    name: str
    subnets: tuple[str, ...] = ()
    client: tuple[str, ...] = ()
    gateway: tuple[str, ...] = ()
    routes: tuple[Route, ...] = ()
    sees: dict[str, tuple[str, ...] | str] | None = None


class Interface(_Table, frozen=True, kw_only=True):
    """An interface of a router.

    Attributes:
        name: as the rules call it.
        zone: the zone it is in.
        link: or the link to one other router, which names the same link.
        addresses: with their prefix lengths: "10.1.0.1/24".
        mtu: of the link.
    """

    name: str
    zone: str = ""
    link: str = ""
    addresses: tuple[str, ...] = ()
    mtu: int | None = None


class Dnat(_Table, frozen=True, kw_only=True):
    """A translation that is not in the rule file: TCP to `outside` goes to `inside`, both "10.0.0.5:27000"."""

    outside: str
    inside: str


class Machine(_Table, frozen=True, kw_only=True):
    """A machine, and where its rules stand.

    Attributes:
        nftables: a file for `nft -f`, its path relative to the plan's.
        iptables, ip6tables: files as iptables-save and ip6tables-save write them.
        ruleset: nftables rules, written into the plan itself.
    """

    name: str
    nftables: str = ""
    iptables: str = ""
    ip6tables: str = ""
    ruleset: str = ""

    @property
    def has_rules(self) -> bool:
        """Whether there are any."""
        return any((self.nftables, self.iptables, self.ip6tables, self.ruleset))


class Router(Machine, frozen=True, kw_only=True):
    """A machine that forwards between its interfaces, as its rules let it.

    Attributes:
        routes: static routes; they win over those that lmwire works out.
        auto_routes: whether lmwire works out the routes to all subnets of the plan.
        rp_filter: reverse path filtering, as the kernel does it beside the rules.
        dnat: translations beside the rules.
    """

    interfaces: tuple[Interface, ...]
    routes: tuple[Route, ...] = ()
    auto_routes: bool = True
    rp_filter: Literal["off", "strict", "loose"] = "off"
    dnat: tuple[Dnat, ...] = ()

    @property
    def has_rules(self) -> bool:
        """Whether anything decides about packets."""
        return bool(super().has_rules or self.dnat)


class Server(Machine, frozen=True, kw_only=True):
    """A license server; its rules are those of its own firewall.

    Attributes:
        zone: where it stands.
        addresses: its own.
        lmgrd: lmgrd's port.
        vendors: vendor daemon → port.
        referral: the host name that lmgrd refers to; empty: the server's name here.
        target: what its clients have in LM_LICENSE_FILE; empty: lmgrd's port at the referral's name.
        targets: the same, where a zone needs another: zone → target.
        gateway: where it sends its answers; empty: as its zone does.
        routes: further routes.
        interface: how its rules call its interface.
    """

    zone: str = ""
    addresses: tuple[str, ...] = ()
    lmgrd: int = _LMGRD
    vendors: dict[str, int]
    referral: str = ""
    target: str = ""
    targets: dict[str, str] = {}
    gateway: tuple[str, ...] = ()
    routes: tuple[Route, ...] = ()
    interface: str = "eth0"

    @property
    def referral_host(self) -> str:
        """The host name in lmgrd's referral."""
        return self.referral or self.name

    def target_in(self, zone: str) -> str:
        """Return what a client in `zone` has in LM_LICENSE_FILE."""
        host = f"[{self.referral_host}]" if ":" in self.referral_host else self.referral_host
        return self.targets.get(zone) or self.target or f"{self.lmgrd}@{host}"


class Aim(msgspec.Struct, frozen=True, kw_only=True):
    """Where a zone's client goes: a server of the plan, what is in LM_LICENSE_FILE, and the vendor daemons."""

    server: str
    target: str
    vendors: tuple[str, ...]


Expected = str | tuple[str, ...]
"""A verdict's id, SERVES or FAILURE; or several, any of which will do."""


class Plan(_Table, frozen=True, kw_only=True):
    """A plan.

    Attributes:
        expect: zone → the verdict for all servers, or server → verdict. Zones and servers that are not named are not
            tested.
    """

    name: str = "firewall"
    zones: tuple[Zone, ...]
    routers: tuple[Router, ...] = ()
    servers: tuple[Server, ...]
    expect: dict[str, Expected | dict[str, Expected]]

    def zone(self, name: str) -> Zone:
        """Return the zone called `name`; KeyError without."""
        return {zone.name: zone for zone in self.zones}[name]

    def server(self, name: str) -> Server:
        """Return the server called `name`; KeyError without."""
        return {server.name: server for server in self.servers}[name]

    def expected(self) -> dict[tuple[str, str], tuple[str, ...]]:
        """Return what is expected of each zone and server, in the plan's order."""
        found = {}
        for zone in self.zones:
            row = self.expect.get(zone.name, {})
            for server in self.servers:
                wanted = row.get(server.name) if isinstance(row, dict) else row
                if wanted is not None:
                    found[zone.name, server.name] = (wanted,) if isinstance(wanted, str) else tuple(wanted)
        return found

    def aims(self) -> dict[str, list[Aim]]:
        """Return zone → where its client goes, for all that something is expected of."""
        aims: dict[str, list[Aim]] = {}
        for zone, name in self.expected():
            aims.setdefault(zone, []).append(self.aim(zone, name))
        return aims

    def aim(self, zone: str, name: str) -> Aim:
        """Return how the client in `zone` goes to the server called `name`; KeyError without such a server."""
        server = self.server(name)
        return Aim(server=name, target=server.target_in(zone), vendors=tuple(server.vendors))
