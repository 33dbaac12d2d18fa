"""The tables of a plan: networks, the user's rule files between them, license servers, and expected verdicts.

    [[zones]]     a network with a client in it, and what its resolver answers
    [[routers]]   interfaces with the names that the rules use, the rule files, routes
    [[servers]]   lmgrd and its vendor daemons, in a zone
    [expect]      zone → server → verdict

`lmwire.ruletest.plan_file` reads a plan and checks what the types cannot.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec

__all__ = [
    "FAILURE",
    "SERVES",
    "SPECIAL_ANSWERS",
    "ClientTarget",
    "Dnat",
    "Interface",
    "Machine",
    "Plan",
    "PlanServer",
    "Route",
    "Router",
    "Zone",
]

SERVES: Final = "serves"
"""Instead of a verdict's id: the application gets a license, even with a warning."""

FAILURE: Final = "failure"
"""Instead of a verdict's id: the application gets no license, for any reason."""

SPECIAL_ANSWERS: Final = ("servfail", "silent", "nodata")
"""Answers of a resolver other than addresses. A name that is not listed does not exist."""

_LMGRD: Final = 27000


class _Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of a plan."""


class Route(_Table, frozen=True, kw_only=True):
    """A route: packets for `to` (a subnet, or "default") go to the neighbour `via`.

    Attributes:
        table: the routing table, for `ip_rules`; 0 for the main one.
    """

    to: str
    via: str
    table: int = 0


class Zone(_Table, frozen=True, kw_only=True):
    """A network with a client.

    Attributes:
        subnets: its IPv4 and IPv6 networks; optional only in the two-sided mode.
        client: the client's addresses; empty: a free one of each subnet.
        gateway: the default gateways of the zone's machines, one for each family; empty: the first router in the zone.
        routes: more routes of the client.
        sees: the answers of its resolver: name → addresses, or "servfail", "silent", "nodata". None: every server's
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
        name: its name in the rules.
        zone: the zone of the interface.
        link: instead of a zone, the link to one other router, which names the same link.
        addresses: with prefix lengths: "10.1.0.1/24".
        mtu: the MTU of the link.
    """

    name: str
    zone: str = ""
    link: str = ""
    addresses: tuple[str, ...] = ()
    mtu: int | None = None


class Dnat(_Table, frozen=True, kw_only=True):
    """A NAT that is not in the rule file: it forwards TCP to `outside` to `inside`, both like "10.0.0.5:27000"."""

    outside: str
    inside: str


class Machine(_Table, frozen=True, kw_only=True):
    """A machine and its rules.

    Attributes:
        nftables: a file for `nft -f`, its path relative to the plan's; or several, loaded one after the other.
        iptables, ip6tables: files as iptables-save and ip6tables-save write them; of several, the later ones add to the
            first, as with `--noflush`.
        ipset: files as `ipset save` writes them, for iptables rules with sets.
        ruleset: nftables rules in the plan itself.
        sysctl: settings of the kernel, such as { "net.ipv4.conf.all.rp_filter" = 1 }.
        ip_rules: routing rules as `ip rule add` takes them: "from 10.1.0.0/24 lookup 100".
        interfaces: its interfaces; those of a server besides the one in its zone.
    """

    name: str
    nftables: str | tuple[str, ...] = ""
    iptables: str | tuple[str, ...] = ""
    ip6tables: str | tuple[str, ...] = ""
    ipset: str | tuple[str, ...] = ""
    ruleset: str = ""
    sysctl: dict[str, int | str] = {}
    ip_rules: tuple[str, ...] = ()
    interfaces: tuple[Interface, ...] = ()

    @property
    def has_rules(self) -> bool:
        """Whether it has rules."""
        return any((self.nftables, self.iptables, self.ip6tables, self.ruleset))

    def files(self, field: str) -> tuple[str, ...]:
        """Return the files of "nftables", "iptables", "ip6tables" or "ipset"."""
        named: str | tuple[str, ...] = getattr(self, field)
        return tuple(filter(None, (named,) if isinstance(named, str) else named))


class Router(Machine, frozen=True, kw_only=True):
    """A machine that forwards between its interfaces, subject to its rules.

    Attributes:
        routes: static routes; they override those that lmwire works out.
        auto_routes: whether lmwire works out the routes to all subnets of the plan.
        rp_filter: the kernel's reverse path filtering.
        dnat: NAT in addition to the rules.
    """

    interfaces: tuple[Interface, ...]
    routes: tuple[Route, ...] = ()
    auto_routes: bool = True
    rp_filter: Literal["off", "strict", "loose"] = "off"
    dnat: tuple[Dnat, ...] = ()

    @property
    def has_rules(self) -> bool:
        """Whether anything on it can drop packets."""
        return bool(super().has_rules or self.dnat)


class PlanServer(Machine, frozen=True, kw_only=True):
    """A license server. Its rules are those of its own firewall.

    Attributes:
        zone: the zone of the server.
        addresses: its addresses.
        lmgrd: lmgrd's port.
        vendors: vendor daemon → port.
        referral: the host name in lmgrd's referral; empty: the server's name in the plan.
        target: its clients' LM_LICENSE_FILE; empty: lmgrd's port at the referral's name.
        targets: zone → another target for the clients in that zone.
        gateway: its default gateways; empty: those of its zone.
        routes: more routes.
        interface: its interface's name in the rules.
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
        """Return the LM_LICENSE_FILE of a client in `zone`."""
        host = f"[{self.referral_host}]" if ":" in self.referral_host else self.referral_host
        return self.targets.get(zone) or self.target or f"{self.lmgrd}@{host}"


