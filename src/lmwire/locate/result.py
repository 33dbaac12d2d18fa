"""What `lmwire locate` found: the document `lmwire.location/1`."""

from __future__ import annotations

from typing import Literal

import msgspec

from lmwire.locate.conclusions import Told
from lmwire.locate.model import SCHEMA, Judged, Trace, Way

__all__ = ["Aim", "Located", "Location"]


class Aim(msgspec.Struct, frozen=True, kw_only=True):
    """A path to look at: the port in question at an address, and the port beside it to compare with."""

    address: str
    port: int
    control: int | None
    vendor: str = ""


class Located(msgspec.Struct, frozen=True, kw_only=True):
    """One path: what was seen, what follows, and how that is told."""

    aim: Aim
    trace: Trace
    judged: Judged
    told: Told


class Location(msgspec.Struct, frozen=True, kw_only=True):
    """Everything found for one target.

    Attributes:
        target: as it was written.
        notes: what was left out, and why.
        reason: why there was no path to look at; empty when there was one.
    """

    schema: Literal["lmwire.location/1"] = SCHEMA
    target: str
    blocked: bool
    reason: str = ""
    notes: tuple[str, ...] = ()
    paths: tuple[Located, ...] = ()

    @classmethod
    def of(cls, target: str, paths: tuple[Located, ...], notes: tuple[str, ...] = (), reason: str = "") -> Location:
        """Return the document; `blocked` unless each path was seen open."""
        blocked = not paths or any(one.judged.way is not Way.OPEN for one in paths)
        return cls(target=target, blocked=blocked, reason=reason, notes=notes, paths=paths)
