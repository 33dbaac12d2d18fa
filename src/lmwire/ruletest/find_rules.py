"""Find the rules behind what is not as expected: diagnose once more, alone, while every rule is watched."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec

from lmwire.diagnosis import worst_of
from lmwire.ruletest.build import Playground
from lmwire.ruletest.decide import decisions, nothing_decided, own_ways
from lmwire.ruletest.judge import is_healthy
from lmwire.ruletest.model import Cell
from lmwire.ruletest.plan import Machine, Plan
from lmwire.ruletest.sources import Sources
from lmwire.ruletest.walk import BRIEF, WAITS, walk_one
from lmwire.ruletest.watch import Watch

__all__ = ["explain"]

_TOO_EARLY: Final = ("netdev ", "arp ", "bridge ")
"""Families of tables that see a packet before, or beside, the trace: it is of IP."""


def explain(
    plan: Plan, folder: Path, ground: Playground, cells: Sequence[Cell], on_done: Callable[[], None] = lambda: None
) -> dict[tuple[str, str], Cell]:
    """Return zone and server → the cell with the rules that decided; `on_done` is called after each.

    Each cell is diagnosed again, one after the other, so that no packet is another's.

    Raises:
        NetworkError: the kernel can't tell.
    """
    machines = {**ground.routers, **ground.servers}
    ruled = [machine for machine in (*plan.routers, *plan.servers) if machine.has_rules]
    with contextlib.ExitStack() as stack:
        watches: dict[str, Watch] = {}
        for machine in ruled:
            watches[machine.name] = Watch(machines[machine.name])
            stack.callback(watches[machine.name].close)
        look = _Look(plan, ground, watches, Sources(plan, folder, watches), tuple(_untold(ruled, watches)))
        return {(cell.zone, cell.server): look(cell, on_done) for cell in cells}


def _untold(ruled: Sequence[Machine], watches: Mapping[str, Watch]) -> Iterator[str]:
    """Yield which rules can't be traced, and why: nothing is told of what they decide."""
    for machine in ruled:
        tables = dict.fromkeys(table for table, _ in watches[machine.name].hooks())
        for name, family in ((machine.iptables, "ip "), (machine.ip6tables, "ip6 ")):
            if name and not any(table.startswith(family) for table in tables):
                yield f"the iptables of {machine.name}, which is the legacy one (install iptables-nft)"
        for table in tables:
            if table.startswith(_TOO_EARLY):
                yield f"the table {table} of {machine.name}, which is asked before the trace begins"


class _Look:
    """What all looks share."""

    def __init__(
        self, plan: Plan, ground: Playground, watches: Mapping[str, Watch], sources: Sources, untold: Sequence[str]
    ) -> None:
        self._plan = plan
        self._ground = ground
        self._watches = watches
        self._sources = sources
        self._untold = "; ".join(dict.fromkeys(untold))
        self._hooks = {name: watch.hooks() for name, watch in watches.items()}

    def __call__(self, cell: Cell, on_done: Callable[[], None]) -> Cell:
        server = self._plan.server(cell.server)
        for watch in self._watches.values():
            watch.seen()
        aim = self._plan.aim(cell.zone, cell.server)
        # A filtered port stays filtered; a rejection may take as long as it took.
        waits = BRIEF if cell.found.endswith("-filtered") else WAITS
        again = worst_of(walk_one(self._ground.clients[cell.zone], aim, waits))
        ways = own_ways({name: watch.seen() for name, watch in self._watches.items()})
        on_done()
        if again is None:  # a server without vendor daemons, which no plan has
            return cell
        told = decisions(ways, self._hooks, found=again, expected=cell.expected, server=server, source=self._sources)
        notes = []
        if again.verdict.id != cell.found:
            notes.append(f"a second run, alone, found {again.verdict.id}: the rules depend on how much comes, or when")
        if not is_healthy(again) and not any(one.action in ("dropped", "rejected") for one in told):
            notes.append(self._nothing() or nothing_decided(ways, self._hooks, again))
        return msgspec.structs.replace(cell, decisions=told, note="; ".join(notes))

    def _nothing(self) -> str:
        if not self._untold:
            return ""
        return f"no rule that can be traced dropped its packets; what decided may be what can't be: {self._untold}"
