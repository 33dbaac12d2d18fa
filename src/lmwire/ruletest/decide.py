"""Which rules decided, out of the ways that packets took through the machines. Pure."""

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
from lmwire.ruletest.plan import Server
from lmwire.ruletest.trace import Packet, Step, Traced

__all__ = ["Source", "decisions", "nothing_decided", "own_ways"]

Action = Literal["dropped", "rejected", "accepted", "translated"]

Source = Callable[[str, Step], tuple[str, str]]
"""From a machine and what decided there to the rule's text and where it is written."""

Hooks = Mapping[str, Mapping[tuple[str, str], str]]
"""Machine → (table, base chain) → hook."""

_FILTERED: Final = frozenset({VerdictId.LMGRD_FILTERED, VerdictId.VENDOR_FILTERED})
_PASSES: Final = frozenset({"forward", "input"})
_TRANSLATES: Final = re.compile(r"\b(?:dnat|snat|masquerade|redirect|DNAT|SNAT|MASQUERADE|REDIRECT)\b")
_FEW: Final = 6


@dataclass(frozen=True, slots=True)
class _Told:
    """A step that may have decided, and the machine it was on."""

    machine: str
    action: Action
    step: Step


def decisions(
    ways: Mapping[str, Sequence[Traced]],
    hooks: Hooks,
    *,
    found: Diagnosis,
    expected: Sequence[str],
    server: Server,
    source: Source,
) -> tuple[Decision, ...]:
    """Return the rules that made `found` what it is, instead of what was `expected`.

    Where no license is got: what dropped or rejected packets of the connection that failed; if nothing did, what
    translated addresses. Where one is got although none should be: what let the connection's first packet pass.

    Args:
        ways: machine → the packets that came through, while the diagnosis was made.
        hooks: of the base chains.
        found: the diagnosis.
        expected: the verdicts that would have done.
        server: the license server.
        source: tells where a rule is written.
    """
    if is_healthy(found):
        ports = {server.lmgrd} if _is_about_lmgrd(expected) else set(server.vendors.values())
        told = list(_accepted(ways, hooks, ports))
    else:
        ports = _failed_ports(found, server)
        told = list(_dropped(ways, ports)) or list(_translated(ways))
    return tuple(_counted(told, source))[:_FEW]


def own_ways(ways: Mapping[str, Sequence[Traced]]) -> dict[str, list[Traced]]:
    """Return the ways of connections that were opened in this trace, and of the ICMP errors to their ends.

    A connection of an earlier run may go on for a minute: its data was never acknowledged, or its server repeats an
    answer that never arrives. Packets are compared as every chain saw them, before and after translation.
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
    """Return what can be said where no rule dropped anything."""
    if not any(ways.values()):
        return "none of its packets came to a machine that has rules: look at the routes before it"
    if found.verdict.id in _FILTERED:
        for machine, traced in ways.items():
            forwards = "forward" in hooks[machine].values()
            lost = [way.packet for way in traced if not way.steps and way.packet.is_tcp]
            if forwards and lost:
                return (
                    f"{len(lost)} packets came to {machine} and never to its rules (first {lost[0]}): its kernel "
                    "dropped them, for want of a route or by reverse path filtering (rp_filter)"
                )
    return (
        "no rule was seen to drop or reject any of its packets: look at names, routes, rp_filter, and the ports "
        "themselves"
    )


def _is_about_lmgrd(expected: Sequence[str]) -> bool:
    return any(word in SPECS and SPECS[word].blames is BlamedStep.LMGRD for word in expected)


def _failed_ports(found: Diagnosis, server: Server) -> set[int]:
    """Return the ports of the connection that failed: as the client calls them, and as the server does."""
    legs = found.evidence.legs
    failed = [leg for leg in legs if not leg.answered]
    about_vendor = any(leg.answered and leg.role is Role.LMGRD for leg in legs)
    own = set(server.vendors.values()) if about_vendor else {server.lmgrd}
    return own | {leg.port for leg in failed if (leg.role is Role.VENDOR) == about_vendor}


def _dropped(ways: Mapping[str, Sequence[Traced]], ports: set[int]) -> Iterator[_Told]:
    """Yield drops and rejects: those of the connection's own packets if there are any, else of whatever else."""
    told = [
        _Told(machine, "rejected" if _rejects(step.rule) else "dropped", step)
        for machine, traced in ways.items()
        for way in traced
        if (step := way.dropped) is not None
    ]
    # A late RST of a connection that is over is dropped by many rule sets, and decides nothing.
    alive = [one for one in told if not one.step.packet.ends] or told
    yield from [one for one in alive if _is_about(one.step.packet, ports)] or alive


def _rejects(rule: str) -> bool:
    return " reject" in f" {rule}".lower()


def _is_about(packet: Packet, ports: set[int]) -> bool:
    return packet.sport in ports or packet.dport in ports


def _accepted(ways: Mapping[str, Sequence[Traced]], hooks: Hooks, ports: set[int]) -> Iterator[_Told]:
    for machine, traced in ways.items():
        for way in traced:
            for step in way.steps:
                passes = hooks[machine].get((step.table, step.base)) in _PASSES
                if passes and step.verdict == "accept" and step.packet.opens and step.packet.dport in ports:
                    yield _Told(machine, "accepted", step)


def _translated(ways: Mapping[str, Sequence[Traced]]) -> Iterator[_Told]:
    for machine, traced in ways.items():
        for way in traced:
            for step in way.steps:
                if _TRANSLATES.search(step.rule):
                    yield _Told(machine, "translated", step)


def _counted(told: Sequence[_Told], source: Source) -> Iterator[Decision]:
    groups: dict[tuple[str, str, str, int], list[_Told]] = {}
    for one in told:
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