class ClientTarget(msgspec.Struct, frozen=True, kw_only=True):
    """The target of a zone's client: a server of the plan, its LM_LICENSE_FILE, and the vendor daemons."""

    server: str
    target: str
    vendors: tuple[str, ...]


Expected = str | tuple[str, ...]
"""A verdict's id, SERVES or FAILURE; or several, any of which is fine."""


class Plan(_Table, frozen=True, kw_only=True):
    """A plan.

    Attributes:
        expect: zone → the verdict for all servers, or server → verdict. Other zones and servers are not tested.
    """

    name: str = "firewall"
    zones: tuple[Zone, ...]
    routers: tuple[Router, ...] = ()
    servers: tuple[PlanServer, ...]
    expect: dict[str, Expected | dict[str, Expected]]

    def zone(self, name: str) -> Zone:
        """Return the zone called `name`; KeyError without."""
        return {zone.name: zone for zone in self.zones}[name]

    def server(self, name: str) -> PlanServer:
        """Return the server called `name`; KeyError without."""
        return {server.name: server for server in self.servers}[name]

    def expected(self) -> dict[tuple[str, str], tuple[str, ...]]:
        """Return the expected verdicts of each zone and server, in the plan's order."""
        found = {}
        for zone in self.zones:
            row = self.expect.get(zone.name, {})
            for server in self.servers:
                wanted = row.get(server.name) if isinstance(row, dict) else row
                if wanted is not None:
                    found[zone.name, server.name] = (wanted,) if isinstance(wanted, str) else tuple(wanted)
        return found

    def aims(self) -> dict[str, list[ClientTarget]]:
        """Return zone → the targets of its client, for all cells with an expected verdict."""
        aims: dict[str, list[ClientTarget]] = {}
        for zone, name in self.expected():
            aims.setdefault(zone, []).append(self.aim(zone, name))
        return aims

    def aim(self, zone: str, name: str) -> ClientTarget:
        """Return the target of the client in `zone` for the server `name`; KeyError for an unknown server."""
        server = self.server(name)
        return ClientTarget(server=name, target=server.target_in(zone), vendors=tuple(server.vendors))
