"""The result of `lmwire locate`: the document `lmwire.location/1`."""

from __future__ import annotations

from typing import Literal

import msgspec

from lmwire.hops.model import SCHEMA, Judged, Trace, Way
from lmwire.hops.trace_sentences import TraceText

__all__ = ["Aim", "Located", "Location"]


class Aim(msgspec.Struct, frozen=True, kw_only=True):
    """A path to trace: an address, the port to find, and a port to compare with."""

    address: str
    port: int
    control: int | None
    vendor: str = ""


class Located(msgspec.Struct, frozen=True, kw_only=True):
    """One path: its trace, its judgement and its sentences."""

    aim: Aim
    trace: Trace
    judged: Judged
    told: TraceText


class Location(msgspec.Struct, frozen=True, kw_only=True):
    """The result for one target.

    Attributes:
        target: as written.
        notes: the paths left out, and the reasons.
        reason: why lmwire found no path to trace, or why the paths traced are not those that clients take; else empty.
    """

    schema: Literal["lmwire.location/1"] = SCHEMA
    target: str
    blocked: bool
    reason: str = ""
    notes: tuple[str, ...] = ()
    paths: tuple[Located, ...] = ()

    @classmethod
    def of(cls, target: str, paths: tuple[Located, ...], notes: tuple[str, ...] = (), reason: str = "") -> Location:
        """Return the document; `blocked` is False only if every path is open."""
        blocked = bool(not paths or reason) or any(one.judged.way is not Way.OPEN for one in paths)
        return cls(target=target, blocked=blocked, reason=reason, notes=notes, paths=paths)
