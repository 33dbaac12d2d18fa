"""A whole license path as a frozen value: one server, a list or a triad, each server with a network of its own."""

from __future__ import annotations

from typing import Literal

import msgspec

from tests.networks.plan import Plan

__all__ = ["PathPlan", "Shape"]

Shape = Literal["one", "list", "triad"]


class PathPlan(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A license path.

    Attributes:
        shape: a single server, alternatives joined by `:`, or a redundant set joined by `,`.
        members: the network of each server, in the order of the license path. They share nothing but the client.
    """

    seed: int = 0
    shape: Shape = "one"
    members: tuple[Plan, ...] = (Plan(),)
