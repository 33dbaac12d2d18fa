"""Find the rules that caused an unexpected verdict: repeat the diagnosis in a fresh network, and trace every rule."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Final

import msgspec

from lmwire.diagnosis import worst_of
from lmwire.netns import Namespace
from lmwire.ruletest.build import Playground, build
from lmwire.ruletest.deciding_rules import decisions, nothing_decided, own_ways
from lmwire.ruletest.judge import is_healthy
from lmwire.ruletest.model import Cell
from lmwire.ruletest.nft_monitor import Watch
from lmwire.ruletest.plan import Machine, Plan
from lmwire.ruletest.rule_places import Sources
from lmwire.ruletest.trace import Traced, TracedPacket
from lmwire.ruletest.zone_diagnosis import BRIEF, WAITS, walk_one

__all__ = ["explain"]

_TOO_EARLY: Final = ("netdev ", "bridge ")
"""Table families that the trace does not cover: it traces only IP and ARP."""
_AT_ONCE: Final = 6
"""Networks at the same time. They mostly wait for time-outs."""

Own = Callable[[Mapping[str, Sequence[Traced]]], Mapping[str, Sequence[Traced]]]
"""Chooses the packets of this diagnosis from those that each machine saw."""


def explain(
    plan: Plan,
    folder: Path,
    cells: Sequence[Cell],
    on_done: Callable[[], None] = lambda: None,
    *,
    running: Playground | None = None,
) -> dict[tuple[str, str], Cell]:
    """Return zone and server → the cell with the rules that decided. Calls `on_done` after each cell.

    Each diagnosis has a network of its own. So every packet in it belongs to one cell, and nothing that an earlier
    diagnosis left there decides: no set, counter or connection.

    Args:
        plan: the plan.
        folder: the folder of its rule files.
        cells: the cells that are not as expected.
        on_done: called after each, from any thread.
        running: a network in which to look instead, one cell after the other: its rules may not be those of the plan.

    Raises:
        NetworkError: the kernel cannot trace rules.
    """
    with ThreadPoolExecutor(1 if running else min(_AT_ONCE, len(cells))) as pool:
        told = list(pool.map(partial(_explained, plan, folder, on_done, running), cells))
    return {(cell.zone, cell.server): cell for cell in told}


def _explained(plan: Plan, folder: Path, on_done: Callable[[], None], running: Playground | None, cell: Cell) -> Cell:
    with contextlib.ExitStack() as stack:
        ground = running or stack.enter_context(build(plan, folder, only=(cell.zone, cell.server)))
        machines = {**ground.routers, **ground.servers}
        watches: dict[str, Watch] = {}
        for machine in _watched(plan, cell.server):
            watches[machine.name] = Watch(machines[machine.name])
            stack.callback(watches[machine.name].close)
        for watch in watches.values():
            watch.seen()
        found = _look(plan, folder, ground, watches, cell, own=own_ways if running else dict)
    on_done()
    return found


def _watched(plan: Plan, server: str) -> Iterator[Machine]:
    """Yield all routers, because a kernel drops packets without a rule, too, and servers on which something is set."""
    yield from plan.routers
    yield from (each for each in plan.servers if each.has_rules or (each.name == server and each.sysctl))


def _look(plan: Plan, folder: Path, ground: Playground, watches: Mapping[str, Watch], cell: Cell, *, own: Own) -> Cell:
    aim = plan.aim(cell.zone, cell.server)
    # A filtered port stays filtered; a rejection may need the full time.
    waits = BRIEF if cell.found.endswith("-filtered") else WAITS
    again = worst_of(walk_one(ground.client(cell.zone, cell.client), aim, waits))
    ways = own({name: watch.seen() for name, watch in watches.items()})
    if again is None:  # a server without vendor daemons, which no plan has
        return cell
    loaded = {name: watch.loaded for name, watch in watches.items()}
    told = decisions(
        ways,
        loaded,
        found=again,
        expected=cell.expected,
        server=plan.server(cell.server),
        source=Sources(plan, folder, loaded),
    )
    notes = [cell.note] if cell.note else []
    if again.verdict.id != cell.found:
        notes.append(
            f"a second run alone found {again.verdict.id}: the rules depend on the amount or the time of traffic"
        )
    decided = any(one.action in ("dropped", "rejected") for one in told)
    if not is_healthy(again) and not decided:
        untold = "; ".join(dict.fromkeys(_untold(plan, watches)))
        if untold:
            notes.append(
                f"no traceable rule dropped its packets; the cause may be rules that lmwire cannot trace: {untold}"
            )
        else:
            notes.append(nothing_decided(ways, lambda name, packet: _why_lost(_node(ground, name), packet), again))
    elif decided and (unasked := _unasked(ways, told[0].machine, told[0].packet)):
        notes.append(unasked)
    return msgspec.structs.replace(cell, decisions=told, note="; ".join(notes))


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


# -- packets that a kernel dropped ------------------------------------------------------------------------------


def _why_lost(node: Namespace, packet: TracedPacket) -> str:
    """Return why the kernel of `node` dropped a packet before its rules for forwarded and incoming packets."""
    if not _route(node, packet.destination):
        return f"it has no route to {packet.destination}"
    back = _route(node, packet.source)
    strictness = _rp_filter(node, packet.iif) if packet.version == 4 else 0  # noqa: PLR2004 - IPv6 has no rp_filter
    if strictness == 1 and back != packet.iif:
        route = f"its route back to {packet.source} uses {back}" if back else f"it has no route back to {packet.source}"
        return f"rp_filter is strict: the packets arrive at {packet.iif}, but {route}"
    if strictness and not back:
        return f"rp_filter is loose, and it has no route back to {packet.source}"
    return "of a missing route or reverse path filtering (rp_filter)"


def _route(node: Namespace, address: str) -> str:
    """Return the interface of the route to `address`; empty without a route."""
    done = node.run(["ip", "-j", "route", "get", address])
    try:
        return str(json.loads(done.stdout)[0].get("dev", ""))
    except (ValueError, LookupError):
        return ""


def _rp_filter(node: Namespace, interface: str) -> int:
    """Return the kernel's value for an interface: the larger one of "all" and its own."""
    done = node.run(["cat", *(f"/proc/sys/net/ipv4/conf/{name}/rp_filter" for name in ("all", interface))])
    return max((int(line) for line in done.stdout.split() if line.isdecimal()), default=0)
