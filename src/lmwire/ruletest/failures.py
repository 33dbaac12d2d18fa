"""Group the cells that are not as expected by the rule that decides them, else by what was found. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lmwire.ruletest.model import Cell, FailedCell, Failure

__all__ = ["failures_of", "products"]


def failures_of(cells: Iterable[Cell]) -> tuple[Failure, ...]:
    """Return one failure for each deciding rule, and for each verdict without one; the first cell's comes first."""
    groups: dict[tuple[object, ...], list[Cell]] = {}
    for cell in cells:
        if not cell.agrees:
            groups.setdefault(_key(cell), []).append(cell)
    return tuple(map(_failure, groups.values()))


def _key(cell: Cell) -> tuple[object, ...]:
    if not cell.decisions:
        return (cell.found, cell.note)
    first = cell.decisions[0]
    return (first.machine, first.action, first.table, first.chain, first.handle, first.source, first.rule)


def _failure(cells: Sequence[Cell]) -> Failure:
    first = cells[0].decisions[0] if cells[0].decisions else None
    return Failure(
        machine=first.machine if first else "",
        action=first.action if first else "",
        rule=first.rule if first else "",
        source=first.source if first else "",
        path=first.path if first else (),
        found=tuple(dict.fromkeys(cell.found for cell in cells)),
        note="" if first else cells[0].note,
        cells=tuple(FailedCell(zone=cell.zone, server=cell.server) for cell in cells),
    )


def products(cells: Iterable[FailedCell]) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Return the cells as few pairs of zones and servers: each zone of a pair with each of its servers."""
    servers: dict[str, list[str]] = {}
    for cell in cells:
        servers.setdefault(cell.zone, []).append(cell.server)
    zones: dict[tuple[str, ...], list[str]] = {}
    for zone, of_zone in servers.items():
        zones.setdefault(tuple(of_zone), []).append(zone)
    return [(tuple(named), of_zones) for of_zones, named in zones.items()]
