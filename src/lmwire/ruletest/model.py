"""What a test of a rule set comes to. The field names are the JSON contract `lmwire.firewall-test/1`."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from lmwire.diagnosis import Diagnosis

__all__ = ["SCHEMA", "Cell", "Decision", "Result"]

SCHEMA: Final = "lmwire.firewall-test/1"


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """A rule, or a policy, that decided about packets of a diagnosis. Texts are as they came.

    Attributes:
        machine: the router or server that has it.
        action: what it did to them.
        table, chain: where nftables holds it.
        handle: nftables' number of it in that table; 0 for a policy.
        rule: its text; for an iptables file, the line there. For a policy, what the policy is.
        source: the file, with its line where that is known.
        packets, bytes: what it decided about, while that one diagnosis was run.
        packet: the first of them.
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


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """A zone and a server: who was expected to get a license, and who does.

    Attributes:
        target: what the client had in LM_LICENSE_FILE.
        expected: the verdicts that would do.
        found: the verdict; of several vendor daemons, the worst. Empty when there is no result.
        severity: of that verdict; "inconclusive" when it is that.
        agrees: whether it is as expected.
        headline, cause, remedies: of the diagnosis.
        decisions: where it is not as expected: the rules that made it so, the likeliest first.
        note: what else is to be known of this cell. Escaped.
        diagnoses: one a vendor daemon.
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


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """The document.

    Attributes:
        plan: its name.
        mode: "network" when lmwire built it, "results" when diagnoses of a real network were handed in.
        agrees: whether every cell does.
        seconds: that all of it took.
        notes: what concerns the whole. Escaped.
    """

    schema: str = SCHEMA
    plan: str
    mode: Literal["network", "results"]
    agrees: bool
    seconds: float
    notes: tuple[str, ...] = ()
    cells: tuple[Cell, ...]
