"""A network as a frozen value: machines, names, servers, and everything that is wrong with it.

Prints as JSON with only what differs from a healthy network, so that a plan that failed can be cut down by hand and
run again (`python -m tests.networks --plan FILE`).

Addresses stand as symbols, a spot with an IP version, such as `server4`:

    server    the license server's own address
    public    the outside of the router that translates addresses
    other     another machine, a router on the way, with or without a service of its own
    gone      in the server's subnet, and nobody has it
    nowhere   in no subnet of this network
    loopback  127.0.1.1 or ::1
"""

from __future__ import annotations

from typing import Literal

import msgspec

__all__ = [
    "BACK",
    "CLIENT_PATIENCE",
    "ICMP",
    "PLACES",
    "QUICK",
    "SPOTS",
    "THERE",
    "VENDOR",
    "Daemon",
    "Direction",
    "Fault",
    "Name",
    "Nat",
    "Pause",
    "Plan",
    "Special",
    "Stage",
    "SynLimit",
    "show",
]

VENDOR = "ibmratl"
PLACES = ("client", "r1", "r2", "r3", "server")
SPOTS = ("server", "public", "other", "gone", "nowhere", "loopback")

Direction = Literal["there", "back"]
Stage = Literal["syn", "payload", "synack", "answer", "all"]
Special = Literal["nxdomain", "nodata", "servfail", "silence", "unaskable"]

CLIENT_PATIENCE = 10.0
"""Seconds that a client waits for a port to accept."""

QUICK = 0.04
"""Seconds one way on a good path: there and back in less than the tenth of a second that lmwire asks for."""

THERE: tuple[Stage, ...] = ("syn", "payload", "all")
BACK: tuple[Stage, ...] = ("synack", "answer", "all")

ICMP = (
    "port-unreachable",
    "host-unreachable",
    "net-unreachable",
    "prot-unreachable",
    "admin-prohibited",
    "host-prohibited",
    "net-prohibited",
)
"""How a fault rejects, by the names of IPv4; IPv6 has something like each."""


