"""What the writer of one kind gives: the rest of a recipe is the same for all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from lmwire.gateway.recipes.forwards import Way
from lmwire.gateway.recipes.model import RecipeCommand, RecipeFile

__all__ = ["KEEPALIVE", "LONG", "Draft", "Keepalive", "heading"]


class Keepalive(msgspec.Struct, frozen=True):
    """TCP keepalive: seconds of silence before the first probe, between probes, and how many may be lost."""

    idle: int
    interval: int
    probes: int


KEEPALIVE: Final = Keepalive(60, 15, 4)
"""A NAT or a firewall forgets a connection after minutes. A client sets no keepalive itself."""

LONG: Final = "24d"
"""The longest timeout that HAProxy takes is a little more than this. nginx has the same notation."""


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """What differs from kind to kind.

    Attributes:
        notes: about this program; after what can break the recipe, before what it means for the license.
    """

    title: str
    ways: tuple[Way, ...]
    files: tuple[RecipeFile, ...] = ()
    commands: tuple[RecipeCommand, ...] = ()
    notes: tuple[str, ...] = ()


def heading(ways: Sequence[Way], sign: str = "#") -> Iterator[str]:
    """Yield the comment at the top of a file: what it forwards."""
    yield f"{sign} License traffic (FlexNet), by lmwire gateway recipe. Every port keeps its number."
    for way in ways:
        for forward in way.forwards:
            yield f"{sign} {forward.port}: {forward.about}"
