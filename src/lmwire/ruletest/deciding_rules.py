"""Find the rules that decided, from the packets' paths through the machines. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from lmwire.diagnosis import SPECS, Diagnosis, VerdictId
from lmwire.diagnosis.verdicts import BlamedStep
from lmwire.evidence import Role
from lmwire.ruletest.judge import is_healthy
from lmwire.ruletest.model import Decision
from lmwire.ruletest.plan import PlanServer
from lmwire.ruletest.trace import Traced, TracedPacket, TraceStep

__all__ = ["Source", "decisions", "nothing_decided", "own_ways"]

Action = Literal["dropped", "rejected", "accepted", "translated"]

Source = Callable[[str, TraceStep], tuple[str, str]]
"""Returns the text and the place of the rule behind a step on a machine."""

Hooks = Mapping[str, Mapping[tuple[str, str], str]]
"""Machine → (table, base chain) → hook."""

_FILTERED: Final = frozenset({VerdictId.LMGRD_FILTERED, VerdictId.VENDOR_FILTERED})
_PASSES: Final = frozenset({"forward", "input"})
_TRANSLATES: Final = re.compile(r"\b(?:dnat|snat|masquerade|redirect|DNAT|SNAT|MASQUERADE|REDIRECT)\b")
_FEW: Final = 6


@dataclass(frozen=True, slots=True)
class _DecidingStep:
    """A step that may have decided, and its machine."""

    machine: str
    action: Action
    step: TraceStep


def decisions(
    ways: Mapping[str, Sequence[Traced]],
    hooks: Hooks,
    *,
    found: Diagnosis,
    expected: Sequence[str],
    server: PlanServer,
    source: Source,
) -> tuple[Decision, ...]:
    """Return the rules that caused the verdict `found` instead of `expected`.

    If the client gets no license: the rules that dropped or rejected packets of the failed connection, else the rules
    that translated addresses. If it gets an unexpected license: the rules that accepted the connection's first packet.

    Args:
        ways: machine → the packets that it saw during the diagnosis.
        hooks: the hooks of the base chains.
        found: the diagnosis.
        expected: the expected verdicts.
        server: the license server.
        source: finds the place of a rule.
    """
    if is_healthy(found):
        ports = {server.lmgrd} if _is_about_lmgrd(expected) else set(server.vendors.values())
        steps = list(_accepted(ways, hooks, ports))
    else:
        ports = _failed_ports(found, server)
        steps = list(_dropped(ways, ports)) or list(_translated(ways))
    return tuple(_counted(steps, source))[:_FEW]


def own_ways(ways: Mapping[str, Sequence[Traced]]) -> dict[str, list[Traced]]:
    """Return the paths of connections opened in this trace, and of ICMP errors to their ends.

    A connection of an earlier run may last a minute longer, because a machine repeats unacknowledged data. Packets are
    compared as every chain sees them, before and after NAT.
    """
    opening = [
        packet for traced in ways.values() for way in traced for packet in way.packets if packet.is_tcp and packet.opens
    ]
    opened = {packet.ends_of for packet in opening}
    machines = {address for packet in opening for address in (packet.source, packet.destination)}

    def is_own(way: Traced) -> bool:
        if way.packet.is_tcp:
            return any(packet.ends_of in opened for packet in way.packets)
        return way.packet.destination in machines

    return {machine: list(filter(is_own, traced)) for machine, traced in ways.items()}


def nothing_decided(ways: Mapping[str, Sequence[Traced]], hooks: Hooks, found: Diagnosis) -> str:
    """Return the explanation for a failure without a dropping rule."""
    if not any(ways.values()):
        return "none of its packets reached a machine with rules: check the routes before it"
    if found.verdict.id in _FILTERED:
        for machine, traced in ways.items():
            forwards = "forward" in hooks[machine].values()
            lost = [way.packet for way in traced if not way.steps and way.packet.is_tcp]
            if forwards and lost:
                return (
                    f"{len(lost)} packets reached {machine} but not its rules (first {lost[0]}): its kernel dropped "
                    "them, because of a missing route or reverse path filtering (rp_filter)"
                )
    return "no rule dropped or rejected any of its packets: check names, routes, rp_filter and the ports"


def _is_about_lmgrd(expected: Sequence[str]) -> bool:
    return any(word in SPECS and SPECS[word].blames is BlamedStep.LMGRD for word in expected)


def _failed_ports(found: Diagnosis, server: PlanServer) -> set[int]:
    """Return the ports of the failed connection: the client's and the server's numbers, which NAT may change."""
    legs = found.evidence.legs
    failed = [leg for leg in legs if not leg.answered]
    about_vendor = any(leg.answered and leg.role is Role.LMGRD for leg in legs)
    own = set(server.vendors.values()) if about_vendor else {server.lmgrd}
    return own | {leg.port for leg in failed if (leg.role is Role.VENDOR) == about_vendor}


def _dropped(ways: Mapping[str, Sequence[Traced]], ports: set[int]) -> Iterator[_DecidingStep]:
    """Yield drops and rejects: those of the connection's own packets if any, else all others."""
    steps = [
        _DecidingStep(machine, "rejected" if _rejects(step.rule) else "dropped", step)
        for machine, traced in ways.items()
        for way in traced
        if (step := way.dropped) is not None
    ]
    # Many rule sets drop a late RST of a closed connection. That decides nothing.
    alive = [one for one in steps if not one.step.packet.ends] or steps
    yield from [one for one in alive if _is_about(one.step.packet, ports)] or alive


def _rejects(rule: str) -> bool:
    return " reject" in f" {rule}".lower()


def _is_about(packet: TracedPacket, ports: set[int]) -> bool:
    return packet.sport in ports or packet.dport in ports


def _accepted(ways: Mapping[str, Sequence[Traced]], hooks: Hooks, ports: set[int]) -> Iterator[_DecidingStep]:
    for machine, traced in ways.items():
        for way in traced:
            for step in way.steps:
                passes = hooks[machine].get((step.table, step.base)) in _PASSES
                if passes and step.verdict == "accept" and step.packet.opens and step.packet.dport in ports:
                    yield _DecidingStep(machine, "accepted", step)


def _translated(ways: Mapping[str, Sequence[Traced]]) -> Iterator[_DecidingStep]:
    for machine, traced in ways.items():
        for way in traced:
            for step in way.steps:
                if _TRANSLATES.search(step.rule):
                    yield _DecidingStep(machine, "translated", step)


def _counted(steps: Sequence[_DecidingStep], source: Source) -> Iterator[Decision]:
    groups: dict[tuple[str, str, str, int], list[_DecidingStep]] = {}
    for one in steps:
        groups.setdefault((one.machine, one.step.table, one.step.chain, one.step.handle), []).append(one)
    for (machine, table, chain, handle), group in groups.items():
        first = group[0].step
        rule, place = source(machine, first)
        yield Decision(
            machine=machine,
            action=group[0].action,
            table=table,
            chain=chain,
            handle=handle,
            rule=rule,
            source=place,
            packets=len(group),
            bytes=sum(one.step.packet.length for one in group),
            packet=str(first.packet),
        )
