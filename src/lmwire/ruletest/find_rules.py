"""Find the rules that caused an unexpected verdict: repeat the diagnosis alone, and trace every rule."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec

from lmwire.diagnosis import worst_of
from lmwire.ruletest.build import Playground
from lmwire.ruletest.deciding_rules import decisions, nothing_decided, own_ways
from lmwire.ruletest.judge import is_healthy
from lmwire.ruletest.model import Cell
from lmwire.ruletest.nft_monitor import Watch
from lmwire.ruletest.plan import Machine, Plan
from lmwire.ruletest.rule_places import Sources
from lmwire.ruletest.zone_diagnosis import BRIEF, WAITS, walk_one

__all__ = ["explain"]

_TOO_EARLY: Final = ("netdev ", "arp ", "bridge ")
"""Table families that the trace does not cover: it traces only IP."""


def explain(
    plan: Plan, folder: Path, ground: Playground, cells: Sequence[Cell], on_done: Callable[[], None] = lambda: None
) -> dict[tuple[str, str], Cell]:
    """Return zone and server → the cell with the rules that decided. Calls `on_done` after each cell.

    The diagnoses run one after the other, so that every packet belongs to one cell.

    Raises:
        NetworkError: the kernel cannot trace rules.
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
    """Yield the rules that the kernel cannot trace, with the reason."""
    for machine in ruled:
        tables = dict.fromkeys(table for table, _ in watches[machine.name].hooks())
        for name, family in ((machine.iptables, "ip "), (machine.ip6tables, "ip6 ")):
            if name and not any(table.startswith(family) for table in tables):
                yield f"the legacy iptables of {machine.name} (install iptables-nft)"
        for table in tables:
            if table.startswith(_TOO_EARLY):
                yield f"the table {table} of {machine.name}, which runs before the trace starts"


class _Look:
    """Repeats diagnoses and finds their rules."""

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
        # A filtered port stays filtered; a rejection may need the full time.
        waits = BRIEF if cell.found.endswith("-filtered") else WAITS
        again = worst_of(walk_one(self._ground.clients[cell.zone], aim, waits))
        ways = own_ways({name: watch.seen() for name, watch in self._watches.items()})
        on_done()
        if again is None:  # a server without vendor daemons, which no plan has
            return cell
        told = decisions(ways, self._hooks, found=again, expected=cell.expected, server=server, source=self._sources)
        notes = []
        if again.verdict.id != cell.found:
            notes.append(
                f"a second run alone found {again.verdict.id}: the rules depend on the amount or the time of traffic"
            )
        if not is_healthy(again) and not any(one.action in ("dropped", "rejected") for one in told):
            notes.append(self._nothing() or nothing_decided(ways, self._hooks, again))
        return msgspec.structs.replace(cell, decisions=told, note="; ".join(notes))

    def _nothing(self) -> str:
        if not self._untold:
            return ""
        return f"no traceable rule dropped its packets; the cause may be rules that lmwire cannot trace: {self._untold}"
