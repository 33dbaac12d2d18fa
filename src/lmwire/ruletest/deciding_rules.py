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
from lmwire.ruletest.loaded_rules import BaseChain, LoadedRules
from lmwire.ruletest.model import Decision, Jump
from lmwire.ruletest.plan import PlanServer
from lmwire.ruletest.rule_places import RulePlace
from lmwire.ruletest.trace import Traced, TracedPacket, TraceStep

__all__ = ["Source", "decisions", "nothing_decided", "of_ports", "own_ways"]

Action = Literal["dropped", "rejected", "accepted", "translated"]

Source = Callable[[str, TraceStep], RulePlace]
"""Returns the text and the place of the rule behind a step on a machine."""

_FILTERED: Final = frozenset({VerdictId.LMGRD_FILTERED, VerdictId.VENDOR_FILTERED})
_REJECTED: Final = frozenset({VerdictId.LMGRD_REJECTED, VerdictId.VENDOR_REJECTED})
_PASSES: Final = frozenset({"forward", "input"})
_TRANSLATES: Final = re.compile(r"\b(?:dnat|snat|masquerade|redirect|DNAT|SNAT|MASQUERADE|REDIRECT)\b")
_FEW: Final = 6
_HELPERS: Final = range(-300, -149), range(50, 51)
"""Priorities of the tables raw, mangle and security, whose policies accept in every rule set."""


@dataclass(frozen=True, slots=True)
class _DecidingStep:
    """A step that may have decided, and its machine."""

    machine: str
    action: Action
    step: TraceStep


def decisions(
    ways: Mapping[str, Sequence[Traced]],
    loaded: Mapping[str, LoadedRules],
    *,
    found: Diagnosis,
    expected: Sequence[str],
    server: PlanServer,
    source: Source,
) -> tuple[Decision, ...]:
    """Return the rules that caused the verdict `found` instead of `expected`.

    If the client gets no license: the rules that dropped or rejected packets of the failed connection, else those that
    dropped the question which machine has an address (ARP, neighbour discovery), else the rules that translated
    addresses. If it gets an unexpected license: the rules that accepted the connection's first packet.

    Args:
        ways: machine → the packets that it saw during the diagnosis.
        loaded: machine → its rules.
        found: the diagnosis.
        expected: the expected verdicts.
        server: the license server.
        source: finds the place of a rule.
    """
    if is_healthy(found):
        ports = {server.lmgrd} if _is_about_lmgrd(expected) else set(server.vendors.values())
        steps = list(_accepted(ways, loaded, ports))
    else:
        ports = _failed_ports(found, server)
        steps = list(_dropped(ways, ports)) or list(_unasked(ways, _failed_versions(found))) or list(_translated(ways))
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
        if way.packet.asks_neighbours:
            return True
        if way.packet.is_tcp:
            return any(packet.ends_of in opened for packet in way.packets)
        return way.packet.destination in machines

    return {machine: list(filter(is_own, traced)) for machine, traced in ways.items()}


def of_ports(ways: Mapping[str, Sequence[Traced]], ports: range) -> dict[str, list[Traced]]:
    """Return the paths of TCP packets between these ports of a client and any server. NAT changes ports only rarely."""
    return {
        machine: [
            way
            for way in traced
            if way.packet.is_tcp and any(packet.sport in ports or packet.dport in ports for packet in way.packets)
        ]
        for machine, traced in ways.items()
    }


def nothing_decided(
    ways: Mapping[str, Sequence[Traced]], why_lost: Callable[[str, TracedPacket], str], found: Diagnosis
) -> str:
    """Return the explanation for a failure without a dropping rule.

    Args:
        ways: machine → the packets that it saw.
        why_lost: tells why a machine's kernel dropped a packet before its rules.
        found: the diagnosis.
    """
    if not any(ways.values()):
        return "none of its packets reached a router or the rules of a server: check the name and the client's routes"
    if found.verdict.id in _FILTERED | _REJECTED:
        how = "dropped" if found.verdict.id in _FILTERED else "rejected"
        for machine, traced in ways.items():
            lost = [way.packet for way in traced if way.lost and way.packet.is_tcp]
            if lost:
                count = "1 packet" if len(lost) == 1 else f"{len(lost)} packets"
                return (
                    f"{count} reached {machine} but not its rules (first {lost[0]}): its kernel {how} them, because "
                    f"{why_lost(machine, lost[0])}"
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
        _DecidingStep(machine, "dropped", step)
        for machine, traced in ways.items()
        for way in traced
        if (step := way.dropped) is not None and not way.packet.asks_neighbours
    ]
    # Many rule sets drop a late RST of a closed connection. That decides nothing.
    alive = [one for one in steps if not one.step.packet.ends] or steps
    yield from [one for one in alive if _is_about(one.step.packet, ports)] or alive


def _failed_versions(found: Diagnosis) -> set[int]:
    """Return the IP versions of the connections that failed."""
    return {6 if ":" in leg.address else 4 for leg in found.evidence.legs if not leg.answered}


def _unasked(ways: Mapping[str, Sequence[Traced]], versions: set[int]) -> Iterator[_DecidingStep]:
    """Yield the drops of ARP and neighbour discovery: without an answer, nobody finds the machine on its link."""
    for machine, traced in ways.items():
        for way in traced:
            step = way.dropped
            if step is not None and way.packet.asks_neighbours and way.packet.version in versions:
                yield _DecidingStep(machine, "dropped", step)


def _rejects(rule: str) -> bool:
    return " reject" in f" {rule}".lower()


def _is_about(packet: TracedPacket, ports: set[int]) -> bool:
    return packet.sport in ports or packet.dport in ports


def _accepted(
    ways: Mapping[str, Sequence[Traced]], loaded: Mapping[str, LoadedRules], ports: set[int]
) -> Iterator[_DecidingStep]:
    """Yield what accepted: of each packet, the rules that do so explicitly; without one, the policies that filter."""
    for machine, traced in ways.items():
        bases = loaded[machine].bases
        for way in traced:
            steps = [
                step
                for step in way.steps
                if step.verdict == "accept"
                and step.packet.opens
                and step.packet.dport in ports
                and _filters(bases, step)
            ]
            helping = [step for step in steps if _helps(bases, step)]
            filtering = [step for step in steps if step not in helping] or helping
            for step in [step for step in filtering if step.handle] or filtering:
                yield _DecidingStep(machine, "accepted", step)


def _filters(bases: Mapping[tuple[str, str], BaseChain], step: TraceStep) -> bool:
    base = bases.get((step.table, step.base))
    return base is not None and base.hook in _PASSES and base.kind != "nat"


def _helps(bases: Mapping[tuple[str, str], BaseChain], step: TraceStep) -> bool:
    return any(bases[step.table, step.base].priority in priorities for priorities in _HELPERS)


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
    for (machine, table, _, handle), group in groups.items():
        first = group[0].step
        place = source(machine, first)
        yield Decision(
            machine=machine,
            action="rejected" if group[0].action == "dropped" and _rejects(place.rule) else group[0].action,
            table=table,
            chain=place.chain,
            handle=handle,
            rule=place.rule,
            source=place.source,
            packets=len(group),
            bytes=sum(one.step.packet.length for one in group),
            packet=str(first.packet),
            path=tuple(_jump(source(machine, jump)) for jump in first.jumps),
        )


def _jump(place: RulePlace) -> Jump:
    return Jump(chain=place.chain, rule=place.rule, source=place.source)