class _Value(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A part of a plan."""


class Fault(_Value, frozen=True, kw_only=True):
    """What a machine on the way does to some packets of one port.

    Attributes:
        place: "client", "r1" to "r3", or "server".
        port: as that machine sees it, behind or before a translation.
        stage: which packets: of the client's "syn" or "payload"; of the server's "synack" or "answer"; or "all".
        kind: "drop"; "rst"; one of ICMP; on the client also "prohibit" and "no-route", from its routing policy.
        family: 4 or 6 for that version only.
    """

    place: str
    port: int
    direction: Direction
    stage: Stage
    kind: str
    family: int = 0

    def __str__(self) -> str:
        return f"{self.place} {self.direction} {self.stage} {self.kind}"


class Name(_Value, frozen=True, kw_only=True):
    """A server's name, and what it leads to.

    Attributes:
        text: the name; without use when it is a literal.
        answer: symbols of addresses, or what happens instead.
        literal: the first address itself stands where a name could.
        hosts: it stands in the client's /etc/hosts, not in DNS.
    """

    text: str = "licsrv.test"
    answer: tuple[str, ...] | Special = ("server4",)
    literal: bool = False
    hosts: bool = False


class Nat(_Value, frozen=True, kw_only=True):
    """A router that translates destinations.

    Attributes:
        router: its number.
        ports: pairs of an outside port and the server's.
        others: what happens to other ports of its outside: "closed" or "drop".
        inside: what happens to those outside who ask for the server's own address: "open", "drop" or one of ICMP.
    """

    router: int
    ports: tuple[tuple[int, int], ...]
    others: Literal["closed", "drop"] = "closed"
    inside: str = "open"


class Daemon(_Value, frozen=True, kw_only=True):
    """A server process: lmgrd, a vendor daemon, or whatever has its port.

    Attributes:
        behaviour: one of `tests.networks.behaviour.BEHAVIOURS`.
        number: what goes with it: seconds, bytes, an offset, an error code.
    """

    port: int
    behaviour: str = "normal"
    number: float = 0


class Pause(_Value, frozen=True, kw_only=True):
    """A machine on the way that drops packets for a while, from the first SYN to a port on.

    Attributes:
        place: a router, or "server".
        port: as that machine sees it.
        seconds: for so long.
        scope: "port": only SYNs to that port, as a server does whose backlog is full; "path": all TCP there and back.
    """

    place: str
    port: int
    seconds: float
    scope: Literal["port", "path"] = "port"

    @property
    def lasts(self) -> bool:
        """Whether it outlasts the patience of a client."""
        return self.seconds > CLIENT_PATIENCE


class SynLimit(_Value, frozen=True, kw_only=True):
    """A machine on the way that lets only so many SYNs pass, whatever their port, and drops the others."""

    place: str
    per_minute: int
    burst: int = 1

    @property
    def slow(self) -> bool:
        """Whether two connects at the same time get into each other's way."""
        return self.per_minute < 600  # ten a second


class Plan(_Value, frozen=True, kw_only=True):
    """A network.

    Attributes:
        routers: how many stand between client and server, 0 to 3.
        families: IP versions of all links.
        target, target_port: what stands in the license path; None for `@host`.
        vendor_named: whether the client knows the vendor daemon's name; otherwise lmgrd is asked.
        dlist: what lmgrd says when asked so.
        referral: the name in lmgrd's referral; None for the target's.
        referral_port: the port in it; None for the vendor daemon's own.
        vendor_down: the vendor daemon does not run, and lmgrd knows.
        other: number of the router that is the "other" machine; 0 for none.
        other_service: what listens there.
        delays: seconds one way, one a link, the client's first; empty for none.
        lossy: number of the link that loses packets; -1 for none.
        loss: share of the packets that it loses, each way.
        pause, limit: of a machine on the way that drops some packets and not others.
    """

    seed: int = 0
    routers: int = 0
    families: tuple[int, ...] = (4,)
    target: Name = Name()
    target_port: int | None = 27000
    vendor_named: bool = True
    dlist: Literal["normal", "refused", "silent"] = "normal"
    referral: Name | None = None
    referral_port: int | None = None
    lmgrd: Daemon = Daemon(port=27000)
    vendor: Daemon = Daemon(port=27001)
    vendor_down: bool = False
    nat: Nat | None = None
    other: int = 0
    other_service: Daemon | None = None
    faults: tuple[Fault, ...] = ()
    delays: tuple[float, ...] = ()
    lossy: int = -1
    loss: float = 0.0
    pause: Pause | None = None
    limit: SynLimit | None = None

    @property
    def unsteady(self) -> bool:
        """Whether a packet may get lost that its like passes."""
        return self.lossy >= 0 or self.limit is not None or (self.pause is not None and self.pause.scope == "path")

    @property
    def clean(self) -> bool:
        """Whether each packet has the same fate as its like, and is there in a moment."""
        return not self.unsteady and self.pause is None and sum(self.delays) < QUICK

    @property
    def referred_name(self) -> Name:
        """The name in lmgrd's referral."""
        return self.target if self.referral is None else self.referral

    @property
    def referred_port(self) -> int:
        """The port in lmgrd's referral."""
        return self.vendor.port if self.referral_port is None else self.referral_port

    @property
    def places(self) -> tuple[str, ...]:
        """The machines from the client to the server."""
        return ("client", *self.router_names, "server")

    @property
    def router_names(self) -> tuple[str, ...]:
        """The routers, the client's neighbour first."""
        return tuple(f"r{number}" for number in range(1, self.routers + 1))


def show(plan: Plan) -> str:
    """Return `plan` as JSON to read, edit, and give back by `--plan`."""
    return msgspec.json.format(msgspec.json.encode(plan), indent=1).decode()
