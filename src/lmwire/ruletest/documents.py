"""What `lmwire firewall test` returns besides a result: texts, and a network that still runs."""

from __future__ import annotations

import msgspec

from lmwire.ruletest.model import Result

__all__ = ["MachineDoor", "NetworkTest", "PlanText"]


class PlanText(msgspec.Struct, frozen=True):
    """A text to keep or to run: an example plan, or commands for a shell."""

    text: str


class MachineDoor(msgspec.Struct, frozen=True, kw_only=True):
    """How to enter a machine of a running network.

    Attributes:
        kind: "client in", "router" or "server".
        name: the machine; of a client, its zone.
        command: for a shell on this computer.
    """

    kind: str
    name: str
    command: str


class NetworkTest(msgspec.Struct, frozen=True, kw_only=True):
    """A test whose network still runs."""

    result: Result
    doors: tuple[MachineDoor, ...]
