"""What a lab file may say.

A lab is a folder: `lab.toml`, described here, and `plan.toml`, a plan of `lmwire.ruletest` whose expectations are
those of the repaired network. In both, `<name>` stands for a value that the seed decides (`lmwire.lab.seed_values`).
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from lmwire.ruletest import Plan
from lmwire.ruletest.plan import Aim

__all__ = ["ALL", "COSTS", "LICENSE", "NAMES", "Closed", "Lab", "LabFile", "Service", "Step"]

ALL: Final = 100
"""Points for a repair without a hint."""

COSTS: Final = (15, 20, 30)
"""What each hint costs."""

LICENSE: Final = "license.lic"
"""The license file, in a server's folder."""

NAMES: Final = "dns"
"""The folder of the name servers' files, and what `lmwire lab restart` calls them."""


class _Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of a lab file."""


class Service(_Table, frozen=True, kw_only=True):
    """Something else that listens: what must stay blocked, or what stands in the way.

    Attributes:
        on: the machine.
        port: TCP.
        does: "hold" accepts and never answers, as a careless proxy does; "http" answers with a 400, and
            waits for more; "ssh" greets.
    """

    on: str
    port: int
    does: Literal["hold", "http", "ssh"] = "hold"


class Closed(_Table, frozen=True, kw_only=True):
    """What must stay out of reach, however the network is repaired.

    Attributes:
        zone: from where.
        address: to where.
        ports: TCP ports on which something listens.
    """

    zone: str
    address: str
    ports: tuple[int, ...]


class Step(_Table, frozen=True, kw_only=True):
    """A part of a repair: lines for a machine's shell."""

    on: str
    run: str


class LabFile(_Table, frozen=True, kw_only=True):
    """`lab.toml`.

    Attributes:
        title: in a few words, without the answer.
        scenario: the failure of the mock that it is about; has the same verdict, and the measured code.
        story: what the help desk hears.
        hints: from a nudge to nearly the answer; each costs points.
        learnt: what to remember, told at the end.
        broken: zone → verdict before the repair, as far as it is not what the plan expects.
        unpinned: servers whose license file pins no vendor port.
        down: servers without a license service, for good.
        triad: whether the servers stand for each other: one license file, and clients know all of them.
        restarted: whether license services restart before a check, as they will some night.
        services: what else listens.
        closed: what must stay blocked.
        half: a repair of only a part.
        half_says: a part of what a check must then find fault with: whom, the verdict, or words of its sentence.
        solution: for the trainer's guide.
    """

    title: str
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
    half: tuple[Step, ...]
    half_says: str
    solution: tuple[Step, ...]

    def __post_init__(self) -> None:
        """Check what types can't say."""
        if len(self.hints) != len(COSTS):
            raise ValueError(f"a lab has {len(COSTS)} hints")


class Lab(LabFile, frozen=True, kw_only=True):
    """A lab as a seed makes it: every placeholder filled.

    Attributes:
        id: the folder's name, without its number.
        source: what `read_lab` is to be told to get it: the id, or a path for a lab of one's own.
        seed: which of its many forms.
        plan: the network; what it expects is the repaired state.
    """

    id: str
    source: str
    seed: int
    plan: Plan

    def aims(self) -> dict[str, list[Aim]]:
        """Return zone → where its client goes."""
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
    def clients(self) -> tuple[str, ...]:
        """The zones whose clients want licenses."""
        return tuple(self.plan.aims())

    @property
    def machines(self) -> tuple[str, ...]:
        """All machines that have a shell: clients by their zone, routers, servers."""
        routers, servers = ((machine.name for machine in each) for each in (self.plan.routers, self.plan.servers))
        return (*self.clients, *routers, *servers)
