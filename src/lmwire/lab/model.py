"""The tables of a lab file.

A lab is a folder with `lab.toml`, described here, and `plan.toml`, a plan of `lmwire.ruletest` with the verdicts of the
repaired network. In both, `<name>` stands for a value that the seed chooses (`lmwire.lab.seed_values`).
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from lmwire.ruletest import Plan
from lmwire.ruletest.plan import ClientTarget

__all__ = [
    "ALL",
    "COSTS",
    "LICENSE",
    "NAMES",
    "Closed",
    "Lab",
    "LabFile",
    "NameAnswer",
    "Passage",
    "RepairStep",
    "Service",
    "Unannounced",
]

ALL: Final = 100
"""Points for a repair without a hint."""

COSTS: Final = (15, 20, 30)
"""The price of each hint in points."""

LICENSE: Final = "license.lic"
"""The license file, in a server's folder."""

NAMES: Final = "dns"
"""The folder of the name servers' files, and their name in `lmwire lab restart`."""


class _Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of a lab file."""


class Service(_Table, frozen=True, kw_only=True):
    """Another listening service: one that must stay blocked, or one that causes the problem.

    Attributes:
        on: the machine.
        port: TCP.
        does: "hold" accepts and never answers, like a bad proxy; "http" answers with a 400 and waits for more;
            "ssh" sends an SSH greeting.
    """

    on: str
    port: int
    does: Literal["hold", "http", "ssh"] = "hold"


class Closed(_Table, frozen=True, kw_only=True):
    """Ports that must stay blocked after the repair.

    Attributes:
        zone: the client's zone.
        address: the address with the ports.
        ports: TCP ports on which a service listens.
    """

    zone: str
    address: str
    ports: tuple[int, ...]


Passage = Literal["blocked", "elsewhere", "payload-lost", "passes"]
"""What becomes of a connection: nothing accepts it; a machine on the way does, such as a proxy; it is accepted, and its
payload does not arrive; all of it arrives."""


class Unannounced(_Table, frozen=True, kw_only=True):
    """All ports of an address that the lab does not name: the repair must leave them as they are.

    A check knocks at some of them, at random, where it has put listeners.

    Attributes:
        zone: the zone of the client that knocks.
        address: an address, or the name of a server or of a zone, for its client.
        stays: what becomes of a connection, before and after the repair.
    """

    zone: str
    address: str
    stays: Passage = "blocked"


class NameAnswer(_Table, frozen=True, kw_only=True):
    """What the name server of a zone must answer after the repair."""

    zone: str
    name: str
    address: str


class RepairStep(_Table, frozen=True, kw_only=True):
    """A part of a repair: lines for a machine's shell."""

    on: str
    run: str


class LabFile(_Table, frozen=True, kw_only=True):
    """`lab.toml`.

    Attributes:
        title: a few words without the answer.
        difficulty: how hard it is for somebody who has read one page about FlexNet.
        scenario: the mock's scenario for this failure, with the same verdict and the measured code.
        story: the call to the help desk.
        hints: from a small hint to nearly the answer; each costs points.
        learnt: the lesson, shown at the end.
        broken: zone → verdict before the repair, if it differs from the plan's.
        unpinned: servers whose license file pins no vendor port.
        down: servers that never run a license service.
        triad: whether the servers are a triad: one license file, and clients know all of them.
        restarted: whether license services restart before a check.
        services: other listening services.
        closed: ports that must stay blocked.
        unannounced: addresses whose other ports must stay as they are.
        names: what name servers must answer after the repair.
        movable: whether a repair may move a vendor daemon to another port.
        half: an incomplete repair.
        half_says: text that a check must then print: a zone, a verdict, or words of a sentence.
        solution: the repair, for the trainer's guide.
    """

    title: str
    difficulty: Literal["easy", "medium", "hard"] = "medium"
    scenario: str = ""
    story: str
    hints: tuple[str, ...]
    learnt: str
    broken: dict[str, str]
    unpinned: tuple[str, ...] = ()
    down: tuple[str, ...] = ()
    triad: bool = False
    restarted: bool = False
    services: tuple[Service, ...] = ()
    closed: tuple[Closed, ...]
    unannounced: tuple[Unannounced, ...] = ()
    names: tuple[NameAnswer, ...] = ()
    movable: bool = False
    half: tuple[RepairStep, ...]
    half_says: str
    solution: tuple[RepairStep, ...]

    def __post_init__(self) -> None:
        """Check the parts that types cannot."""
        if len(self.hints) != len(COSTS):
            raise ValueError(f"a lab has {len(COSTS)} hints")


class Lab(LabFile, frozen=True, kw_only=True):
    """A lab with all placeholders filled in.

    Attributes:
        id: the folder's name, without its number.
        source: the argument of `read_lab`: the id, or a path for your own lab.
        seed: the seed of its values.
        plan: the network, with the verdicts of the repaired state.
    """

    id: str
    source: str
    seed: int
    plan: Plan

    def aims(self) -> dict[str, list[ClientTarget]]:
        """Return zone → the targets of its client."""
        found = self.plan.aims()
        if not self.triad:
            return found
        return {
            zone: [
                msgspec.structs.replace(aimed[0], target=",".join(each.target_in(zone) for each in self.plan.servers))
            ]
            for zone, aimed in found.items()
        }

    @property
    def mended(self) -> frozenset[str]:
        """The machines whose rules a repair may change: routers, and servers that have rules of their own."""
        servers = (server.name for server in self.plan.servers if server.has_rules)
        return frozenset((*(router.name for router in self.plan.routers), *servers))

    @property
    def clients(self) -> tuple[str, ...]:
        """The zones with clients that need licenses."""
        return tuple(self.plan.aims())

    @property
    def machines(self) -> tuple[str, ...]:
        """All machines with a shell: clients (by zone), routers, servers."""
        routers, servers = ((machine.name for machine in each) for each in (self.plan.routers, self.plan.servers))
        return (*self.clients, *routers, *servers)
