"""The result of a rule set test. The field names are the JSON contract `lmwire.firewall-test/1`."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from lmwire.diagnosis import Diagnosis

__all__ = ["MOST_LOOKS", "SCHEMA", "Cell", "Decision", "FailedCell", "Failure", "Jump", "Result"]

SCHEMA: Final = "lmwire.firewall-test/1"

MOST_LOOKS: Final = 64
"""Most looks at each cell. Each has ports of its own."""


class Jump(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that sent the packets on to another chain. Texts are not escaped.

    Attributes:
        chain: the chain that has the rule.
        rule: its text.
        source: the file, with the line if known.
    """

    chain: str
    rule: str
    source: str


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """A rule or policy that decided about packets of a diagnosis. Texts are not escaped.

    Attributes:
        machine: the router or server with the rule.
        action: "dropped", "rejected", "accepted" or "translated".
        table, chain: its place in nftables.
        handle: its nftables handle in that table; 0 for a policy.
        rule: its text; for an iptables file, the line in the file; for a policy, the policy.
        source: the file, with the line if known.
        packets, bytes: the packets it decided about during that diagnosis.
        packet: the first of these packets.
        path: the jumps that led to its chain, from the base chain on; empty for a rule of a base chain.
    """

    machine: str
    action: Literal["dropped", "rejected", "accepted", "translated"]
    table: str
    chain: str
    handle: int
    rule: str
    source: str
    packets: int
    bytes: int
    packet: str
    path: tuple[Jump, ...] = ()


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """A zone and a server: the expected and the found verdict.

    Attributes:
        target: the client's LM_LICENSE_FILE.
        expected: the expected verdicts; any of them is fine.
        found: the verdict found; of several vendor daemons, the worst. Empty without a result.
        severity: the severity of that verdict, or "inconclusive".
        agrees: whether the verdict is as expected.
        headline, cause, remedies: those of the diagnosis.
        decisions: for an unexpected verdict: the rules that caused it, the likeliest first.
        note: a remark about this cell. Escaped.
        client: the addresses of the client with this verdict; of several clients of the zone, the first that differs.
        diagnoses: one for each vendor daemon.
        looks: how many times lmwire looked, each time in a network of its own and from other ports.
        passed: how many of these looks were as expected.
        verdicts: of several looks: verdict → how many looks found it.
    """

    zone: str
    server: str
    target: str
    expected: tuple[str, ...]
    found: str
    severity: str
    agrees: bool
    headline: str = ""
    cause: str = ""
    remedies: tuple[str, ...] = ()
    decisions: tuple[Decision, ...] = ()
    note: str = ""
    seconds: float = 0.0
    diagnoses: tuple[Diagnosis, ...] = ()
    client: tuple[str, ...] = ()
    looks: int = 1
    passed: int = 0
    verdicts: dict[str, int] = {}


class FailedCell(msgspec.Struct, frozen=True, kw_only=True):
    """A zone and a server whose verdict is not as expected."""

    zone: str
    server: str


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """Cells that are not as expected for the same reason: one rule decided them first, or none did.

    Attributes:
        machine, action, rule, source, path: those of the rule, see `Decision`; empty without a rule.
        found: the verdicts of the cells.
        note: without a rule, the remark that the cells share. Escaped.
        cells: the cells.
    """

    machine: str
    action: str
    rule: str
    source: str
    path: tuple[Jump, ...]
    found: tuple[str, ...]
    note: str
    cells: tuple[FailedCell, ...]


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """The document.

    Attributes:
        plan: the plan's name.
        mode: "network" when lmwire built the network, "results" for diagnoses of a real network.
        agrees: whether every cell is as expected.
        seconds: the duration of the test.
        notes: remarks about the whole test. Escaped.
        failures: the cells that are not as expected, grouped by the rule that decides.
    """

    schema: str = SCHEMA
    plan: str
    mode: Literal["network", "results"]
    agrees: bool
    seconds: float
    notes: tuple[str, ...] = ()
    cells: tuple[Cell, ...]
    failures: tuple[Failure, ...] = ()
