"""Find the rules that caused an unexpected verdict: repeat the diagnosis in a fresh network, and trace every rule."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from lmwire.diagnosis import Diagnosis, worst_of
from lmwire.netns import Namespace
from lmwire.ruletest.build import Playground, build
from lmwire.ruletest.deciding_rules import decisions, nothing_decided, of_ports, own_ways
from lmwire.ruletest.judge import is_healthy
from lmwire.ruletest.kernel_drops import unanswered, why_lost
from lmwire.ruletest.model import Cell
from lmwire.ruletest.nft_monitor import Watch
from lmwire.ruletest.plan import ClientTarget, Machine, Plan
from lmwire.ruletest.rule_places import Sources
from lmwire.ruletest.trace import Traced
from lmwire.ruletest.zone_diagnosis import BRIEF, STEADY, WAITS, ports_of_look, walk_all, walk_one

__all__ = ["LOOKS", "explain"]

LOOKS: Final = 12
"""Most cells that lmwire looks at alone, each in a network of its own."""

_TOO_EARLY: Final = ("netdev ", "bridge ")
"""Table families that the trace does not cover: it traces only IP and ARP."""
_AT_ONCE: Final = 6
"""Networks at the same time. They mostly wait for time-outs."""
_PORTS: Final = range(32_768, 60_928)
"""The ports that clients connect from, on Linux: 32768 to 60999."""
_TOGETHER: Final = 256
"""Most cells that lmwire looks at together."""
_EACH: Final = len(_PORTS) // _TOGETHER
_CERTAIN: Final = frozenset({"dropped", "rejected", "accepted"})


def explain(
    plan: Plan,
    folder: Path,
    cells: Sequence[Cell],
    on_done: Callable[[int], None] = lambda _more: None,
    *,
    running: Playground | None = None,
    steady: bool = False,
) -> dict[tuple[str, str], Cell]:
    """Return zone and server → the cell with the rules that decided, of the cells that lmwire looked at.

    Each diagnosis has a network of its own, in which nothing that an earlier one left decides: no set, counter or
    connection. Where rules have no memory, all cells are looked at in one more network first. Each cell's clients
    have ports of their own there, so every packet belongs to one cell. Only those left over are looked at alone.

    Args:
        plan: the plan.
        folder: the folder of its rule files.
        cells: the cells that are not as expected.
        on_done: called from any thread: with a number of cells before lmwire looks at them, with 0 after each.
        running: a network in which to look instead, one cell after the other: its rules may not be those of the plan.
        steady: whether the rules have no memory, see `is_steady`.

    Raises:
        NetworkError: the kernel cannot trace rules.
    """
    search = _Search(plan, folder, on_done, running, steady)
    told: list[Cell] = []
    if steady and len(cells) > 1:
        on_done(len(cells))
        for start in range(0, len(cells), _TOGETHER):
            told += search.together(cells[start : start + _TOGETHER])
    known = {(cell.zone, cell.server) for cell in told}
    rest = [cell for cell in cells if (cell.zone, cell.server) not in known][:LOOKS]
    if rest:
        on_done(len(rest))
        with ThreadPoolExecutor(1 if running else min(_AT_ONCE, len(rest))) as pool:
            told += pool.map(search.alone, rest)
    return {(cell.zone, cell.server): cell for cell in told}


@dataclass(frozen=True, slots=True)
class _Search:
    """See the arguments of `explain`."""

    plan: Plan
    folder: Path
    on_done: Callable[[int], None]
    running: Playground | None
    steady: bool

    def together(self, cells: Sequence[Cell]) -> list[Cell]:
        """Look at all cells at the same time, and return those whose deciding rule is beyond doubt."""
        starts = range(_PORTS[0], _PORTS[-1], _EACH)
        ports = {_key(cell): range(start, start + _EACH) for cell, start in zip(cells, starts, strict=False)}
        aims: dict[str, list[ClientTarget]] = {}
        for cell in cells:
            aims.setdefault(cell.zone, []).append(self.plan.aim(cell.zone, cell.server))
        told: list[Cell] = []
        with self._traced(None, {cell.server for cell in cells}) as (ground, watches):
            clients = {_key(cell): {cell.client: ground.client(cell.zone, cell.client)} for cell in cells}
            found = walk_all(aims, clients, STEADY, lambda: self.on_done(0), ports)
            ways = {name: watch.seen() for name, watch in watches.items()}
            for cell in cells:
                again = worst_of(found[_key(cell)][cell.client])
                if again is not None and again.verdict.id == cell.found:
                    told.append(self._told(ground, watches, cell, again, of_ports(ways, ports[_key(cell)])))
        return [cell for cell in told if any(one.action in _CERTAIN for one in cell.decisions)]

    def alone(self, cell: Cell) -> Cell:
        """Look at one cell. Of several looks that differed, look until the verdict is found again."""
        told = cell
        for number in range(cell.looks):
            found, told = self._look(cell, ports_of_look(number) if cell.looks > 1 else None)
            if found == cell.found:
                break
        self.on_done(0)
        return told

    def _look(self, cell: Cell, ports: range | None) -> tuple[str, Cell]:
        """Return the verdict, and the cell with what this look told."""
        aim = self.plan.aim(cell.zone, cell.server)
        # A filtered port stays filtered; a rejection may need the full time.
        waits = STEADY if self.steady else BRIEF if cell.found.endswith("-filtered") else WAITS
        with self._traced((cell.zone, cell.server), {cell.server}) as (ground, watches):
            again = worst_of(walk_one(ground.client(cell.zone, cell.client), aim, waits, ports))
            ways: Mapping[str, Sequence[Traced]] = {name: watch.seen() for name, watch in watches.items()}
            if self.running:
                ways = own_ways(ways)
            if again is None:  # a server without vendor daemons, which no plan has
                return cell.found, cell
            return again.verdict.id, self._told(ground, watches, cell, again, ways)

    @contextlib.contextmanager
    def _traced(
        self, only: tuple[str, str] | None, servers: Collection[str]
    ) -> Iterator[tuple[Playground, dict[str, Watch]]]:
        """Give a network and the watches of its machines, which have seen nothing yet."""
        with contextlib.ExitStack() as stack:
            ground = self.running or stack.enter_context(build(self.plan, self.folder, only=only))
            watches: dict[str, Watch] = {}
            for machine in _watched(self.plan, servers):
                watches[machine.name] = Watch(_node(ground, machine.name))
                stack.callback(watches[machine.name].close)
            for watch in watches.values():
                watch.seen()
            yield ground, watches

    def _told(
        self,
        ground: Playground,
        watches: Mapping[str, Watch],
        cell: Cell,
        again: Diagnosis,
        ways: Mapping[str, Sequence[Traced]],
    ) -> Cell:
        """Return the cell with what its second diagnosis and its packets tell."""
        loaded = {name: watch.loaded for name, watch in watches.items()}
        told = decisions(
            ways,
            loaded,
            found=again,
            expected=cell.expected,
            server=self.plan.server(cell.server),
            source=Sources(self.plan, self.folder, loaded),
        )
        notes = [cell.note] if cell.note else []
        if again.verdict.id != cell.found:
            notes.append(
                f"a second run alone found {again.verdict.id}: the rules depend on the amount or the time of traffic"
            )
        decided = any(one.action in ("dropped", "rejected") for one in told)
        if not is_healthy(again) and not decided:
            untold = "; ".join(dict.fromkeys(_untold(self.plan, watches)))
            if untold:
                notes.append(
                    f"no traceable rule dropped its packets; the cause may be rules that lmwire cannot trace: {untold}"
                )
            elif missing := "; ".join(unanswered(_machines(ground, cell))):
                notes.append(f"no rule dropped its packets: {missing}")
            else:
                notes.append(nothing_decided(ways, lambda name, packet: why_lost(_node(ground, name), packet), again))
        elif decided and (unasked := _unasked(ways, told[0].machine, told[0].packet)):
            notes.append(unasked)
        return msgspec.structs.replace(cell, decisions=told, note="; ".join(notes))


def _machines(ground: Playground, cell: Cell) -> dict[str, Namespace]:
    client = {f"the client in {cell.zone}": ground.client(cell.zone, cell.client)}
    return {**client, **ground.routers, cell.server: ground.servers[cell.server]}


def _key(cell: Cell) -> tuple[str, str]:
    return cell.zone, cell.server


def _watched(plan: Plan, servers: Collection[str]) -> Iterator[Machine]:
    """Yield all routers, because a kernel drops packets without a rule, too, and servers on which something is set."""
    yield from plan.routers
    yield from (each for each in plan.servers if each.has_rules or (each.name in servers and each.sysctl))


def _node(ground: Playground, name: str) -> Namespace:
    return ground.routers[name] if name in ground.routers else ground.servers[name]


def _unasked(ways: Mapping[str, Sequence[Traced]], machine: str, packet: str) -> str:
    """Return what follows from a dropped question which machine has an address; empty for another packet."""
    asked = next(
        (way.packet for way in ways[machine] if way.packet.asks_neighbours and str(way.packet) == packet), None
    )
    if asked is None:
        return ""
    what = "ARP" if asked.version == 4 else "neighbour discovery (ICMPv6)"  # noqa: PLR2004 - the version
    return f"{machine} drops {what}, so no machine on its link finds it: allow {what} on {machine}"


def _untold(plan: Plan, watches: Mapping[str, Watch]) -> Iterator[str]:
    """Yield the rules that the kernel cannot trace, with the reason."""
    for machine in (*plan.routers, *plan.servers):
        if machine.name not in watches:
            continue
        tables = dict.fromkeys(table for table, _ in watches[machine.name].loaded.bases)
        for field, family in (("iptables", "ip "), ("ip6tables", "ip6 ")):
            if machine.files(field) and not any(table.startswith(family) for table in tables):
                yield f"the legacy iptables of {machine.name} (install iptables-nft)"
        for table in tables:
            if table.startswith(_TOO_EARLY):
                yield f"the table {table} of {machine.name}, which runs before the trace starts"
